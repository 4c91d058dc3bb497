//! Private connections as a policy declares them.

use super::Spanned;
use crate::diagnostic::source::Span;
use crate::diagnostic::subject::Part;
use crate::evaluate::Reference;
use schema::name::{NamespaceId, PrincipalId};
use schema::privatelink::PrivateConnection;
use schema::region::Region;

/// A `privatelink` block.
#[derive(Clone, Debug)]
pub struct DeclaredPrivatelink {
    /// Its header.
    pub span: Span,
    /// The block instance: `privatelink.hub`.
    pub instance: Reference,
    /// Its region; `None` if invalid.
    pub region: Option<Spanned<&'static Region>>,
    /// The connection, at its id; `None` if invalid.
    pub connection: Option<Spanned<PrivateConnection>>,
    /// The Namespaces that it is attached to, in the order written.
    pub namespaces: Vec<Spanned<NamespaceId>>,
    /// Its `service_name`.
    pub service_name: Option<Spanned<String>>,
    /// Whether its Namespaces keep public access.
    pub keep_public: bool,
    /// Whether it may close its Namespaces to the internet.
    pub allow_public_lockout: bool,
    /// Its `managed_by`.
    pub managed_by: Vec<Spanned<PrincipalId>>,
}

impl DeclaredPrivatelink {
    /// Whether it sets `keep_public` or `allow_public_lockout`.
    #[must_use]
    pub fn minds_lockout(&self) -> bool {
        self.keep_public || self.allow_public_lockout
    }

    /// The names of the connection in what a finding is about; none if it is invalid.
    #[must_use]
    pub fn subject_parts(&self) -> Vec<(Part, String)> {
        let connection = self.connection.as_ref().map(|used| &used.id);
        let connection = connection.map(|it| (Part::Connection, it.connection_id.to_string()));
        let region = self.region.as_ref().map(|used| (Part::Region, used.id.id.to_string()));
        let region = region.filter(|_| connection.is_some());
        connection.into_iter().chain(region).collect()
    }
}
