//! The settings for a self-hosted server: its address, which the user configures, and connection options. Configured options
//! override the variables of the `temporal` CLI, which override its configuration file. Neither of the two selects a server.

use super::connection_options::ConnectionOptions;
use super::settings_error::SettingsError;
use crate::address::Address;
use crate::profile;

/// The address of a server, and the options of the connection.
#[derive(Clone, Debug)]
pub struct ServerSettings {
    pub(crate) address: Address,
    pub(crate) options: ConnectionOptions,
}

impl ServerSettings {
    /// Settings for the server at `address`: `host:port` or `temporal://host:port`, with the default port 7233. Options that
    /// are not in `configured` are taken from environment variables, and then from a profile of the configuration file.
    ///
    /// # Errors
    /// Invalid or contradictory options; an API key, a header `authorization` or a certificate without TLS.
    pub fn new(
        address: &str,
        configured: ConnectionOptions,
        variable: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Self, SettingsError> {
        let address = Address::parse_self_hosted(address)?;
        let variable = |name: &str| variable(name).filter(|text| !text.is_empty());
        let profile = profile::options(&address, &variable)?;
        let options = configured.or(ConnectionOptions::of_variables(&variable)?).or(profile);
        let tls = options.checked_tls()?;
        Ok(Self { address: address.with_tls(tls), options })
    }

    /// The address of the server.
    #[must_use]
    pub fn address(&self) -> &Address {
        &self.address
    }
}

#[cfg(test)]
mod tests {
    use super::super::connection_options::Pem;
    use super::super::headers::Headers;
    use super::*;
    use schema::secret::Secret;

    fn settings(
        given: ConnectionOptions,
        variables: &'static [(&'static str, &'static str)],
    ) -> Result<ServerSettings, SettingsError> {
        ServerSettings::new("temporal://cluster.example", given, &|name| {
            variables.iter().find(|(known, _)| *known == name).map(|(_, text)| (*text).to_owned())
        })
    }

    #[track_caller]
    fn refused(variables: &'static [(&'static str, &'static str)], expected: &str) {
        assert_eq!(settings(ConnectionOptions::default(), variables).unwrap_err().to_string(), expected);
    }

    #[test]
    fn variables_fill_in_and_never_choose() {
        let variables: &[(&str, &str)] =
            &[("TEMPORAL_ADDRESS", "else:1"), ("TEMPORAL_API_KEY", "from-variable")];
        let filled = settings(ConnectionOptions::default(), variables).unwrap();
        assert_eq!(
            (filled.address().to_string().as_str(), filled.address().tls()),
            ("cluster.example:7233", true)
        );
        assert_eq!(filled.options.api_key, Some(Secret::new("from-variable")));
        let given = ConnectionOptions { api_key: Some(Secret::new("given")), ..ConnectionOptions::default() };
        assert_eq!(settings(given, variables).unwrap().options.api_key, Some(Secret::new("given")));
    }

    #[test]
    fn tls_is_used_where_something_takes_it() {
        let tls = |variables| settings(ConnectionOptions::default(), variables).unwrap().address().tls();
        assert!(!tls(&[]) && !tls(&[("TEMPORAL_API_KEY", "")]));
        assert!(tls(&[("TEMPORAL_TLS", "true")]) && tls(&[("TEMPORAL_TLS_SERVER_NAME", "a.example")]));
        refused(
            &[("TEMPORAL_TLS", "false"), ("TEMPORAL_API_KEY", "k")],
            "TLS is disabled, but an API key is configured: remove one of them",
        );
    }

    #[test]
    fn a_header_that_authorizes_takes_tls_as_a_key_does() {
        let with = |tls, text| {
            let headers = Headers::of([("Authorization", text)]).unwrap();
            settings(ConnectionOptions { headers, tls, ..ConnectionOptions::default() }, &[])
        };
        assert!(with(None, "Bearer t").unwrap().address().tls());
        assert!(!with(None, "").unwrap().address().tls());
        assert_eq!(
            with(Some(false), "Bearer t").unwrap_err().to_string(),
            "TLS is disabled, but a header `authorization` is configured: remove one of them"
        );
    }

    #[test]
    fn contradictions_are_refused() {
        refused(&[("TEMPORAL_TLS", "maybe")], "`TEMPORAL_TLS` must be `true` or `false`, not `maybe`");
        refused(
            &[("TEMPORAL_TLS_CLIENT_CERT_PATH", "a.pem")],
            "a client certificate and its key must be set together: only the certificate is set",
        );
        refused(
            &[("TEMPORAL_TLS_CLIENT_KEY_PATH", "a"), ("TEMPORAL_TLS_CLIENT_KEY_DATA", "b")],
            "`TEMPORAL_TLS_CLIENT_KEY_PATH` conflicts with `TEMPORAL_TLS_CLIENT_KEY_DATA`: remove one of them",
        );
        refused(
            &[("TEMPORAL_TLS_SERVER_NAME", "10.0.0.1")],
            "the server name `10.0.0.1` is an IP address: set it to the name in the server's certificate",
        );
    }

    #[test]
    fn nothing_secret_is_shown() {
        let given = ConnectionOptions {
            api_key: Some(Secret::new("secret-key")),
            client_certificate: Some(Pem::File("a.pem".into())),
            client_key: Some(Pem::Text { text: Secret::new("secret-pem"), source: "`key`".to_owned() }),
            ..ConnectionOptions::default()
        };
        let shown = format!("{:?}", settings(given, &[]).unwrap());
        assert!(!shown.contains("secret") && shown.contains("a.pem"), "{shown}");
    }
}
