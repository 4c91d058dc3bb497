//! What a plan changes in an Endpoint.

use registry::{CallersChange, DescriptionChange, EndpointChange};
use tfplugin::{Answer, Value};

use super::model::{self, CALLERS, DESCRIPTION, EXTERNAL, NAME, TARGET};
use crate::account::Account;

/// A planned change: the state before, if there is an Endpoint, and the one to be.
#[derive(Clone, Copy)]
pub(super) struct Change<'a> {
    pub(super) prior: Option<&'a Value>,
    pub(super) planned: &'a Value,
}

impl<'a> Change<'a> {
    /// Whether an attribute changes, or may change while its value is unknown.
    pub(super) fn touches(&self, attribute: &str) -> bool {
        self.prior.is_none_or(|prior| prior.get(attribute) != self.planned.get(attribute))
    }

    /// Whether the calls go elsewhere, or may do so.
    pub(super) fn retargets(&self) -> bool {
        self.touches(TARGET) || self.touches(EXTERNAL)
    }

    /// Whether the registry is to be written to: neither timeouts nor an allowlist left to others concern it.
    pub(super) fn concerns_registry(&self) -> bool {
        let allowlist = self.touches(CALLERS) && !self.planned.get(CALLERS).is_null();
        self.prior.is_none()
            || allowlist
            || [NAME, DESCRIPTION, TARGET, EXTERNAL].iter().any(|name| self.touches(name))
    }

    /// The ids that a known allowlist has and the prior one has not.
    pub(super) fn new_callers(&self) -> impl Iterator<Item = &'a Value> {
        let before = self.prior.map_or(&[][..], |prior| prior.get(CALLERS).elements());
        self.planned.get(CALLERS).elements().iter().filter(move |caller| !before.contains(caller))
    }

    /// The same for the registry; the plan is wholly known by now.
    pub(super) fn for_registry(&self, account: &Account) -> Answer<EndpointChange> {
        let planned = self.planned;
        let description = match planned.get(DESCRIPTION).as_str() {
            Some(text) => DescriptionChange::Set(text.to_owned()),
            None => DescriptionChange::Remove,
        };
        let callers = if self.touches(CALLERS) { model::kept_callers(planned, account)? } else { None };
        Ok(EndpointChange {
            name: self.touches(NAME).then(|| model::name(planned)).transpose()?,
            target: self.retargets().then(|| model::target(planned, account)).transpose()?,
            description: self.touches(DESCRIPTION).then_some(description),
            callers: callers.map(CallersChange::Whole),
        })
    }
}
