//! How a server is spoken to: its address, which the user chooses, and the details of the connection. What is given goes
//! before the variables of the `temporal` CLI, and these before its configuration file. None of the two chooses a server.

use super::headers::Headers;
use super::profile;
use crate::address::{Address, AddressError};
use schema::secret::Secret;
use std::path::PathBuf;
use thiserror::Error;

/// The server that is meant, and how it is spoken to.
#[derive(Clone, Debug)]
pub struct ServerSettings {
    pub(crate) address: Address,
    pub(crate) details: ServerDetails,
}

/// Details of a connection, all optional.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ServerDetails {
    /// The key that every call carries.
    pub api_key: Option<Secret>,
    /// Whether the connection is encrypted. Left out, it is where a key, a header `authorization` or anything about TLS is given.
    pub tls: Option<bool>,
    /// The CAs that may vouch for the server, in place of those that this machine trusts.
    pub server_ca: Option<Pem>,
    /// The certificate that the client shows, its chain included.
    pub client_certificate: Option<Pem>,
    /// The key of that certificate.
    pub client_key: Option<Pem>,
    /// The name that the server's certificate is for, where that is not the host of the address.
    pub server_name: Option<String>,
    /// Whether the server's certificate is taken unseen.
    pub skip_verification: Option<bool>,
    /// Headers that go with every call.
    pub headers: Headers,
}

/// Certificates or a key in PEM, by path or as they are.
#[derive(Clone, PartialEq, Eq)]
pub enum Pem {
    /// In this file.
    File(PathBuf),
    /// The text itself, and where it was given.
    Text {
        /// The text.
        text: Secret,
        /// What gave it, such as a variable's name.
        given: String,
    },
}

/// Why a server cannot be spoken to as it was said.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum SettingsError {
    /// The address is none.
    #[error(transparent)]
    Address(#[from] AddressError),
    /// A variable or setting is neither true nor false.
    #[error("`{name}` is `true` or `false`, not `{value}`")]
    Bool {
        /// What says it.
        name: String,
        /// What it says.
        value: String,
    },
    /// The same thing is given by path and as text.
    #[error("`{0}` and `{1}` give the same thing: remove one of the two")]
    Twice(String, String),
    /// A client certificate without its key, or a key without its certificate.
    #[error("a client certificate needs its key and a key its certificate: only the {0} is given")]
    Half(&'static str),
    /// TLS is switched off and wanted.
    #[error("TLS is switched off, but {0} is given: remove one of the two")]
    Plaintext(&'static str),
    /// The server's name is an IP address.
    #[error("the server's name `{0}` is an IP address: give the name in the server's certificate")]
    Name(String),
    /// A header is none.
    #[error(
        "`{0}` of `TEMPORAL_GRPC_META_*` or `grpc_meta` is not a header that can be sent, or its value is not: correct it"
    )]
    Header(String),
    /// A file cannot be read.
    #[error("cannot read `{path}`: {reason}")]
    Unreadable {
        /// The file.
        path: String,
        /// What the system says.
        reason: String,
    },
    /// The configuration file is none.
    #[error("`{path}` is not a configuration of the `temporal` CLI: {reason}")]
    Profile {
        /// The file.
        path: String,
        /// Why not.
        reason: String,
    },
}

impl ServerSettings {
    /// The server at `address`: `host:port` or `temporal://host:port`, port 7233 unless given. What `given` leaves out is
    /// taken from the variables that `variable` knows, and then from a profile of the configuration file.
    ///
    /// # Errors
    /// What contradicts itself or cannot be understood; an API key, a header `authorization` or a certificate without TLS.
    pub fn new(
        address: &str,
        given: ServerDetails,
        variable: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Self, SettingsError> {
        let address = Address::of_server(address)?;
        let variable = |name: &str| variable(name).filter(|text| !text.is_empty());
        let profile = profile::details(&address, &variable)?;
        let details = given.or(ServerDetails::of_variables(&variable)?).or(profile);
        let encrypted = details.checked()?;
        Ok(Self { address: address.with_tls(encrypted), details })
    }

    /// Where the server is.
    #[must_use]
    pub fn address(&self) -> &Address {
        &self.address
    }
}

impl ServerDetails {
    /// What is left out here is taken from `other`. A client certificate and its key come from one place.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        let shows_certificate = self.client_certificate.is_some() || self.client_key.is_some();
        let (client_certificate, client_key) = match shows_certificate {
            true => (self.client_certificate, self.client_key),
            false => (other.client_certificate, other.client_key),
        };
        Self {
            api_key: self.api_key.or(other.api_key),
            tls: self.tls.or(other.tls),
            server_ca: self.server_ca.or(other.server_ca),
            client_certificate,
            client_key,
            server_name: self.server_name.or(other.server_name),
            skip_verification: self.skip_verification.or(other.skip_verification),
            headers: self.headers.or(other.headers),
        }
    }

    fn of_variables(variable: &dyn Fn(&str) -> Option<String>) -> Result<Self, SettingsError> {
        let flag = |name: &str| variable(name).map(|text| flag(name, &text)).transpose();
        let pem = |path: &str, data: &str| Pem::one_of((path, variable(path)), (data, variable(data)));
        Ok(Self {
            api_key: variable("TEMPORAL_API_KEY").map(Secret::new),
            tls: flag("TEMPORAL_TLS")?,
            server_ca: pem("TEMPORAL_TLS_SERVER_CA_CERT_PATH", "TEMPORAL_TLS_SERVER_CA_CERT_DATA")?,
            client_certificate: pem("TEMPORAL_TLS_CLIENT_CERT_PATH", "TEMPORAL_TLS_CLIENT_CERT_DATA")?,
            client_key: pem("TEMPORAL_TLS_CLIENT_KEY_PATH", "TEMPORAL_TLS_CLIENT_KEY_DATA")?,
            server_name: variable("TEMPORAL_TLS_SERVER_NAME"),
            skip_verification: flag("TEMPORAL_TLS_DISABLE_HOST_VERIFICATION")?,
            // Their names are not known: whoever has the environment finds them.
            headers: Headers::default(),
        })
    }

    /// Whether to encrypt.
    fn checked(&self) -> Result<bool, SettingsError> {
        match (&self.client_certificate, &self.client_key) {
            (Some(_), None) => return Err(SettingsError::Half("certificate")),
            (None, Some(_)) => return Err(SettingsError::Half("key")),
            _ => {}
        }
        if let Some(name) = self.server_name.as_ref().filter(|name| name.parse::<std::net::IpAddr>().is_ok())
        {
            return Err(SettingsError::Name(name.clone()));
        }
        let wanted = self.wants_tls();
        match (self.tls, wanted) {
            (Some(false), Some(what)) => Err(SettingsError::Plaintext(what)),
            (tls, wanted) => Ok(tls.unwrap_or(wanted.is_some())),
        }
    }

    /// What takes TLS to be of use, or to be safe.
    fn wants_tls(&self) -> Option<&'static str> {
        let given = [
            (self.api_key.is_some(), "an API key"),
            (self.headers.authorize(), "a header `authorization`"),
            (self.client_certificate.is_some(), "a client certificate"),
            (self.server_ca.is_some(), "a CA"),
            (self.server_name.is_some(), "a server name"),
            (self.skip_verification == Some(true), "that the server's certificate is not verified"),
        ];
        given.into_iter().find(|(given, _)| *given).map(|(_, what)| what)
    }
}

impl Pem {
    /// What a path or a text gives, each under its name.
    ///
    /// # Errors
    /// When both give it.
    pub fn one_of(
        (path_name, path): (&str, Option<String>),
        (text_name, text): (&str, Option<String>),
    ) -> Result<Option<Self>, SettingsError> {
        Ok(match (path, text) {
            (Some(_), Some(_)) => {
                return Err(SettingsError::Twice(path_name.to_owned(), text_name.to_owned()));
            }
            (Some(path), None) => Some(Self::File(path.into())),
            (None, Some(text)) => {
                Some(Self::Text { text: Secret::new(text), given: format!("`{text_name}`") })
            }
            (None, None) => None,
        })
    }
}

impl std::fmt::Debug for Pem {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::File(path) => write!(out, "{path:?}"),
            Self::Text { given, .. } => write!(out, "the text of {given}"),
        }
    }
}

/// Reads `true` or `false`, or the numbers that the `temporal` CLI takes for them.
pub(crate) fn flag(name: &str, text: &str) -> Result<bool, SettingsError> {
    match text.to_ascii_lowercase().as_str() {
        "true" | "1" => Ok(true),
        "false" | "0" => Ok(false),
        _ => Err(SettingsError::Bool { name: name.to_owned(), value: text.to_owned() }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(
        given: ServerDetails,
        variables: &'static [(&'static str, &'static str)],
    ) -> Result<ServerSettings, SettingsError> {
        ServerSettings::new("temporal://cluster.example", given, &|name| {
            variables.iter().find(|(known, _)| *known == name).map(|(_, text)| (*text).to_owned())
        })
    }

    #[track_caller]
    fn refused(variables: &'static [(&'static str, &'static str)], expected: &str) {
        assert_eq!(settings(ServerDetails::default(), variables).unwrap_err().to_string(), expected);
    }

    #[test]
    fn variables_fill_in_and_never_choose() {
        let variables: &[(&str, &str)] =
            &[("TEMPORAL_ADDRESS", "else:1"), ("TEMPORAL_API_KEY", "from-variable")];
        let filled = settings(ServerDetails::default(), variables).unwrap();
        assert_eq!(
            (filled.address().to_string().as_str(), filled.address().tls()),
            ("cluster.example:7233", true)
        );
        assert_eq!(filled.details.api_key, Some(Secret::new("from-variable")));
        let given = ServerDetails { api_key: Some(Secret::new("given")), ..ServerDetails::default() };
        assert_eq!(settings(given, variables).unwrap().details.api_key, Some(Secret::new("given")));
    }

    #[test]
    fn tls_is_used_where_something_takes_it() {
        let tls = |variables| settings(ServerDetails::default(), variables).unwrap().address().tls();
        assert!(!tls(&[]) && !tls(&[("TEMPORAL_API_KEY", "")]));
        assert!(tls(&[("TEMPORAL_TLS", "true")]) && tls(&[("TEMPORAL_TLS_SERVER_NAME", "a.example")]));
        refused(
            &[("TEMPORAL_TLS", "false"), ("TEMPORAL_API_KEY", "k")],
            "TLS is switched off, but an API key is given: remove one of the two",
        );
    }

    #[test]
    fn a_header_that_authorizes_takes_tls_as_a_key_does() {
        let with = |tls, text| {
            let headers = Headers::of([("Authorization", text)]).unwrap();
            settings(ServerDetails { headers, tls, ..ServerDetails::default() }, &[])
        };
        assert!(with(None, "Bearer t").unwrap().address().tls());
        assert!(!with(None, "").unwrap().address().tls());
        assert_eq!(
            with(Some(false), "Bearer t").unwrap_err().to_string(),
            "TLS is switched off, but a header `authorization` is given: remove one of the two"
        );
    }

    #[test]
    fn contradictions_are_refused() {
        refused(&[("TEMPORAL_TLS", "maybe")], "`TEMPORAL_TLS` is `true` or `false`, not `maybe`");
        refused(
            &[("TEMPORAL_TLS_CLIENT_CERT_PATH", "a.pem")],
            "a client certificate needs its key and a key its certificate: only the certificate is given",
        );
        refused(
            &[("TEMPORAL_TLS_CLIENT_KEY_PATH", "a"), ("TEMPORAL_TLS_CLIENT_KEY_DATA", "b")],
            "`TEMPORAL_TLS_CLIENT_KEY_PATH` and `TEMPORAL_TLS_CLIENT_KEY_DATA` give the same thing: remove one of the two",
        );
        refused(
            &[("TEMPORAL_TLS_SERVER_NAME", "10.0.0.1")],
            "the server's name `10.0.0.1` is an IP address: give the name in the server's certificate",
        );
    }

    #[test]
    fn nothing_secret_is_shown() {
        let given = ServerDetails {
            api_key: Some(Secret::new("secret-key")),
            client_certificate: Some(Pem::File("a.pem".into())),
            client_key: Some(Pem::Text { text: Secret::new("secret-pem"), given: "`key`".to_owned() }),
            ..ServerDetails::default()
        };
        let shown = format!("{:?}", settings(given, &[]).unwrap());
        assert!(!shown.contains("secret") && shown.contains("a.pem"), "{shown}");
    }
}
