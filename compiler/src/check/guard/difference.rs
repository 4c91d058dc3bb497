//! What one policy allows and another does not, as guards see it.

use super::object::{Object, Objects};
use crate::access::difference::{Difference, EndpointDifference, Existence};
use crate::diagnostic::source::Span;
use crate::policy::Guarded;
use schema::name::{EndpointName, NamespaceId};
use std::collections::BTreeSet;

impl<'p> Objects<'p> {
    /// Every object of a kind that a policy gains or loses against its base. What is gone with its Endpoint is found in
    /// the base.
    pub(super) fn differing(
        &self,
        base: &Self,
        guarded: Guarded,
        difference: &Difference,
    ) -> Vec<Object<'p>> {
        let found = difference.endpoints.iter().flat_map(|(name, differs)| {
            let side = if differs.existence == Existence::Removed { base } else { self };
            side.differing_at(name, guarded, differs)
        });
        found.collect()
    }

    fn differing_at(
        &self,
        name: &EndpointName,
        guarded: Guarded,
        differs: &EndpointDifference,
    ) -> Vec<Object<'p>> {
        let place = self.granted_at(name);
        match guarded {
            Guarded::GainedCall => self.gained_calls(&ids(&differs.gained), name, place.into()),
            Guarded::LostCall => self.lost_calls(&ids(&differs.lost), name, differs.old_target(), place),
            Guarded::GainedManager => self.managed(differs.gained_managers.iter(), name, place),
            Guarded::LostManager => self.managed(differs.lost_managers.iter(), name, place),
            _ => Vec::new(),
        }
    }

    /// Where access to an Endpoint is granted that the policy does not declare; else its `account` block.
    fn granted_at(&self, name: &EndpointName) -> Span {
        let granted = self.context.policy.allowlists_of(name).next().map(|grant| grant.endpoint.span);
        let guard = || self.context.policy.guards.first().map(|guard| guard.span);
        granted.or(self.context.policy.account.span).or_else(guard).unwrap_or(super::value::NOWHERE)
    }
}

fn ids(callers: &BTreeSet<NamespaceId>) -> BTreeSet<String> {
    callers.iter().map(ToString::to_string).collect()
}
