//! Why the settings for a self-hosted server are refused.

use crate::address::AddressError;
use thiserror::Error;

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
