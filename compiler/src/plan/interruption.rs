//! Who is interrupted by the order in which changes are carried out: by names that have no Endpoint for a while because a plan
//! moves them from one Endpoint to another, and by targets that Endpoints exchange.

use super::order::{Moves, Reach, chains, reach, waves};
use super::{Change, after};
use crate::access::HeldTarget;
use crate::access::held::HeldEndpoints;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// A name that is free from the change that frees it until the one that takes it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Interruption {
    /// The name.
    pub name: String,
    /// The Endpoint that is renamed to it; left out where one is created.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until_renamed: Option<String>,
    /// The Namespaces that may call the name before and after, and cannot in between.
    pub callers: BTreeSet<String>,
}

/// A target that callers reach before and after the changes by different Endpoints, and by none in between.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct InterruptedTarget {
    /// The target.
    pub target: HeldTarget,
    /// The name of the Endpoint by which they reach it before.
    pub until_now: String,
    /// The name of the Endpoint by which they reach it after.
    pub from_then_on: String,
    /// Their Namespaces.
    pub callers: BTreeSet<String>,
}

/// Whom changes interrupt, by name. Names that nobody may call before and after are left out.
pub fn interruptions<'c>(
    held: &HeldEndpoints,
    changes: impl IntoIterator<Item = &'c Change> + Clone,
) -> Vec<Interruption> {
    let later = after(held, changes.clone());
    let freed: BTreeSet<_> = changes.clone().into_iter().filter_map(Change::frees).collect();
    let taken: BTreeMap<_, _> =
        changes.into_iter().filter_map(|change| Some((change.takes()?, change))).collect();
    let moved = taken.into_iter().filter(|(name, _)| freed.contains(name));
    let interrupted = moved.filter_map(|(name, taker)| {
        let (before, later) = (held.by_name.get(name)?, later.by_name.get(name)?);
        let callers = &before.callers & &later.callers;
        let until_renamed = taker.rename().map(|(from, _)| from.to_owned());
        (!callers.is_empty()).then(|| Interruption { name: name.to_owned(), until_renamed, callers })
    });
    interrupted.collect()
}

/// Whom changes interrupt, by target: those that wait for each other are carried out at the same time, and any of them may be
/// the first.
#[must_use]
pub fn interrupted_targets(held: &HeldEndpoints, changes: &[Change]) -> Vec<InterruptedTarget> {
    let later = after(held, changes);
    let all = |endpoints: &HeldEndpoints| endpoints.by_name.values().flat_map(reach).collect::<Vec<_>>();
    let (mut ways, kept): (BTreeMap<Reach, usize>, BTreeSet<_>) =
        (BTreeMap::new(), all(&later).into_iter().collect());
    for reached in all(held) {
        *ways.entry(reached).or_default() += 1;
    }
    let by_id = held.with_id();
    let mut lost = Vec::new();
    for wave in waves(chains(changes), changes, &by_id) {
        let moves: Vec<_> = wave
            .iter()
            .flatten()
            .filter_map(|at| changes.get(*at))
            .map(|change| (change, Moves::of([change], &by_id)))
            .collect();
        for (change, moved) in &moves {
            for reached in moved.lost.intersection(&kept) {
                let ways = ways.entry(reached.clone()).or_default();
                *ways = ways.saturating_sub(1);
                if *ways == 0 {
                    lost.push((reached.clone(), change.endpoint()));
                }
            }
        }
        for reached in moves.into_iter().flat_map(|(_, moved)| moved.gained) {
            *ways.entry(reached).or_default() += 1;
        }
    }
    let mut interrupted: BTreeMap<_, BTreeSet<_>> = BTreeMap::new();
    for (reached, until_now) in lost {
        let mut endpoints = later.by_name.values();
        let Some(next) = endpoints.find(|endpoint| reach(endpoint).any(|it| it == reached)) else { continue };
        let (caller, target) = reached;
        interrupted.entry((target, until_now, next.name.as_str())).or_default().insert(caller);
    }
    let named = interrupted.into_iter().map(|((target, until_now, then), callers)| {
        let (until_now, from_then_on) = (until_now.to_owned(), then.to_owned());
        InterruptedTarget { target, until_now, from_then_on, callers }
    });
    named.collect()
}
