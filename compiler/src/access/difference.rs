//! How access differs before and after a change: who reaches which target by which name, and who can manage an Endpoint.
//! Plans, `diff`, guards and totals are views of it.

use super::held::{HeldEndpoint, HeldEndpoints, Unseen};
use super::target::HeldTarget;
use crate::facts::Facts;
use crate::policy::Policy;
use schema::access::Rights;
use schema::name::{NamespaceId, PrincipalId, PrincipalKind};
use schema::permission::{Call, Verdict, decide};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// The Endpoints of an account at one moment, and who can manage them.
#[derive(Clone, Debug)]
pub struct AccountAccess {
    /// The Endpoints.
    pub endpoints: HeldEndpoints,
    /// The rights of users and service accounts.
    pub rights: Vec<(PrincipalId, Rights)>,
}

/// Who calls.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Caller {
    /// The Namespace with this id.
    Namespace(String),
    /// It is not known who: others decide it.
    Unknown,
}

impl Caller {
    /// The id of the Namespace, if known.
    #[must_use]
    pub fn id(&self) -> Option<&str> {
        match self {
            Self::Namespace(id) => Some(id),
            Self::Unknown => None,
        }
    }
}

/// The names of Endpoints at which access differs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Difference {
    /// By name: that of the Endpoint after the change, or one that no Endpoint has any more.
    pub names: BTreeMap<String, NameDifference>,
    /// The number of Endpoints before, and of the pairs of a caller and an Endpoint.
    pub size_before: Size,
    /// The number of rules that change, if there is a base to compare with.
    pub rules_changed: usize,
}

/// A number of Endpoints, and of pairs of a known caller and an Endpoint.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Size {
    /// Endpoints.
    pub endpoints: usize,
    /// Pairs of a caller and an Endpoint.
    pub pairs: usize,
}

/// How access by one name differs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NameDifference {
    /// The Endpoint that had the name.
    pub before: Option<HeldEndpoint>,
    /// The Endpoint that has the name.
    pub after: Option<HeldEndpoint>,
    /// The old name of the Endpoint that has the name, if it is another.
    pub renamed_from: Option<String>,
    /// The new name of the Endpoint that had the name, if it is another.
    pub renamed_to: Option<String>,
    /// The targets, before and after, of the Endpoint that has the name, if they differ.
    pub retargeted: Option<(Option<HeldTarget>, Option<HeldTarget>)>,
    /// Those who reach the target by this name and did not.
    pub gained: BTreeSet<Caller>,
    /// Those who reached the old target by this name and do not any more.
    pub lost: BTreeSet<Caller>,
    /// The users and service accounts who gain the ability to manage the Endpoint.
    pub gained_managers: BTreeSet<PrincipalId>,
    /// Those who lose it.
    pub lost_managers: BTreeSet<PrincipalId>,
    /// Whether the policy starts (`true`) or stops managing the allowlist.
    pub claimed: Option<bool>,
    /// Whether the Endpoint leaves the policy and stays in the account.
    pub leaves: bool,
    /// The callers whose grants leave the policy: they can still call.
    pub left_callers: BTreeSet<String>,
}

impl AccountAccess {
    /// The account of the facts.
    #[must_use]
    pub fn of(facts: &Facts) -> Self {
        Self { endpoints: HeldEndpoints::of_facts(facts), rights: rights_in(facts) }
    }

    /// Those who can manage an Endpoint with this target. A principal with possibly further permissions counts.
    fn managers(&self, target: &NamespaceId) -> BTreeSet<PrincipalId> {
        let call = Call::UpdateEndpoint { from: target, to: target };
        let may =
            self.rights.iter().filter(|(_, rights)| !matches!(decide(rights, call), Verdict::Denied(_)));
        may.map(|(id, _)| id.clone()).collect()
    }
}

/// The rights of the account's users and service accounts, including those of their groups.
#[must_use]
pub fn rights_in(facts: &Facts) -> Vec<(PrincipalId, Rights)> {
    let seen = KINDS.into_iter().flat_map(|kind| facts.principals.section(kind).visible.keys());
    seen.filter_map(|id| Some((id.clone(), facts.principals.rights(id)?))).collect()
}

/// The rights of the users and service accounts that a policy declares.
#[must_use]
pub fn declared_rights(policy: &Policy) -> Vec<(PrincipalId, Rights)> {
    let declared = policy.principals.keys().filter(|id| KINDS.contains(&id.kind));
    declared.filter_map(|id| Some((id.clone(), policy.rights(id)?))).collect()
}

const KINDS: [PrincipalKind; 2] = [PrincipalKind::User, PrincipalKind::ServiceAccount];

impl Difference {
    /// Compares an account before and after a change. An Endpoint keeps its id when it is renamed.
    #[must_use]
    pub fn between(before: &AccountAccess, after: &AccountAccess) -> Self {
        let (was, is) = (before.endpoints.with_id(), after.endpoints.with_id());
        let (mut managers_before, mut managers_after) = (Managers::of(before), Managers::of(after));
        let names: BTreeSet<_> =
            before.endpoints.by_name.keys().chain(after.endpoints.by_name.keys()).collect();
        let mut differing = BTreeMap::new();
        let has_same_rights = before.rights == after.rights;
        for name in names {
            let (old, new) = (before.endpoints.by_name.get(name), after.endpoints.by_name.get(name));
            // Most Endpoints stay as they are.
            if has_same_rights && old.is_some() && old == new {
                continue;
            }
            let origin = new.and_then(|endpoint| was.get(endpoint.id.as_str()).copied());
            let fate = old.and_then(|endpoint| is.get(endpoint.id.as_str()).copied());
            let (gained, lost) = calls(old, new);
            let deleted = old.filter(|_| fate.is_none());
            let (managed, manages) =
                (managers_before.of_each([origin, deleted]), managers_after.of_each([new]));
            let retargeted = origin.zip(new).filter(|(old, new)| old.target != new.target);
            let differs = NameDifference {
                renamed_from: renamed(origin, name),
                renamed_to: renamed(fate, name),
                retargeted: retargeted.map(|(old, new)| (old.target.clone(), new.target.clone())),
                gained,
                lost,
                gained_managers: &manages - &managed,
                lost_managers: &managed - &manages,
                before: old.cloned(),
                after: new.cloned(),
                ..NameDifference::default()
            };
            if differs.is_something() {
                differing.insert(name.clone(), differs);
            }
        }
        let held = before.endpoints.by_name.values();
        let pairs = held.clone().map(|endpoint| endpoint.callers.len()).sum();
        let size_before = Size { endpoints: held.count(), pairs };
        Self { names: differing, size_before, rules_changed: 0 }
    }

    /// The number of Endpoints that are deleted, and of pairs of a caller and an Endpoint that end: by any name, and
    /// whatever the target.
    #[must_use]
    pub fn taken_away(&self) -> Size {
        let mut size = Size::default();
        for differs in self.names.values() {
            if let (true, Some(before)) = (differs.is_deleted(), &differs.before) {
                size.endpoints += 1;
                size.pairs += before.callers.len();
            }
            let Some(after) = &differs.after else { continue };
            let origin = match &differs.renamed_from {
                Some(from) => self.names.get(from).and_then(|differs| differs.before.as_ref()),
                None => differs.before.as_ref().filter(|before| before.id == after.id),
            };
            size.pairs += origin.map_or(0, |origin| origin.callers.difference(&after.callers).count());
        }
        size
    }

    /// What is taken away, where it is so much that it may be a mistake: more than ten, or more than 30 % of at least ten;
    /// else 0.
    #[must_use]
    pub fn takes_away_much(&self) -> Size {
        let much = |taken: usize, of: usize| {
            let is_much = taken > 10 || (of >= 10 && taken * 10 > of * 3);
            if is_much { taken } else { 0 }
        };
        let (taken, before) = (self.taken_away(), self.size_before);
        Size { endpoints: much(taken.endpoints, before.endpoints), pairs: much(taken.pairs, before.pairs) }
    }

    /// The entry of a name; a new one for an Endpoint whose access does not differ.
    pub fn at(&mut self, name: &str, endpoints: &HeldEndpoints) -> &mut NameDifference {
        let same = || {
            let held = endpoints.by_name.get(name).cloned();
            NameDifference { before: held.clone(), after: held, ..NameDifference::default() }
        };
        self.names.entry(name.to_owned()).or_insert_with(same)
    }

    /// The number of calls gained and lost.
    #[must_use]
    pub fn calls(&self) -> (usize, usize) {
        self.count(|it| (it.gained.len(), it.lost.len()))
    }

    /// The number of managers gained and lost.
    #[must_use]
    pub fn managers(&self) -> (usize, usize) {
        self.count(|it| (it.gained_managers.len(), it.lost_managers.len()))
    }

    fn count(&self, of: fn(&NameDifference) -> (usize, usize)) -> (usize, usize) {
        let counts = self.names.values().map(of);
        counts.fold((0, 0), |(gained, lost), (more, less)| (gained + more, lost + less))
    }

    /// The rows of the difference.
    #[must_use]
    pub fn rows(&self) -> AccessChange {
        let mut rows = AccessChange::default();
        for (name, differs) in &self.names {
            let row = |caller: &Caller, endpoint: &Option<HeldEndpoint>| CallRow {
                caller: caller.id().map(str::to_owned),
                endpoint: name.clone(),
                target: endpoint.as_ref().and_then(|endpoint| endpoint.target.clone()),
            };
            rows.calls_gained.extend(differs.gained.iter().map(|caller| row(caller, &differs.after)));
            rows.calls_lost.extend(differs.lost.iter().map(|caller| row(caller, &differs.before)));
            let row = |id: &PrincipalId| ManagerRow { principal: id.to_string(), endpoint: name.clone() };
            rows.managers_gained.extend(differs.gained_managers.iter().map(row));
            rows.managers_lost.extend(differs.lost_managers.iter().map(row));
        }
        rows
    }
}

impl NameDifference {
    /// Whether an Endpoint with this name is created.
    #[must_use]
    pub fn is_created(&self) -> bool {
        self.after.as_ref().is_some_and(|after| after.id.is_empty())
    }

    /// Whether the Endpoint that had the name is deleted.
    #[must_use]
    pub fn is_deleted(&self) -> bool {
        match (&self.before, &self.after) {
            (Some(before), Some(after)) => before.id != after.id && self.renamed_to.is_none(),
            (Some(_), None) => self.renamed_to.is_none(),
            (None, _) => false,
        }
    }

    /// Whether access differs.
    #[must_use]
    pub fn is_something(&self) -> bool {
        self.is_created()
            || self.is_deleted()
            || self.renamed_from.is_some()
            || self.renamed_to.is_some()
            || self.retargeted.is_some()
            || [&self.gained, &self.lost].iter().any(|callers| !callers.is_empty())
            || [&self.gained_managers, &self.lost_managers].iter().any(|managers| !managers.is_empty())
    }
}

fn renamed(other: Option<&HeldEndpoint>, name: &str) -> Option<String> {
    other.map(|endpoint| &endpoint.name).filter(|other| *other != name).cloned()
}

/// The callers who reach a target by a name after and did not before, and the reverse.
fn calls(old: Option<&HeldEndpoint>, new: Option<&HeldEndpoint>) -> (BTreeSet<Caller>, BTreeSet<Caller>) {
    let (before, after) = (callers(old), callers(new));
    match (old, new) {
        (Some(old), Some(new)) if old.target == new.target => (&after - &before, &before - &after),
        _ => (after, before),
    }
}

fn callers(endpoint: Option<&HeldEndpoint>) -> BTreeSet<Caller> {
    let Some(endpoint) = endpoint else { return BTreeSet::new() };
    let known = endpoint.callers.iter().cloned().map(Caller::Namespace);
    known.chain((endpoint.unseen != Unseen::Nothing).then_some(Caller::Unknown)).collect()
}

/// Who can manage Endpoints, by target Namespace.
struct Managers<'a> {
    access: &'a AccountAccess,
    by_target: BTreeMap<NamespaceId, BTreeSet<PrincipalId>>,
}

impl<'a> Managers<'a> {
    fn of(access: &'a AccountAccess) -> Self {
        Self { access, by_target: BTreeMap::new() }
    }

    fn of_each<const N: usize>(&mut self, endpoints: [Option<&HeldEndpoint>; N]) -> BTreeSet<PrincipalId> {
        let mut all = BTreeSet::new();
        if self.access.rights.is_empty() {
            return all;
        }
        for endpoint in endpoints.into_iter().flatten() {
            let Some(target) = self.access.endpoints.target_namespace(endpoint) else { continue };
            let access = self.access;
            let managers = self.by_target.entry(target).or_insert_with_key(|target| access.managers(target));
            all.extend(managers.iter().cloned());
        }
        all
    }
}

/// A difference as rows.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AccessChange {
    /// The calls that are possible after the change and were not before.
    pub calls_gained: Vec<CallRow>,
    /// The calls that were possible before the change and are not after.
    pub calls_lost: Vec<CallRow>,
    /// Who can manage an Endpoint after the change and could not before.
    pub managers_gained: Vec<ManagerRow>,
    /// Who could manage an Endpoint before the change and cannot after.
    pub managers_lost: Vec<ManagerRow>,
}

/// A call: who reaches what by which name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CallRow {
    /// The id of the calling Namespace; null where it is not known who calls.
    pub caller: Option<String>,
    /// The name of the Endpoint.
    pub endpoint: String,
    /// Where the call goes; null where that is not known.
    pub target: Option<HeldTarget>,
}

/// A principal who can manage an Endpoint.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ManagerRow {
    /// The principal.
    pub principal: String,
    /// The name of the Endpoint.
    pub endpoint: String,
}
