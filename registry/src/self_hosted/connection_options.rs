//! The options of a connection to a self-hosted server: API key, TLS, headers.

use super::headers::Headers;
use super::settings_error::SettingsError;
use schema::secret::Secret;
use std::path::PathBuf;

/// Connection options, all optional.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ConnectionOptions {
    /// The API key that every call carries.
    pub api_key: Option<Secret>,
    /// Whether to use TLS. Unset, it is used when an API key, a header `authorization` or a TLS option is set.
    pub tls: Option<bool>,
    /// The trusted CAs, instead of those that this machine trusts.
    pub server_ca: Option<Pem>,
    /// The client certificate with its chain.
    pub client_certificate: Option<Pem>,
    /// The private key of the client certificate.
    pub client_key: Option<Pem>,
    /// The name in the server's certificate, if it is not the host of the address.
    pub server_name: Option<String>,
    /// Whether to skip verification of the server certificate (insecure).
    pub skip_verification: Option<bool>,
    /// Headers that every call carries.
    pub headers: Headers,
}

/// PEM-encoded certificates or a key, by path or inline.
#[derive(Clone, PartialEq, Eq)]
pub enum Pem {
    /// The path of a file.
    File(PathBuf),
    /// The PEM text.
    Text {
        /// The text.
        text: Secret,
        /// Where it was set, for errors, such as a variable's name.
        source: String,
    },
}

impl ConnectionOptions {
    /// Adds the options of `other` that are not set here. A client certificate and its key come from the same source.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        let has_certificate = self.client_certificate.is_some() || self.client_key.is_some();
        let (client_certificate, client_key) = match has_certificate {
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

    pub(crate) fn of_variables(variable: &dyn Fn(&str) -> Option<String>) -> Result<Self, SettingsError> {
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
            // Their names are not known here: see `Headers::of_variables`.
            headers: Headers::default(),
        })
    }

    /// Checks the options, and returns whether to use TLS.
    pub(crate) fn checked_tls(&self) -> Result<bool, SettingsError> {
        match (&self.client_certificate, &self.client_key) {
            (Some(_), None) => return Err(SettingsError::IncompleteKeyPair("certificate")),
            (None, Some(_)) => return Err(SettingsError::IncompleteKeyPair("key")),
            _ => {}
        }
        if let Some(name) = self.server_name.as_ref().filter(|name| name.parse::<std::net::IpAddr>().is_ok())
        {
            return Err(SettingsError::ServerName(name.clone()));
        }
        let required = self.requires_tls();
        match (self.tls, required) {
            (Some(false), Some(what)) => Err(SettingsError::TlsDisabled(what)),
            (tls, required) => Ok(tls.unwrap_or(required.is_some())),
        }
    }

    /// An option that requires TLS.
    fn requires_tls(&self) -> Option<&'static str> {
        let options = [
            (self.api_key.is_some(), "an API key"),
            (self.headers.has_authorization(), "a header `authorization`"),
            (self.client_certificate.is_some(), "a client certificate"),
            (self.server_ca.is_some(), "a CA"),
            (self.server_name.is_some(), "a server name"),
            (self.skip_verification == Some(true), "skipping verification of the server certificate"),
        ];
        options.into_iter().find(|(is_set, _)| *is_set).map(|(_, what)| what)
    }
}

impl Pem {
    /// PEM by path or as text, each with the name of its setting.
    ///
    /// # Errors
    /// When both are set.
    pub fn one_of(
        (path_name, path): (&str, Option<String>),
        (text_name, text): (&str, Option<String>),
    ) -> Result<Option<Self>, SettingsError> {
        Ok(match (path, text) {
            (Some(_), Some(_)) => {
                return Err(SettingsError::Duplicate(path_name.to_owned(), text_name.to_owned()));
            }
            (Some(path), None) => Some(Self::File(path.into())),
            (None, Some(text)) => {
                Some(Self::Text { text: Secret::new(text), source: format!("`{text_name}`") })
            }
            (None, None) => None,
        })
    }
}

impl std::fmt::Debug for Pem {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::File(path) => write!(out, "{path:?}"),
            Self::Text { source, .. } => write!(out, "the text of {source}"),
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
