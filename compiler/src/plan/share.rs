//! The part of a plan that changes only what one principal manages.

use super::{Change, LeftOut, Planned, others_connections};
use crate::facts::Facts;
use crate::policy::Policy;
use crate::policy::ownership::OwnershipScope;
use std::collections::BTreeSet;

/// The changes in scope.
pub struct Share {
    /// The changes that can be applied.
    pub planned: Vec<Planned>,
    /// The others.
    pub left_out: LeftOut,
}

impl Share {
    /// Splits the changes of the whole policy. A change that needs a name which others must free first is waiting.
    #[must_use]
    pub fn of(scope: &OwnershipScope, planned: Vec<Planned>, policy: &Policy, facts: &Facts) -> Self {
        let privatelinks = others_connections(policy, facts);
        let mut share =
            Self { planned: Vec::new(), left_out: LeftOut { privatelinks, ..LeftOut::default() } };
        let mut freed: BTreeSet<String> = BTreeSet::new();
        for planned in planned {
            let change = &planned.change;
            let is_taken = |name: &str| facts.endpoints.contains_key(name) && !freed.contains(name);
            match change.name_after() {
                name if !scope.owns_endpoint(name, policy) => share.left_out.endpoints += 1,
                name if is_new_name(change) && is_taken(name) => share.left_out.waiting.push(name.to_owned()),
                _ => {
                    freed.extend(change.rename().map(|(from, _)| from.to_owned()));
                    share.planned.push(planned);
                }
            }
        }
        share
    }
}

fn is_new_name(change: &Change) -> bool {
    matches!(change, Change::Create { .. }) || change.rename().is_some()
}
