//! Names that have no Endpoint for a while because a plan moves them from one Endpoint to another.

use super::{Change, after};
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
