//! Why the settings for a self-hosted server are refused.

use crate::address::AddressError;
use thiserror::Error;

/// Why settings are refused.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum SettingsError {
    /// The address is invalid.
    #[error(transparent)]
    Address(#[from] AddressError),
    /// A setting is neither true nor false.
    #[error("`{name}` must be `true` or `false`, not `{value}`")]
    Bool {
        /// The setting.
        name: String,
        /// Its value.
        value: String,
    },
    /// The same option is set by path and as text.
    #[error("`{0}` conflicts with `{1}`: remove one of them")]
    Duplicate(String, String),
    /// A client certificate without its key, or a key without its certificate.
    #[error("a client certificate and its key must be set together: only the {0} is set")]
    IncompleteKeyPair(&'static str),
    /// TLS is disabled, but an option requires it.
    #[error("TLS is disabled, but {0} is configured: remove one of them")]
    TlsDisabled(&'static str),
    /// The server name is an IP address.
    #[error("the server name `{0}` is an IP address: set it to the name in the server's certificate")]
    ServerName(String),
    /// A header has an invalid name or value.
    #[error(
        "invalid header `{0}` in `TEMPORAL_GRPC_META_*` or `grpc_meta`: the name is reserved, or the name or value has invalid characters"
    )]
    Header(String),
    /// A file cannot be read.
    #[error("cannot read `{path}`: {reason}")]
    Unreadable {
        /// The file.
        path: String,
        /// The cause.
        reason: String,
    },
    /// The configuration file is invalid.
    #[error("invalid configuration of the `temporal` CLI in `{path}`: {reason}")]
    Profile {
        /// The file.
        path: String,
        /// Why it is invalid.
        reason: String,
    },
}
