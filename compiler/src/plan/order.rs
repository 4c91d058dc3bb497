//! The order in which changes of Endpoints are carried out. Changes that pass a name on are a chain, one after the other; all
//! else is independent. A chain that takes a target from a caller waits for those that give the caller the same target by another
//! Endpoint: make before break.

use crate::access::HeldTarget;
use crate::access::held::HeldEndpoint;
use crate::plan::Change;
use std::collections::{BTreeMap, BTreeSet};

/// Groups changes, given by index, so that each chain is in the order in which names become free.
#[must_use]
pub fn chains(changes: &[Change]) -> Vec<Vec<usize>> {
    let takers: BTreeMap<_, _> =
        changes.iter().enumerate().filter_map(|(at, change)| Some((change.takes()?, at))).collect();
    let freed: BTreeSet<_> = changes.iter().filter_map(Change::frees).collect();
    let waits = |change: &Change| change.takes().is_some_and(|name| freed.contains(name));
    let mut chained = BTreeSet::new();
    let mut chains = Vec::new();
    // No plan of nexusc has a cycle; an edited one is refused by the registry.
    let first = (0..changes.len()).filter(|at| changes.get(*at).is_some_and(|change| !waits(change)));
    for start in first.chain(0..changes.len()) {
        let mut chain = Vec::new();
        let mut next = Some(start);
        while let Some(at) = next.filter(|at| chained.insert(*at)) {
            chain.push(at);
            next = changes.get(at).and_then(|change| takers.get(change.frees()?).copied());
        }
        if !chain.is_empty() {
            chains.push(chain);
        }
    }
    chains
}

/// Groups chains into waves, which are carried out one after the other: a chain that takes a target from a caller is in a later
/// wave than those that give the caller the same target. Chains that wait for each other are in one wave.
#[must_use]
pub fn waves(
    chains: Vec<Vec<usize>>,
    changes: &[Change],
    held: &BTreeMap<&str, &HeldEndpoint>,
) -> Vec<Vec<Vec<usize>>> {
    let mut left: Vec<(Vec<usize>, Moves)> = chains
        .into_iter()
        .map(|chain| {
            let moves = Moves::of(chain.iter().filter_map(|at| changes.get(*at)), held);
            (chain, moves)
        })
        .collect();
    let mut waves = Vec::new();
    while !left.is_empty() {
        let gaining: BTreeSet<Reach> = left.iter().flat_map(|(_, moves)| &moves.gained).cloned().collect();
        let waits = |moves: &Moves| !moves.lost.is_disjoint(&gaining);
        let (waiting, ready): (Vec<_>, Vec<_>) = left.into_iter().partition(|(_, moves)| waits(moves));
        let (wave, rest) = if ready.is_empty() { (waiting, Vec::new()) } else { (ready, waiting) };
        waves.push(wave.into_iter().map(|(chain, _)| chain).collect());
        left = rest;
    }
    waves
}

/// A caller and a target that it reaches.
pub(super) type Reach = (String, HeldTarget);

/// What the callers of some Endpoints reach only before changes, and only after them.
pub(super) struct Moves {
    pub(super) gained: BTreeSet<Reach>,
    pub(super) lost: BTreeSet<Reach>,
}

impl Moves {
    pub(super) fn of<'c>(
        changes: impl IntoIterator<Item = &'c Change>,
        held: &BTreeMap<&str, &HeldEndpoint>,
    ) -> Self {
        let (mut before, mut after) = (BTreeSet::new(), BTreeSet::new());
        for change in changes {
            let endpoint = match change {
                Change::Create { .. } => None,
                Change::Update { id, .. } | Change::Delete { id, .. } => held.get(id.as_str()),
            };
            let endpoint = endpoint.map(|endpoint| (*endpoint).clone());
            before.extend(endpoint.iter().flat_map(reach));
            after.extend(change.after(endpoint).iter().flat_map(reach));
        }
        Self { gained: &after - &before, lost: &before - &after }
    }
}

/// What the callers of an Endpoint reach by it.
pub(super) fn reach(endpoint: &HeldEndpoint) -> impl Iterator<Item = Reach> {
    let callers =
        endpoint.target.iter().flat_map(|target| endpoint.callers.iter().map(move |it| (it, target)));
    callers.map(|(caller, target)| (caller.clone(), target.clone()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::{Attributes, CallersChange, FromTo};
    use registry::RegisteredEndpoint;
    use schema::account::Target;
    use serde_json::json;

    fn create(name: &str, callers: &[&str]) -> Change {
        let (namespace, task_queue) = ("orders-prod.a2dd6".parse().unwrap(), "nexus".parse().unwrap());
        Change::Create {
            endpoint: name.parse().unwrap(),
            target: Target::Worker { namespace, task_queue },
            description: None,
            callers: callers.iter().map(|id| id.parse().unwrap()).collect(),
        }
    }

    fn update(name: &str, attributes: Attributes) -> Change {
        let (endpoint, id) = (name.to_owned(), name.to_owned());
        Change::Update { endpoint, id, resource_version: "1".into(), attributes }
    }

    fn rename(from: &str, to: &str) -> Change {
        let name = Some(FromTo { from: from.to_owned(), to: to.parse().unwrap() });
        update(from, Attributes { name, ..Attributes::default() })
    }

    fn callers(name: &str, add: &[&str], remove: &[&str]) -> Change {
        let ids = |ids: &[&str]| ids.iter().map(|id| id.parse().unwrap()).collect();
        let callers = Some(CallersChange::Entries { add: ids(add), remove: ids(remove) });
        update(name, Attributes { callers, ..Attributes::default() })
    }

    fn held(name: &str, callers: &[&str]) -> HeldEndpoint {
        let target =
            json!({ "workerTargetSpec": { "namespaceId": "orders-prod.a2dd6", "taskQueue": "nexus" } });
        let policy = |id: &&str| json!({ "allowedCloudNamespacePolicySpec": { "namespaceId": id } });
        let policies: Vec<_> = callers.iter().map(policy).collect();
        let spec = json!({ "name": name, "targetSpec": target, "policySpecs": policies });
        let registered = RegisteredEndpoint::from_json(json!({ "id": name, "spec": spec })).unwrap();
        HeldEndpoint::registered(&registered)
    }

    #[test]
    fn names_are_freed_before_they_are_taken_and_the_rest_is_independent() {
        let changes = [
            rename("pay-v2", "pay"),
            rename("cart", "basket"),
            create("pay-v2", &[]),
            rename("pay", "pay-old"),
            create("mail", &[]),
        ];
        assert_eq!(chains(&changes), [vec![1], vec![3, 0, 2], vec![4]]);
        let swap = [rename("a1", "b1"), rename("b1", "a1")];
        assert_eq!(chains(&swap), [vec![0, 1]], "an edited plan ends");
    }

    #[test]
    fn a_caller_is_put_on_an_endpoint_before_it_is_taken_off_another() {
        let (orders, cart) = ("orders.a2dd6", "cart.a2dd6");
        let endpoints = [held("e1", &[orders, cart]), held("e2", &[cart]), held("e3", &[])];
        let changes = [
            callers("e1", &[], &[orders]),
            callers("e2", &[orders], &[cart]),
            callers("e3", &[cart], &[]),
            create("e4", &[]),
        ];
        let held = endpoints.iter().map(|endpoint| (endpoint.id.as_str(), endpoint)).collect();
        let in_waves = |changes: &[Change]| waves(chains(changes), changes, &held);
        assert_eq!(in_waves(&changes), [vec![vec![2], vec![3]], vec![vec![1]], vec![vec![0]]]);
        let circular = [
            callers("e1", &[], &[orders]),
            callers("e2", &[orders], &[cart]),
            callers("e1", &[cart], &[orders]),
        ];
        assert_eq!(
            in_waves(&circular).concat().len(),
            3,
            "what waits for each other is carried out together"
        );
    }
}
