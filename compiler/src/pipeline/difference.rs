//! The difference of access that a plan or another policy makes.

use crate::access::difference::{AccountAccess, Difference, declared_rights, rights_in};
use crate::access::held::HeldEndpoints;
use crate::facts::Facts;
use crate::plan::{Change, Planned, after, changes, changes_among};
use crate::policy::{DeclaredEndpoint, Policy};
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
    let rights = |of| facts.map_or_else(|| declared_rights(of), rights_in);
    let (rights_before, rights_after) = (rights(base), rights(policy));
    let has_same_rights = rights_before == rights_after;
    let unchanged = match seen {
        None if has_same_rights => Unchanged::between(base, policy),
        _ => Unchanged::default(),
    };
    let is_compared = |name: &EndpointName| !unchanged.names.contains(name);
    let mut endpoints = match seen {
        Some(facts) => {
            let held = HeldEndpoints::of_facts(facts);
            after(&held, planned(&changes(base, &held, today)))
        }
        None => HeldEndpoints::of_policy(base, today, is_compared),
    };
    if seen.is_none() {
        endpoints.add_granted(policy);
        endpoints.add_removed(policy, base);
        endpoints.add_renamed(policy);
    }
    let mut later = after(&endpoints, planned(&changes_among(policy, &endpoints, today, is_compared)));
    if seen.is_none() {
        later.leave_to_others(policy);
    }
    let before = AccountAccess { endpoints, rights: rights_before };
    let later = AccountAccess { endpoints: later, rights: rights_after };
    let mut difference = Difference::between(&before, &later);
    difference.size_before.endpoints += unchanged.names.len();
    difference.size_before.pairs += unchanged.pairs;
    mark_ownership(&mut difference, base, policy, &later.endpoints, today);
    difference
}

/// The Endpoints that two policies declare alike, and to which neither grants access elsewhere: nothing about them differs. They
/// are nearly all of a large policy, and comparing them as an account holds them takes as long as reading a policy.
#[derive(Default)]
struct Unchanged<'p> {
    names: BTreeSet<&'p EndpointName>,
    /// The pairs of a caller and one of them.
    pairs: usize,
}

impl<'p> Unchanged<'p> {
    fn between(base: &'p Policy, policy: &'p Policy) -> Self {
        let renamed = |policy: &'p Policy| {
            policy.endpoints.values().filter_map(|endpoint| Some(&endpoint.renamed_from.as_ref()?.id))
        };
        let removed = |policy: &'p Policy| policy.removed.iter().filter_map(|block| block.endpoint());
        let touched: BTreeSet<_> = [base, policy]
            .into_iter()
            .flat_map(|policy| renamed(policy).chain(removed(policy)).chain(policy.allowlists.keys()))
            .collect();
        let mut unchanged = Self::default();
        for endpoint in policy.endpoints.values() {
            let Some(old) = base.endpoints.get(&endpoint.name) else { continue };
            if touched.contains(&endpoint.name) || !is_declared_alike(old, endpoint) {
                continue;
            }
            let callers = endpoint.callers.iter().flat_map(|callers| &callers.namespaces);
            let callers: BTreeSet<_> = callers.map(|used| &used.id).collect();
            unchanged.pairs += callers.len();
            unchanged.names.insert(&endpoint.name);
        }
        unchanged
    }
}

fn is_declared_alike(old: &DeclaredEndpoint, new: &DeclaredEndpoint) -> bool {
    let targets = old.target.as_ref().zip(new.target.as_ref());
    let has_target = targets.is_some_and(|(old, new)| old.target == new.target);
    let has_callers = match (&old.callers, &new.callers) {
        (Some(old), Some(new)) => {
            old.namespaces.iter().map(|used| &used.id).eq(new.namespaces.iter().map(|used| &used.id))
        }
        (old, new) => old.is_none() && new.is_none(),
    };
    let is_renamed = old.renamed_from.is_some() || new.renamed_from.is_some();
    has_target && has_callers && !is_renamed && old.description == new.description
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
    let owned = allowlists_owned(base);
    let owns = allowlists_owned(policy);
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
fn allowlists_owned(policy: &Policy) -> BTreeMap<&str, bool> {
    let endpoints = policy.endpoints.values();
    endpoints.map(|it| (it.name.as_str(), policy.manages_allowlist(it))).collect()
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
