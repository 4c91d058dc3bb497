//! What an error elsewhere hides: nothing that depends on it is to be reported, for it would follow from that error.

use schema::name::{EndpointName, PrincipalId, PrincipalKind};
use std::collections::BTreeSet;

/// What could not be understood in whole, and was reported.
#[derive(Clone, Debug, Default)]
pub struct Unclear {
    /// Whether whole blocks may be missing: a file that could not be read, a block of a kind that does not exist.
    pub document: bool,
    /// The principals with an error in their block.
    pub principals: BTreeSet<PrincipalId>,
    /// The members of each group with an error in its block, where these could be understood.
    pub groups: Vec<Option<BTreeSet<PrincipalId>>>,
    /// The Endpoint of each allowlist with an error in its block, where that could be understood.
    pub allowlists: Vec<Option<EndpointName>>,
}

impl Unclear {
    /// Whether a principal may hold more than what could be understood.
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

    /// Whether a principal that is not declared is provably not declared.
    #[must_use]
    pub fn is_nothing_of(&self, id: &PrincipalId) -> bool {
        !self.document && !self.hides_rights(id)
    }

    /// Whether an Endpoint may have more callers than what could be understood.
    #[must_use]
    pub fn hides_callers(&self, endpoint: &EndpointName) -> bool {
        let of_it = |named: &Option<EndpointName>| named.as_ref().is_none_or(|named| named == endpoint);
        self.document || self.allowlists.iter().any(of_it)
    }
}
