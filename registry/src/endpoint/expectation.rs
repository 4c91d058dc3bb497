//! What a plan was made on. Only a change of a managed attribute is a conflict: other teams write to the same Endpoint, and
//! increase its version, all the time.

use crate::endpoint::change::EndpointChange;
use crate::endpoint::description::Description;
use crate::endpoint::{RegisteredEndpoint, RegisteredTarget};
use std::collections::BTreeSet;
use std::fmt;

/// How many callers a message lists.
const MAX_LISTED: usize = 20;

/// The managed attributes as they were when the plan was made; `None` for an attribute that is not managed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Expectation {
    /// The name.
    pub name: Option<String>,
    /// The target.
    pub target: Option<RegisteredTarget>,
    /// The description.
    pub description: Option<Description>,
    /// The ids of the caller Namespaces.
    pub callers: Option<BTreeSet<String>>,
    /// Callers that the same plan adds or removes by other writes, which may or may not have been made already.
    pub planned_elsewhere: BTreeSet<String>,
}

/// A managed attribute that was changed after the plan was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conflict {
    /// The attribute: `name`, `worker_target`, `description` or `allowed_caller_namespaces`.
    pub attribute: &'static str,
    /// Its value when the plan was made.
    pub planned_on: String,
    /// Its current value.
    pub now: String,
}

impl fmt::Display for Conflict {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { attribute, planned_on, now } = self;
        write!(out, "`{attribute}` was {planned_on} when the plan was made, and is now {now}")
    }
}

impl Expectation {
    /// Expects every attribute to be as in `read`.
    #[must_use]
    pub fn of(read: &RegisteredEndpoint) -> Self {
        Self {
            name: Some(read.name().to_owned()),
            target: Some(read.target()),
            description: Some(read.description()),
            callers: Some(read.callers()),
            planned_elsewhere: BTreeSet::new(),
        }
    }

    /// The first managed attribute that is neither what the plan was made on nor what `change` makes it. An attribute that
    /// already has the planned value is no conflict.
    #[must_use]
    pub fn conflict(&self, now: &RegisteredEndpoint, change: &EndpointChange) -> Option<Conflict> {
        let after = change.applied_to(now);
        let quoted = |name: &String| format!("`{name}`");
        let name = |of: &RegisteredEndpoint| of.name().to_owned();
        let changes = change.name.is_some();
        let name = conflict("name", self.name.as_ref(), &name(now), &name(&after), changes, quoted);
        let (target, changes) = (self.target.as_ref(), change.target.is_some());
        let show = RegisteredTarget::to_string;
        let target = conflict("worker_target", target, &now.target(), &after.target(), changes, show);
        let (text, changes) = (self.description.as_ref(), change.description.is_some());
        let show = Description::to_string;
        let text = conflict("description", text, &now.description(), &after.description(), changes, show);
        let (callers, changes) = (self.callers.as_ref(), change.callers.is_some());
        let attribute = "allowed_caller_namespaces";
        let compared_callers = |all: &BTreeSet<String>| all - &self.planned_elsewhere;
        let (callers, now) = (callers.map(compared_callers), compared_callers(&now.callers()));
        let after = compared_callers(&after.callers());
        let callers = conflict(attribute, callers.as_ref(), &now, &after, changes, listed);
        name.or(target).or(text).or(callers)
    }
}

fn conflict<T: PartialEq>(
    attribute: &'static str,
    planned_on: Option<&T>,
    now: &T,
    after: &T,
    changes: bool,
    show: impl Fn(&T) -> String,
) -> Option<Conflict> {
    let planned_on = planned_on?;
    let is_applied = changes && now == after;
    let differs = planned_on != now && !is_applied;
    differs.then(|| Conflict { attribute, planned_on: show(planned_on), now: show(now) })
}

fn listed(callers: &BTreeSet<String>) -> String {
    let first = callers.iter().take(MAX_LISTED).map(String::as_str).collect::<Vec<_>>().join(", ");
    match callers.len() {
        0 => "empty".to_owned(),
        count if count > MAX_LISTED => format!("{first} and {} more", count - MAX_LISTED),
        _ => first,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::endpoint::change::{CallersChange, DescriptionChange};
    use serde_json::json;

    fn endpoint(name: &str, callers: &[&str]) -> RegisteredEndpoint {
        let policy = |id: &&str| json!({ "allowedCloudNamespacePolicySpec": { "namespaceId": id } });
        let policies: Vec<_> = callers.iter().map(policy).collect();
        let json = json!({ "id": "e1", "spec": { "name": name, "policySpecs": policies } });
        RegisteredEndpoint::from_json(json).unwrap()
    }

    fn whole(callers: &[&str]) -> EndpointChange {
        let callers = callers.iter().map(|id| id.parse().unwrap()).collect();
        EndpointChange { callers: Some(CallersChange::Replace(callers)), ..EndpointChange::default() }
    }

    #[track_caller]
    fn check(expected: &Expectation, now: &RegisteredEndpoint, change: &EndpointChange, shown: Option<&str>) {
        let conflict = expected.conflict(now, change).map(|conflict| conflict.to_string());
        assert_eq!(conflict.as_deref(), shown);
    }

    #[test]
    fn a_change_of_a_managed_attribute_is_a_conflict() {
        let expected = Expectation::of(&endpoint("pay", &["b1.a2dd6"]));
        let now = endpoint("pay", &["b1.a2dd6", "c1.a2dd6"]);
        let shown =
            "`allowed_caller_namespaces` was b1.a2dd6 when the plan was made, and is now b1.a2dd6, c1.a2dd6";
        check(&expected, &now, &whole(&["d1.a2dd6"]), Some(shown));
        check(&expected, &now, &EndpointChange::default(), Some(shown));
        let shown = "`name` was `pay` when the plan was made, and is now `paid`";
        check(&expected, &endpoint("paid", &["b1.a2dd6"]), &EndpointChange::default(), Some(shown));
    }

    #[test]
    fn what_the_same_plan_writes_elsewhere_is_no_conflict() {
        let planned_elsewhere = ["b1.a2dd6", "c1.a2dd6"].map(str::to_owned).into();
        let expected = Expectation { planned_elsewhere, ..Expectation::of(&endpoint("pay", &["b1.a2dd6"])) };
        for there in [&[][..], &["b1.a2dd6"], &["c1.a2dd6"], &["b1.a2dd6", "c1.a2dd6"]] {
            check(&expected, &endpoint("pay", there), &whole(&["d1.a2dd6"]), None);
        }
        let shown = "`allowed_caller_namespaces` was empty when the plan was made, and is now e1.a2dd6";
        check(&expected, &endpoint("pay", &["c1.a2dd6", "e1.a2dd6"]), &whole(&["d1.a2dd6"]), Some(shown));
    }

    #[test]
    fn a_change_of_what_we_do_not_manage_is_none() {
        let expected = Expectation { callers: None, ..Expectation::of(&endpoint("pay", &[])) };
        check(&expected, &endpoint("pay", &["c1.a2dd6"]), &EndpointChange::default(), None);
    }

    #[test]
    fn what_is_already_as_wished_is_no_conflict() {
        let expected = Expectation::of(&endpoint("pay", &["b1.a2dd6"]));
        check(&expected, &endpoint("pay", &["c1.a2dd6"]), &whole(&["c1.a2dd6"]), None);
        let described = Some(DescriptionChange::Remove);
        let change = EndpointChange { description: described, ..EndpointChange::default() };
        let text = Some(Description::Text("old".to_owned()));
        let expected = Expectation { description: text, ..Expectation::default() };
        check(&expected, &endpoint("pay", &[]), &change, None);
    }
}
