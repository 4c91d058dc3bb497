//! The difference of access that a plan or another policy makes.

use crate::access::difference::{AccountAccess, Difference, declared_rights, rights_in};
use crate::access::held::HeldEndpoints;
use crate::facts::Facts;
use crate::plan::{Change, Planned, after, changes};
use crate::policy::Policy;
use schema::backend::Backend;
use schema::name::EndpointName;
use std::collections::{BTreeMap, BTreeSet};
use time::Date;

/// What changes do to an account.
pub fn difference_of<'c>(
    before: &AccountAccess,
    changes: impl IntoIterator<Item = &'c Change>,
) -> Difference {
    let endpoints = after(&before.endpoints, changes);
    Difference::between(before, &AccountAccess { endpoints, rights: before.rights.clone() })
}

/// What a policy changes once its base is applied. With facts, the account is known where neither policy manages it, and the
/// rights of principals are taken from them only.
#[must_use]
pub fn policy_difference(base: &Policy, policy: &Policy, facts: Option<&Facts>, today: Date) -> Difference {
    // Allowlists of a self-hosted cluster are enforced by its Authorizer and are in no facts.
    let seen = facts.filter(|_| policy.account.backend == Backend::Cloud);
    let mut endpoints = match seen {
        Some(facts) => {
            let held = HeldEndpoints::of_facts(facts);
            after(&held, planned(&changes(base, &held, today)))
        }
        None => HeldEndpoints::of_policy(base, today),
    };
    if seen.is_none() {
        endpoints.add_granted(policy);
        endpoints.add_removed(policy, base);
        endpoints.add_renamed(policy);
    }
    let mut later = after(&endpoints, planned(&changes(policy, &endpoints, today)));
    if seen.is_none() {
        later.leave_to_others(policy, today);
    }
    let rights = |of| facts.map_or_else(|| declared_rights(of), rights_in);
    let before = AccountAccess { endpoints, rights: rights(base) };
    let later = AccountAccess { endpoints: later, rights: rights(policy) };
    let mut difference = Difference::between(&before, &later);
    mark_ownership(&mut difference, base, policy, &later.endpoints, today);
    difference
}

fn planned(planned: &[Planned]) -> impl Iterator<Item = &Change> {
    planned.iter().map(|planned| &planned.change)
}

/// Adds what changes hands without a change of access: allowlists that the policy starts or stops managing, and Endpoints
/// and grants that leave the policy and stay in the account.
fn mark_ownership(
    difference: &mut Difference,
    base: &Policy,
    policy: &Policy,
    later: &HeldEndpoints,
    today: Date,
) {
    let owned = allowlists_owned(base, today);
    let owns = allowlists_owned(policy, today);
    let mut kept = BTreeSet::new();
    for (name, is) in &owns {
        let renamed = difference.names.get(*name).and_then(|differs| differs.renamed_from.clone());
        let old = renamed.unwrap_or_else(|| (*name).to_owned());
        if owned.get(old.as_str()).is_some_and(|was| was != is) {
            difference.at(name, later).claimed = Some(*is);
        }
        kept.insert(old);
    }
    let stays = |name: &&&str| later.by_name.contains_key(**name);
    for name in owned.keys().filter(|name| !kept.contains(**name) && !owns.contains_key(*name)).filter(stays)
    {
        difference.at(name, later).leaves = true;
    }
    let grants_of = |policy: &Policy, name: &EndpointName, on: Option<Date>| -> BTreeSet<String> {
        let grants = policy.allowlists_of(name).filter(|grant| on.is_none_or(|day| grant.grants_on(day)));
        let callers = grants.flat_map(|grant| &grant.callers.namespaces);
        callers.map(|used| used.id.to_string()).collect()
    };
    let is_foreign = |name: &&EndpointName| {
        let is_declared = [base, policy].iter().any(|it| it.endpoints.contains_key(*name));
        !is_declared && later.by_name.contains_key(name.as_str())
    };
    for name in base.allowlists.keys().filter(is_foreign) {
        let left = &grants_of(base, name, Some(today)) - &grants_of(policy, name, None);
        if !left.is_empty() {
            difference.at(name.as_str(), later).left_callers = left;
        }
    }
}

/// The declared Endpoints, and whether the policy manages their allowlists.
fn allowlists_owned(policy: &Policy, today: Date) -> BTreeMap<&str, bool> {
    let endpoints = policy.endpoints.values();
    endpoints.map(|it| (it.name.as_str(), policy.callers(it, today).is_some())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::Findings;
    use crate::diagnostic::source::Sources;
    use crate::pipeline::ParsedPolicy;
    use time::macros::date;

    /// An Endpoint that the base does not declare is renamed: whoever calls it by its old name no longer can.
    #[test]
    fn a_rename_of_what_the_base_does_not_know_takes_calls_away() {
        let nothing = of_text("");
        let text = "endpoint \"new\" {\n  worker_target = { namespace = \"aa\", task_queue = \"q\" }\n  allowed_caller_namespaces = [\"bb\"]\n";
        let rows = |policy: &Policy| policy_difference(&nothing, policy, None, date!(2026 - 06 - 15)).rows();
        let created = rows(&of_text(&format!("{text}}}\n")));
        assert_eq!((created.calls_gained.len(), created.calls_lost.len()), (1, 0));
        let renamed = rows(&of_text(&format!("{text}  renamed_from = \"old\"\n}}\n")));
        let [lost] = &*renamed.calls_lost else { panic!("{renamed:?}") };
        assert_eq!((lost.caller.as_deref(), &*lost.endpoint), (None, "old"));
        assert_eq!(renamed.calls_gained.len(), 1);
    }

    fn of_text(blocks: &str) -> Policy {
        let mut sources = Sources::default();
        let namespaces =
            ["aa", "bb"].map(|name| format!("namespace \"{name}\" {{ regions = [\"aws-us-east-1\"] }}\n"));
        let policy = format!("account {{ id = \"a2dd6\" }}\n{}{blocks}", namespaces.concat());
        sources.add("policy.nexus.hcl", policy);
        ParsedPolicy::parse(sources, Findings::new(), date!(2026 - 06 - 15)).compile(None).0
    }

    /// An allowlist that others manage, and of which nothing is known without facts.
    #[test]
    fn whoever_takes_an_allowlist_over_and_lists_nobody_takes_calls_away() {
        let of = |attributes: &str| {
            of_text(&format!(
                "endpoint \"mail\" {{\n  worker_target = {{ namespace = \"aa\", task_queue = \"q\" }}\n{attributes}}}\n"
            ))
        };
        let (others, nobody) = (of(""), of("  allowed_caller_namespaces = []\n"));
        let rows = |base, policy| policy_difference(base, policy, None, date!(2026 - 06 - 15)).rows();
        let taken_over = rows(&others, &nobody);
        assert_eq!(taken_over.calls_gained, []);
        let [lost] = &*taken_over.calls_lost else { panic!("{taken_over:?}") };
        assert_eq!((lost.caller.as_deref(), &*lost.endpoint), (None, "mail"));
        assert_eq!(rows(&others, &others).calls_lost, []);
        let [gained] = &*rows(&nobody, &others).calls_gained else { panic!("nobody knows who gains") };
        assert_eq!(gained.caller, None);
    }
}
