//! How access differs between two policies: calls, their targets, and who can manage an Endpoint. Other changes are not part
//! of it.

use crate::facts::Facts;
use crate::policy::Policy;
use schema::access::Rights;
use schema::account::Target;
use schema::name::{EndpointName, NamespaceId, PrincipalId, PrincipalKind};
use schema::permission::{Call, Verdict, decide};
use std::collections::{BTreeMap, BTreeSet};
use time::Date;

/// The Endpoints whose access differs, by new name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Difference {
    /// One for each such Endpoint.
    pub endpoints: BTreeMap<EndpointName, EndpointDifference>,
}

/// How access to one Endpoint differs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EndpointDifference {
    /// Whether it was added, removed or kept.
    pub existence: Existence,
    /// Its name in the base, if different.
    pub renamed_from: Option<EndpointName>,
    /// Its targets in the base and in the policy, if different.
    pub target: Option<(Option<Target>, Option<Target>)>,
    /// Whether the policy starts (`true`) or stops managing its allowlist.
    pub claimed: Option<bool>,
    /// The callers that gain a call to its target.
    pub gained: BTreeSet<NamespaceId>,
    /// The callers that lose a call to its target.
    pub lost: BTreeSet<NamespaceId>,
    /// The users and service accounts who gain the ability to manage it.
    pub gained_managers: BTreeSet<PrincipalId>,
    /// Those who lose it.
    pub lost_managers: BTreeSet<PrincipalId>,
}

/// Which of the policies declare an Endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Existence {
    /// The policy only.
    Added,
    /// The base only.
    Removed,
    /// Both, or neither if they only grant access to it.
    Kept,
}

/// The access through an Endpoint in one of the policies.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Side {
    is_declared: bool,
    target: Option<Target>,
    callers: Option<BTreeSet<NamespaceId>>,
    managers: BTreeSet<PrincipalId>,
}

impl Difference {
    /// Compares a policy with its base. If there are facts, the access of principals is taken from them only.
    #[must_use]
    pub fn between(base: &Policy, policy: &Policy, facts: Option<&Facts>, today: Date) -> Self {
        let (mut before, after) = (sides(base, facts, today), sides(policy, facts, today));
        let mut endpoints = BTreeMap::new();
        for (name, side) in &after {
            let renamed_from = renamed_from(policy, name, &before, &after);
            let was = before.remove(renamed_from.as_ref().unwrap_or(name));
            let differs = EndpointDifference { renamed_from, ..difference(was.as_ref(), Some(side)) };
            endpoints.extend((!differs.is_nothing()).then(|| (name.clone(), differs)));
        }
        let gone = before.into_iter().map(|(name, side)| (name, difference(Some(&side), None)));
        endpoints.extend(gone.filter(|(_, differs)| !differs.is_nothing()));
        Self { endpoints }
    }

    /// The number of calls gained and lost.
    #[must_use]
    pub fn calls(&self) -> (usize, usize) {
        let count = |pick: fn(&EndpointDifference) -> usize| self.endpoints.values().map(pick).sum();
        (count(|it| it.gained.len()), count(|it| it.lost.len()))
    }
}

impl EndpointDifference {
    fn is_nothing(&self) -> bool {
        self.existence == Existence::Kept
            && self.renamed_from.is_none()
            && self.target.is_none()
            && self.claimed.is_none()
            && [&self.gained, &self.lost].iter().all(|callers| callers.is_empty())
            && [&self.gained_managers, &self.lost_managers].iter().all(|managers| managers.is_empty())
    }

    /// The previous target Namespace.
    #[must_use]
    pub fn old_target(&self) -> Option<&NamespaceId> {
        self.target.as_ref().and_then(|(from, _)| namespace(from.as_ref()))
    }
}

/// An Endpoint that replaces one that the base declares and the policy does not.
fn renamed_from(
    policy: &Policy,
    name: &EndpointName,
    before: &BTreeMap<EndpointName, Side>,
    after: &BTreeMap<EndpointName, Side>,
) -> Option<EndpointName> {
    let from = &policy.endpoints.get(name)?.renamed_from.as_ref()?.id;
    let was = before.get(from).is_some_and(|side| side.is_declared);
    let is = after.get(from).is_some_and(|side| side.is_declared);
    (was && !is && !before.contains_key(name)).then(|| from.clone())
}

fn difference(before: Option<&Side>, after: Option<&Side>) -> EndpointDifference {
    let none = Side::default();
    let (was, is) = (before.unwrap_or(&none), after.unwrap_or(&none));
    let existence = match (was.is_declared, is.is_declared) {
        (false, true) => Existence::Added,
        (true, false) => Existence::Removed,
        _ => Existence::Kept,
    };
    let elsewhere = namespace(was.target.as_ref()) != namespace(is.target.as_ref());
    let (callers_before, callers_after) = (callers(was), callers(is));
    // Callers on an allowlist that the policy stops managing keep access.
    let is_left_to_others = is.is_declared && is.callers.is_none();
    let differ = |left: &BTreeSet<NamespaceId>, right: &BTreeSet<NamespaceId>| {
        if elsewhere { left.clone() } else { left - right }
    };
    EndpointDifference {
        existence,
        renamed_from: None,
        target: (was.target != is.target).then(|| (was.target.clone(), is.target.clone())),
        claimed: (was.is_declared && is.is_declared && was.callers.is_some() != is.callers.is_some())
            .then_some(is.callers.is_some()),
        gained: differ(&callers_after, &callers_before),
        lost: if is_left_to_others { BTreeSet::new() } else { differ(&callers_before, &callers_after) },
        gained_managers: &is.managers - &was.managers,
        lost_managers: &was.managers - &is.managers,
    }
}

fn callers(side: &Side) -> BTreeSet<NamespaceId> {
    side.callers.clone().unwrap_or_default()
}

fn namespace(target: Option<&Target>) -> Option<&NamespaceId> {
    match target? {
        Target::Worker { namespace, .. } => Some(namespace),
        Target::External { .. } => None,
    }
}

fn sides(policy: &Policy, facts: Option<&Facts>, today: Date) -> BTreeMap<EndpointName, Side> {
    let rights = rights(policy, facts);
    let mut managers: BTreeMap<&NamespaceId, BTreeSet<PrincipalId>> = BTreeMap::new();
    let mut sides = BTreeMap::new();
    for (name, endpoint) in &policy.endpoints {
        let target = endpoint.target.as_ref().map(|declared| &declared.target);
        let managed = namespace(target);
        let managed = managed.map(|id| managers.entry(id).or_insert_with(|| who_manages(id, &rights)));
        let managers = managed.map(|found| found.clone()).unwrap_or_default();
        let callers = policy.callers(endpoint, today);
        sides.insert(name.clone(), Side { is_declared: true, target: target.cloned(), callers, managers });
    }
    let elsewhere = policy.allowlists.iter().filter(|(name, _)| !policy.endpoints.contains_key(*name));
    for (name, grants) in elsewhere {
        let grants = grants.iter().filter(|grant| grant.grants_on(today));
        let callers =
            grants.flat_map(|grant| &grant.callers.namespaces).map(|used| used.id.clone()).collect();
        sides.insert(name.clone(), Side { callers: Some(callers), ..Side::default() });
    }
    sides
}

/// A principal with possibly further permissions counts as a manager.
fn who_manages(target: &NamespaceId, rights: &[(PrincipalId, Rights)]) -> BTreeSet<PrincipalId> {
    let call = Call::UpdateEndpoint { from: target, to: target };
    let may = rights.iter().filter(|(_, rights)| !matches!(decide(rights, call), Verdict::Denied(_)));
    may.map(|(id, _)| id.clone()).collect()
}

fn rights(policy: &Policy, facts: Option<&Facts>) -> Vec<(PrincipalId, Rights)> {
    let kinds = [PrincipalKind::User, PrincipalKind::ServiceAccount];
    let Some(facts) = facts else {
        let declared = policy.principals.keys().filter(|id| kinds.contains(&id.kind));
        return declared.filter_map(|id| Some((id.clone(), policy.rights(id)?))).collect();
    };
    let seen = kinds.into_iter().flat_map(|kind| facts.principals.section(kind).visible.keys());
    seen.filter_map(|id| Some((id.clone(), facts.principals.rights(id)?))).collect()
}
