//! What errors hide: findings that depend on it are not reported, because they would be consequential.

use schema::name::{EndpointName, PrincipalId, PrincipalKind};
use std::collections::BTreeSet;

/// The incomplete parts of a policy.
#[derive(Clone, Debug, Default)]
pub struct Unclear {
    /// Whether whole blocks may be missing: a file could not be read, or a block has an unknown kind.
    pub document: bool,
    /// The principals with an error in their block.
    pub principals: BTreeSet<PrincipalId>,
    /// The members of each group with an error in its block, if valid.
    pub groups: Vec<Option<BTreeSet<PrincipalId>>>,
    /// The Endpoint of each allowlist with an error in its block, if valid.
    pub allowlists: Vec<Option<EndpointName>>,
}

impl Unclear {
    /// Whether a principal may have further access.
    #[must_use]
    pub fn hides_rights(&self, id: &PrincipalId) -> bool {
        let in_group = || {
            self.document
                || self
                    .groups
                    .iter()
                    .any(|members| members.as_ref().is_none_or(|members| members.contains(id)))
        };
        self.principals.contains(id) || (id.kind == PrincipalKind::User && in_group())
    }

    /// Whether an undeclared principal is provably undeclared.
    #[must_use]
    pub fn is_nothing_of(&self, id: &PrincipalId) -> bool {
        !self.document && !self.hides_rights(id)
    }

    /// Whether an Endpoint may have further callers.
    #[must_use]
    pub fn hides_callers(&self, endpoint: &EndpointName) -> bool {
        let of_it = |named: &Option<EndpointName>| named.as_ref().is_none_or(|named| named == endpoint);
        self.document || self.allowlists.iter().any(of_it)
    }
}
