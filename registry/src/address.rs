//! The address of a registry: `host:port` as Temporal's own clients take it, or a URL.

use reqwest::Url;
use std::fmt;
use std::net::{IpAddr, Ipv6Addr};
use thiserror::Error;

/// The address of Temporal Cloud's registry.
pub const DEFAULT_ADDRESS: &str = "saas-api.tmprl.cloud:443";

/// The port of a self-hosted server.
const SERVER_PORT: u16 = 7233;

/// Why a text is not an address of a registry.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum AddressError {
    /// The text is empty.
    #[error("the registry's address is empty")]
    Empty,
    /// A scheme other than `http` and `https`.
    #[error(
        "unsupported scheme `{0}` in the registry's address: use `host:port`, `https://host:port` or `http://host:port`"
    )]
    Scheme(String),
    /// A scheme other than `temporal` in the address of a self-hosted server.
    #[error("unsupported scheme `{0}` in the server's address: use `host:port` or `temporal://host:port`")]
    ServerScheme(String),
    /// The scheme contradicts `allow_insecure`.
    #[error(
        "the address starts with `{scheme}://`, but allow_insecure is {allow_insecure}: remove one of them"
    )]
    SchemeConflict {
        /// `http` or `https`.
        scheme: &'static str,
        /// The setting.
        allow_insecure: bool,
    },
    /// A connection without TLS to another machine, without `allow_insecure`.
    #[error(
        "the address starts with `http://`, so the API key would be sent to `{0}` unencrypted: use `https://`, or set \
         allow_insecure if you trust the network"
    )]
    Unencrypted(String),
    /// A user name or password in the address. The message does not repeat it.
    #[error("the registry's address must not contain a user name or password")]
    UserInfo,
    /// Something after the port.
    #[error("unexpected `{0}` after the port of the registry's address")]
    Trailing(String),
    /// The host is neither a host name nor an IP address.
    #[error("`{0}` is not a valid host name or IP address")]
    Host(String),
    /// The port is not a number from 1 to 65535.
    #[error("`{0}` is not a valid port: use a number from 1 to 65535")]
    Port(String),
}

/// Host and port of a registry, and whether to use TLS.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    host: String,
    port: u16,
    tls: bool,
}

impl Address {
    /// Reads `host`, `host:port` (TLS unless `allow_insecure`; port 443 unless given) or a URL of `http` or `https`.
    ///
    /// # Errors
    /// Anything else, a scheme that contradicts `allow_insecure`, and `http` to another machine unless that is allowed.
    pub fn parse(text: &str, allow_insecure: Option<bool>) -> Result<Self, AddressError> {
        let text = text.trim();
        if text.is_empty() {
            return Err(AddressError::Empty);
        }
        let (scheme, rest) = scheme(text)?;
        if rest.contains('@') {
            return Err(AddressError::UserInfo);
        }
        let rest = if scheme.is_some() { rest.strip_suffix('/').unwrap_or(rest) } else { rest };
        if let Some(at) = rest.find(['/', '?', '#']) {
            return Err(AddressError::Trailing(rest.get(at..).unwrap_or_default().to_owned()));
        }
        let tls = uses_tls(scheme, allow_insecure)?;
        let (host, port) = host_and_port(rest)?;
        let default = if scheme == Some("http") { 80 } else { 443 };
        let address = Self { host: checked_host(host)?, port: port.map_or(Ok(default), checked_port)?, tls };
        if !address.tls && allow_insecure != Some(true) && !address.is_loopback() {
            return Err(AddressError::Unencrypted(address.host));
        }
        Ok(address)
    }

    /// Reads `host` or `host:port` of a self-hosted server, with or without `temporal://`; port 7233 unless given.
    ///
    /// # Errors
    /// Anything else.
    pub fn parse_self_hosted(text: &str) -> Result<Self, AddressError> {
        let text = text.trim();
        let rest = text.strip_prefix("temporal://").unwrap_or(text);
        if let Some((scheme, _)) = rest.split_once("://") {
            return Err(AddressError::ServerScheme(scheme.to_owned()));
        }
        let given = Self::parse(rest, Some(true))?;
        let (_, port) = host_and_port(rest)?;
        Ok(Self { port: port.map_or(SERVER_PORT, |_| given.port), ..given })
    }

    pub(crate) fn with_tls(self, tls: bool) -> Self {
        Self { tls, ..self }
    }

    /// Scheme, host and port; `name` stands in for the host.
    pub(crate) fn origin(&self, name: Option<&str>) -> String {
        let host = name.map_or_else(|| self.host.clone(), str::to_owned);
        Self { host, ..self.clone() }.url()
    }

    /// The host name or IP address, without brackets.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The TCP port.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Whether the connection is encrypted.
    #[must_use]
    pub fn tls(&self) -> bool {
        self.tls
    }

    /// Whether the host is this machine, which no proxy can reach and where TLS is not needed. The host is read as the HTTP
    /// client's URL parser reads it: `127.1` and `0x7f.1` are `127.0.0.1` there, `localhost.example` is not `localhost`.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        let Some(host) = normalized(&self.host) else { return false };
        let address = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
        match address {
            Ok(address) => address.to_canonical().is_loopback(),
            Err(_) => host == "localhost" || host == "localhost.",
        }
    }

    /// Whether the host is one of Temporal Cloud.
    #[must_use]
    pub fn is_temporal_cloud(&self) -> bool {
        is_temporal_cloud(&self.host)
    }

    pub(crate) fn url(&self) -> String {
        format!("{}://{self}", if self.tls { "https" } else { "http" })
    }
}

/// Whether a host is one of Temporal Cloud: its registry, a Namespace or a region.
pub(crate) fn is_temporal_cloud(host: &str) -> bool {
    let host = host.trim_end_matches('.').to_ascii_lowercase();
    [".tmprl.cloud", ".api.temporal.io"].iter().any(|domain| host.ends_with(domain))
}

impl fmt::Display for Address {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.host.contains(':') {
            true => write!(out, "[{}]:{}", self.host, self.port),
            false => write!(out, "{}:{}", self.host, self.port),
        }
    }
}

fn scheme(text: &str) -> Result<(Option<&'static str>, &str), AddressError> {
    let Some((scheme, rest)) = text.split_once("://") else { return Ok((None, text)) };
    match scheme.to_ascii_lowercase().as_str() {
        "http" => Ok((Some("http"), rest)),
        "https" => Ok((Some("https"), rest)),
        _ => Err(AddressError::Scheme(scheme.to_owned())),
    }
}

fn uses_tls(scheme: Option<&'static str>, allow_insecure: Option<bool>) -> Result<bool, AddressError> {
    let Some(scheme) = scheme else { return Ok(!allow_insecure.unwrap_or(false)) };
    let tls = scheme == "https";
    match allow_insecure {
        Some(allow_insecure) if allow_insecure == tls => {
            Err(AddressError::SchemeConflict { scheme, allow_insecure })
        }
        _ => Ok(tls),
    }
}

/// Splits at the port; a bare IPv6 address has colons but no port.
fn host_and_port(text: &str) -> Result<(&str, Option<&str>), AddressError> {
    if let Some(rest) = text.strip_prefix('[') {
        let (host, port) = rest.split_once(']').ok_or_else(|| AddressError::Host(text.to_owned()))?;
        let host_is_v6 = host.parse::<Ipv6Addr>().is_ok();
        return match (host_is_v6, port.strip_prefix(':'), port.is_empty()) {
            (true, port, empty) if port.is_some() || empty => Ok((host, port)),
            _ => Err(AddressError::Host(text.to_owned())),
        };
    }
    if text.parse::<Ipv6Addr>().is_ok() {
        return Ok((text, None));
    }
    Ok(text.split_once(':').map_or((text, None), |(host, port)| (host, Some(port))))
}

fn checked_host(host: &str) -> Result<String, AddressError> {
    let is_name_character = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_');
    let is_valid =
        !host.is_empty() && (host.chars().all(is_name_character) || host.parse::<Ipv6Addr>().is_ok());
    // No request can be sent to something like `1.2.3.400`, which looks like an IPv4 address but is none.
    if is_valid && normalized(host).is_some() {
        Ok(host.to_owned())
    } else {
        Err(AddressError::Host(host.to_owned()))
    }
}

/// A host as it is written in the URL of a request: in lower case, IP addresses in their canonical form.
fn normalized(host: &str) -> Option<String> {
    let bracketed = if host.contains(':') { format!("http://[{host}]/") } else { format!("http://{host}/") };
    Url::parse(&bracketed).ok()?.host_str().map(str::to_owned)
}

fn checked_port(port: &str) -> Result<u16, AddressError> {
    let digits = port.bytes().all(|byte| byte.is_ascii_digit());
    match port.parse() {
        Ok(number) if digits && number > 0 => Ok(number),
        _ => Err(AddressError::Port(port.to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, allow_insecure: Option<bool>, expected: &str) {
        let shown = match Address::parse(text, allow_insecure) {
            Ok(address) => address.url(),
            Err(error) => error.to_string(),
        };
        assert_eq!(shown, expected, "{text} {allow_insecure:?}");
    }

    fn unencrypted(host: &str) -> String {
        format!(
            "the address starts with `http://`, so the API key would be sent to `{host}` unencrypted: use `https://`, or \
             set allow_insecure if you trust the network"
        )
    }

    #[test]
    fn takes_what_official_clients_take() {
        check(DEFAULT_ADDRESS, None, "https://saas-api.tmprl.cloud:443");
        check("saas-api.tmprl.cloud", Some(false), "https://saas-api.tmprl.cloud:443");
        check("localhost:7233", Some(true), "http://localhost:7233");
        check("127.0.0.1:8080", Some(false), "https://127.0.0.1:8080");
        check(" registry:443 ", None, "https://registry:443");
        check("[::1]:7233", Some(true), "http://[::1]:7233");
        check("[::1]", None, "https://[::1]:443");
        check("::1", None, "https://[::1]:443");
    }

    #[test]
    fn takes_urls_whose_scheme_agrees() {
        check("https://saas-api.tmprl.cloud", None, "https://saas-api.tmprl.cloud:443");
        check("HTTPS://registry:8443/", Some(false), "https://registry:8443");
        check("http://127.0.0.1:8080/", None, "http://127.0.0.1:8080");
        check("http://registry", Some(true), "http://registry:80");
        check("http://registry", None, &unencrypted("registry"));
        let both = "remove one of them";
        let http = format!("the address starts with `http://`, but allow_insecure is false: {both}");
        check("http://registry", Some(false), &http);
        let https = format!("the address starts with `https://`, but allow_insecure is true: {both}");
        check("https://registry", Some(true), &https);
    }

    #[test]
    fn refuses_what_is_no_address() {
        check(" ", None, "the registry's address is empty");
        check("ana:secret@host:1", None, "the registry's address must not contain a user name or password");
        check("https://host/api?x", None, "unexpected `/api?x` after the port of the registry's address");
        check("host:1/", None, "unexpected `/` after the port of the registry's address");
        for text in [
            "[::1",
            "[::1]x",
            "[host]:1",
            "a b",
            ":443",
            "https://",
            "ho\u{fc}st",
            "a\nb",
            "1.2.3.400",
            "1.2.3.4.5",
        ] {
            assert!(matches!(Address::parse(text, None), Err(AddressError::Host(_))), "{text}");
        }
        for text in ["host:", "host:0", "host:65536", "host:+1", "host:1:2", "[::1]:"] {
            assert!(matches!(Address::parse(text, None), Err(AddressError::Port(_))), "{text}");
        }
        let expected = "unsupported scheme `dns` in the registry's address: use `host:port`, `https://host:port` or `http://host:port`";
        check("dns:///host:443", None, expected);
    }

    #[track_caller]
    fn check_server(text: &str, expected: &str) {
        let shown = match Address::parse_self_hosted(text) {
            Ok(address) => address.to_string(),
            Err(error) => error.to_string(),
        };
        assert_eq!(shown, expected, "{text}");
    }

    #[test]
    fn takes_addresses_of_servers() {
        check_server("cluster.example", "cluster.example:7233");
        check_server("temporal://localhost:7234", "localhost:7234");
        check_server("temporal://[::1]", "[::1]:7233");
        check_server("temporal://", "the registry's address is empty");
        let expected =
            "unsupported scheme `https` in the server's address: use `host:port` or `temporal://host:port`";
        check_server("https://cluster.example", expected);
        check_server(
            "a:b@cluster.example",
            "the registry's address must not contain a user name or password",
        );
        check_server("a:1/", "unexpected `/` after the port of the registry's address");
    }

    /// Spellings of this machine; each is what the HTTP client connects to.
    const LOOPBACK: [&str; 17] = [
        "localhost",
        "localhost.",
        "LOCALHOST",
        "LocalHost.",
        "127.0.0.1",
        "127.0.0.1.",
        "127.8.9.1",
        "127.1",
        "127.0.1",
        "0x7f.1",
        "0X7F000001",
        "0177.0.0.1",
        "2130706433",
        "[::1]",
        "[0:0:0:0:0:0:0:1]",
        "[::ffff:127.0.0.1]",
        "[::FFFF:7f00:2]",
    ];

    #[test]
    fn every_spelling_of_this_machine_needs_no_tls() {
        for host in LOOPBACK {
            let address = Address::parse(&format!("http://{host}:8080"), None);
            assert!(address.as_ref().is_ok_and(Address::is_loopback), "{host} {address:?}");
            assert!(!Address::parse(host, None).is_ok_and(|address| !address.is_loopback()), "{host}");
        }
    }

    #[test]
    fn other_machines_are_not_taken_for_this_one() {
        for host in [
            "localhost.evil.example",
            "localhost.localdomain",
            "a.localhost",
            "localhost-1",
            "127.0.0.1.evil.example",
            "127.0.0.1-evil.example",
            "128.0.0.1",
            "10.0.0.1",
            "0.0.0.0",
            "1.127.0.0",
            "2147483648",
            "0x80.1",
            "[::]",
            "[::2]",
            "[::127.0.0.1]",
            "[::ffff:128.0.0.1]",
            "[fe80::1]",
        ] {
            let bare = host.trim_start_matches('[').trim_end_matches(']');
            check(&format!("http://{host}:8080"), None, &unencrypted(bare));
            let allowed = Address::parse(&format!("http://{host}:8080"), Some(true)).unwrap();
            assert!(!allowed.is_loopback() && !allowed.tls(), "{host}");
        }
    }

    #[test]
    fn a_host_without_a_scheme_is_encrypted_unless_allowed() {
        assert!(Address::parse("registry:80", None).unwrap().tls());
        assert!(!Address::parse("registry:80", Some(true)).unwrap().tls());
    }
}
