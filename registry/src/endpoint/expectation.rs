//! What a plan was made on. Only a change of what we manage is a conflict: other teams write to the same Endpoint, and
//! bump its version, all the time.

use crate::endpoint::change::EndpointChange;
use crate::endpoint::description::Description;
use crate::endpoint::{RegisteredEndpoint, RegisteredTarget};
use std::collections::BTreeSet;
use std::fmt;

/// Names listed in a message before the rest is only counted.
const LISTED: usize = 20;

/// The managed attributes as they were when the plan was made; `None` for what we don't manage.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Expectation {
    /// Its name.
    pub name: Option<String>,
    /// Where its calls went.
    pub target: Option<RegisteredTarget>,
    /// What it was for.
    pub description: Option<Description>,
    /// The ids of the Namespaces whose Workflows could call it.
    pub callers: Option<BTreeSet<String>>,
    /// Callers that the same plan adds or removes by other writes: whether they are there by now does not matter.
    pub planned_elsewhere: BTreeSet<String>,
}

/// A managed attribute that was changed by somebody else after the plan was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conflict {
    /// The attribute: `name`, `worker_target`, `description` or `allowed_caller_namespaces`.
    pub attribute: &'static str,
    /// What it was when the plan was made.
    pub planned_on: String,
    /// What it is now.
    pub now: String,
}

impl fmt::Display for Conflict {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { attribute, planned_on, now } = self;
        write!(out, "`{attribute}` was {planned_on} when the plan was made and is {now} now")
    }
}

impl Expectation {
    /// Expects every attribute to be as it was read.
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

    /// The first managed attribute that is neither what the plan was made on nor what `change` makes it: overwriting
    /// nothing but our own wish is no conflict.
    #[must_use]
    pub fn conflict(&self, now: &RegisteredEndpoint, change: &EndpointChange) -> Option<Conflict> {
        let then = change.applied_to(now);
        let quoted = |name: &String| format!("`{name}`");
        let name = |of: &RegisteredEndpoint| of.name().to_owned();
        let wished = change.name.is_some();
        let name = compared("name", self.name.as_ref(), &name(now), &name(&then), wished, quoted);
        let (target, wished) = (self.target.as_ref(), change.target.is_some());
        let show = RegisteredTarget::to_string;
        let target = compared("worker_target", target, &now.target(), &then.target(), wished, show);
        let (text, wished) = (self.description.as_ref(), change.description.is_some());
        let show = Description::to_string;
        let text = compared("description", text, &now.description(), &then.description(), wished, show);
        let (callers, wished) = (self.callers.as_ref(), change.callers.is_some());
        let attribute = "allowed_caller_namespaces";
        let compared_callers = |all: &BTreeSet<String>| all - &self.planned_elsewhere;
        let (callers, now) = (callers.map(compared_callers), compared_callers(&now.callers()));
        let then = compared_callers(&then.callers());
        let callers = compared(attribute, callers.as_ref(), &now, &then, wished, listed);
        name.or(target).or(text).or(callers)
    }
}

fn compared<T: PartialEq>(
    attribute: &'static str,
    planned_on: Option<&T>,
    now: &T,
    then: &T,
    wished: bool,
    show: impl Fn(&T) -> String,
) -> Option<Conflict> {
    let planned_on = planned_on?;
    let as_wished = wished && now == then;
    let differs = planned_on != now && !as_wished;
    differs.then(|| Conflict { attribute, planned_on: show(planned_on), now: show(now) })
}

fn listed(callers: &BTreeSet<String>) -> String {
    let first = callers.iter().take(LISTED).map(String::as_str).collect::<Vec<_>>().join(", ");
    match callers.len() {
        0 => "nobody".to_owned(),
        count if count > LISTED => format!("{first} and {} more", count - LISTED),
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
            "`allowed_caller_namespaces` was b1.a2dd6 when the plan was made and is b1.a2dd6, c1.a2dd6 now";
        check(&expected, &now, &whole(&["d1.a2dd6"]), Some(shown));
        check(&expected, &now, &EndpointChange::default(), Some(shown));
        let shown = "`name` was `pay` when the plan was made and is `paid` now";
        check(&expected, &endpoint("paid", &["b1.a2dd6"]), &EndpointChange::default(), Some(shown));
    }

    #[test]
    fn what_the_same_plan_writes_elsewhere_is_no_conflict() {
        let planned_elsewhere = ["b1.a2dd6", "c1.a2dd6"].map(str::to_owned).into();
        let expected = Expectation { planned_elsewhere, ..Expectation::of(&endpoint("pay", &["b1.a2dd6"])) };
        for there in [&[][..], &["b1.a2dd6"], &["c1.a2dd6"], &["b1.a2dd6", "c1.a2dd6"]] {
            check(&expected, &endpoint("pay", there), &whole(&["d1.a2dd6"]), None);
        }
        let shown = "`allowed_caller_namespaces` was nobody when the plan was made and is e1.a2dd6 now";
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
