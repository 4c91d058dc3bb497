//! The proxy for a request. The HTTP client reads the environment variables itself, and ignores a value that it cannot parse.
//! They are read here too: to reject such a value, and to name the variable in errors.

use crate::connection::cause::cause;
use crate::error::Problem;
use http::Uri;
use http::uri::Authority;
use hyper_util::client::proxy::matcher::Matcher;
use std::error::Error;
use std::io;

/// A proxy and the variable that configures it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Proxy {
    variable: &'static str,
    /// Host and port, without credentials.
    authority: String,
}

impl Proxy {
    /// The proxy for a URL by this process's environment, if any.
    pub(crate) fn of_process(url: &str) -> Result<Option<Self>, Problem> {
        Self::find(url, &|name| std::env::var_os(name)?.into_string().ok())
    }

    fn find(url: &str, variable: &dyn Fn(&str) -> Option<String>) -> Result<Option<Self>, Problem> {
        // A CGI program's caller chooses HTTP_PROXY by a header: the client takes no proxy then.
        let Some(uri) = url.parse::<Uri>().ok().filter(|_| variable("REQUEST_METHOD").is_none()) else {
            return Ok(None);
        };
        let of_scheme = match uri.scheme_str() {
            Some("https") => ["HTTPS_PROXY", "https_proxy"],
            _ => ["HTTP_PROXY", "http_proxy"],
        };
        let first = |names: [&'static str; 2]| {
            let set = names.into_iter().find_map(|name| Some((name, variable(name)?)));
            set.filter(|(_, value)| !value.is_empty())
        };
        let Some((name, value)) = first(of_scheme).or_else(|| first(["ALL_PROXY", "all_proxy"])) else {
            return Ok(None);
        };
        let exceptions = first(["NO_PROXY", "no_proxy"]).map_or_else(String::new, |(_, value)| value);
        let is_excepted =
            Matcher::builder().all("http://proxy").no(exceptions).build().intercept(&uri).is_none();
        if is_excepted {
            return Ok(None);
        }
        let found = Matcher::builder().all(value).build().intercept(&uri);
        let proxy = found.filter(|found| found.uri().authority().is_some_and(is_host_and_port));
        let proxy = proxy.ok_or_else(|| invalid(name, "is not a valid proxy address"))?;
        if proxy.uri().scheme_str().is_some_and(|scheme| scheme.starts_with("socks")) {
            return Err(invalid(name, "names a SOCKS proxy, but only HTTP proxies are supported"));
        }
        let authority = proxy.uri().authority().map_or_else(String::new, ToString::to_string);
        Ok(Some(Self { variable: name, authority }))
    }

    /// Describes a failure to connect through the proxy.
    pub(crate) fn describe_failure(&self, error: &reqwest::Error, text: &str) -> String {
        let Self { variable, authority } = self;
        let is_io = cause(error as &(dyn Error + 'static), |_: &io::Error| true).is_some();
        let failed = if is_io || error.is_timeout() { "cannot be reached" } else { "did not connect" };
        format!("the proxy `{authority}` from the variable `{variable}` {failed}: {text}")
    }
}

/// Whether there is a host, and what follows it is a port.
fn is_host_and_port(authority: &Authority) -> bool {
    let after_host = authority.as_str().rsplit(']').next().unwrap_or_default();
    !authority.host().is_empty() && (authority.port_u16().is_some() || !after_host.contains(':'))
}

/// The value is not shown: it may hold a password.
fn invalid(variable: &str, what: &str) -> Problem {
    Problem::Environment(format!(
        "the variable `{variable}` {what}: set it to `http://HOST:PORT`, unset it, or add the registry's host to `NO_PROXY`"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(url: &str, variables: &[(&str, &str)], expected: Result<Option<(&str, &str)>, &str>) {
        let variable =
            |name: &str| variables.iter().find(|(set, _)| *set == name).map(|(_, value)| (*value).to_owned());
        match (Proxy::find(url, &variable), expected) {
            (Ok(found), Ok(expected)) => {
                let found = found.as_ref().map(|proxy| (proxy.variable, proxy.authority.as_str()));
                assert_eq!(found, expected, "{variables:?}");
            }
            (Err(problem), Err(expected)) => {
                let problem = problem.to_string();
                assert!(problem.contains(expected) && !problem.contains("s3cret"), "{problem}");
            }
            (found, expected) => panic!("{variables:?}: {found:?}, expected {expected:?}"),
        }
    }

    const CLOUD: &str = "https://saas-api.tmprl.cloud:443";

    #[test]
    fn a_proxy_is_known_by_its_variable() {
        check(CLOUD, &[], Ok(None));
        check(CLOUD, &[("HTTPS_PROXY", "")], Ok(None));
        let proxy = Ok(Some(("HTTPS_PROXY", "proxy.acme.example:3128")));
        check(CLOUD, &[("HTTPS_PROXY", "http://ana:s3cret@proxy.acme.example:3128/")], proxy);
        check(CLOUD, &[("https_proxy", "proxy:1")], Ok(Some(("https_proxy", "proxy:1"))));
        check(
            CLOUD,
            &[("ALL_PROXY", "http://all:2"), ("HTTP_PROXY", "http://plain:3")],
            Ok(Some(("ALL_PROXY", "all:2"))),
        );
        check("http://vm.example", &[("HTTP_PROXY", "http://plain:3")], Ok(Some(("HTTP_PROXY", "plain:3"))));
    }

    #[test]
    fn a_host_that_is_asked_without_a_proxy_has_none() {
        let broken = ("HTTPS_PROXY", "http://");
        check(CLOUD, &[broken, ("NO_PROXY", "internal.example,.tmprl.cloud")], Ok(None));
        check(CLOUD, &[broken, ("REQUEST_METHOD", "GET")], Ok(None));
        check(CLOUD, &[("HTTP_PROXY", "http://")], Ok(None));
    }

    #[test]
    fn a_variable_that_the_client_would_ignore_is_refused() {
        for broken in
            ["http://", "http:// proxy:1", "ana:s3cret@", "ftp://proxy:1", "::::", "http://proxy:port"]
        {
            check(CLOUD, &[("HTTPS_PROXY", broken)], Err("`HTTPS_PROXY` is not a valid proxy address"));
        }
        check(CLOUD, &[("all_proxy", "socks5://proxy:1080")], Err("`all_proxy` names a SOCKS proxy"));
    }
}
