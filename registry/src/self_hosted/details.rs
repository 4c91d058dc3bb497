//! The details of a connection to a self-hosted server: key, TLS, headers.

use super::headers::Headers;
use super::settings_error::SettingsError;
use schema::secret::Secret;
use std::path::PathBuf;

/// Details of a connection, all optional.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ConnectionOptions {
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

impl ConnectionOptions {
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
            // Their names are not known: whoever has the environment finds them.
            headers: Headers::default(),
        })
    }

    /// Whether to encrypt.
    pub(crate) fn checked(&self) -> Result<bool, SettingsError> {
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
