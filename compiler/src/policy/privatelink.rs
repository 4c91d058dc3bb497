//! Private connections as a policy declares them.

use super::Spanned;
use crate::diagnostic::source::Span;
use crate::evaluate::Reference;
use schema::name::{NamespaceId, PrincipalId};
use schema::privatelink::PrivateConnection;
use schema::region::Region;

/// A `privatelink` block.
#[derive(Clone, Debug)]
pub struct DeclaredPrivatelink {
    /// Its header.
    pub span: Span,
    /// The block instance as reports name it: `privatelink.hub`.
    pub instance: Reference,
    /// Its region; `None` where that could not be understood.
    pub region: Option<Spanned<&'static Region>>,
    /// The connection, at its id; `None` where that could not be understood.
    pub connection: Option<Spanned<PrivateConnection>>,
    /// The Namespaces that it is attached to, in the order written.
    pub namespaces: Vec<Spanned<NamespaceId>>,
    /// The service that it says to connect to.
    pub service_name: Option<Spanned<String>>,
    /// Whether its Namespaces stay open to the internet.
    pub keep_public: bool,
    /// Whether it may close its Namespaces to the internet.
    pub allow_public_lockout: bool,
    /// Who else manages it.
    pub managed_by: Vec<Spanned<PrincipalId>>,
}

impl DeclaredPrivatelink {
    /// Whether it says what becomes of the way from the internet.
    #[must_use]
    pub fn minds_lockout(&self) -> bool {
        self.keep_public || self.allow_public_lockout
    }
}
