//! The two places where an account can live.

use crate::name::{NameError, NamespaceId, NamespaceName};

/// Where an account lives.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Backend {
    /// Temporal Cloud.
    #[default]
    Cloud,
    /// A Temporal server of one's own.
    SelfHosted,
}

impl Backend {
    /// Its name in messages.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Cloud => "Temporal Cloud",
            Self::SelfHosted => "self-hosted Temporal",
        }
    }

    /// Reads a Namespace's id as this backend has them.
    ///
    /// # Errors
    /// Why it is none.
    pub fn namespace_id(self, text: &str) -> Result<NamespaceId, NameError> {
        match self {
            Self::Cloud => text.parse(),
            Self::SelfHosted => NamespaceName::on_server(text).map(NamespaceId::on_server),
        }
    }
}
