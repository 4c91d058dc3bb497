//! The planned change of an Endpoint.

use registry::{CallersChange, DescriptionChange, EndpointChange};
use tfplugin::{Answer, Value};

use super::model::{self, CALLERS, DESCRIPTION, EXTERNAL, NAME, TARGET};
use crate::account::Account;

/// The prior state, if there is one, and the planned state.
#[derive(Clone, Copy)]
pub(super) struct Change<'a> {
    pub(super) prior: Option<&'a Value>,
    pub(super) planned: &'a Value,
}

impl<'a> Change<'a> {
    /// Whether an attribute changes, or may change because it is unknown.
    pub(super) fn touches(&self, attribute: &str) -> bool {
        self.prior.is_none_or(|prior| prior.get(attribute) != self.planned.get(attribute))
    }

    /// Whether the target changes, or may change.
    pub(super) fn retargets(&self) -> bool {
        self.touches(TARGET) || self.touches(EXTERNAL)
    }

    /// Whether the registry must be updated: not for a change of `timeouts`, or for an allowlist that is no longer managed.
    pub(super) fn concerns_registry(&self) -> bool {
        let allowlist = self.touches(CALLERS) && !self.planned.get(CALLERS).is_null();
        self.prior.is_none()
            || allowlist
            || [NAME, DESCRIPTION, TARGET, EXTERNAL].iter().any(|name| self.touches(name))
    }

    /// The callers that the prior allowlist does not have.
    pub(super) fn new_callers(&self) -> impl Iterator<Item = &'a Value> {
        let before = self.prior.map_or(&[][..], |prior| prior.get(CALLERS).elements());
        self.planned.get(CALLERS).elements().iter().filter(move |caller| !before.contains(caller))
    }

    /// The change for the registry, from a wholly known plan.
    pub(super) fn for_registry(&self, account: &Account) -> Answer<EndpointChange> {
        let planned = self.planned;
        let description = match planned.get(DESCRIPTION).as_str() {
            Some(text) => DescriptionChange::Set(text.to_owned()),
            None => DescriptionChange::Remove,
        };
        let callers = if self.touches(CALLERS) { model::enforced_callers(planned, account)? } else { None };
        Ok(EndpointChange {
            name: self.touches(NAME).then(|| model::name(planned)).transpose()?,
            target: self.retargets().then(|| model::target(planned, account)).transpose()?,
            description: self.touches(DESCRIPTION).then_some(description),
            ..EndpointChange::of_callers(callers.map(CallersChange::Replace))
        })
    }
}
