//! Only a change of a managed attribute is a conflict: other teams write to the same Endpoint, and increase its version, all
//! the time.

use std::collections::BTreeSet;
use std::fmt;

/// How many callers a message lists.
const MAX_LISTED: usize = 20;

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

/// The conflict of one attribute, unless it is as the plan saw it or as the change makes it.
pub(super) fn conflict<T: PartialEq>(
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

/// Callers as a message lists them.
pub(super) fn listed(callers: &BTreeSet<String>) -> String {
    let first = callers.iter().take(MAX_LISTED).map(String::as_str).collect::<Vec<_>>().join(", ");
    match callers.len() {
        0 => "empty".to_owned(),
        count if count > MAX_LISTED => format!("{first} and {} more", count - MAX_LISTED),
        _ => first,
    }
}

#[cfg(test)]
mod tests {
    use crate::endpoint::RegisteredEndpoint;
    use crate::endpoint::change::{CallersChange, DescriptionChange, EndpointChange, Expectation};
    use crate::endpoint::description::Description;
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
