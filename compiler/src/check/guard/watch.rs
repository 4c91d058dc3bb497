//! What spares evaluation: what a condition reads, and the looks of the objects of which it held.

use super::memo::{MemoKey, MemoKeys};
use super::object::Object;
use super::projection::{Path, Projection, paths};
use super::value::Values;
use crate::fast::hash::FastSet;
use crate::policy::DeclaredGuard;

/// What a condition reads.
pub(super) struct Reading {
    pub(super) paths: Vec<Path>,
    pub(super) wanted: Projection,
}

impl Reading {
    /// What a guard's condition reads; `None` where that may be anything, or too much to look at in each object.
    pub(super) fn of(guard: &DeclaredGuard) -> Option<Self> {
        let paths = paths(&guard.condition, guard.guarded.object()).filter(|paths| paths.len() <= MOST)?;
        Some(Self { wanted: Projection::of(&paths), paths })
    }
}

/// How many paths are looked along: evaluation is bounded, and so is what comes before it.
const MOST: usize = 32;

/// A guard, and the looks of the objects of which its condition held.
pub(super) struct Watch<'g, 'p> {
    pub(super) guard: &'g DeclaredGuard,
    pub(super) reading: Option<Reading>,
    sights: MemoKeys,
    held: FastSet<Vec<MemoKey<'p>>>,
}

impl<'g, 'p> Watch<'g, 'p> {
    pub(super) fn of(guard: &'g DeclaredGuard) -> Self {
        let (sights, held) = (MemoKeys::default(), FastSet::default());
        Self { guard, reading: Reading::of(guard), sights, held }
    }

    /// What the condition sees of an object, where another may look the same to it.
    pub(super) fn look(&mut self, object: &Object<'p>, values: &Values<'p>) -> Option<Vec<MemoKey<'p>>> {
        let Self { reading, sights, .. } = self;
        let seen = reading.as_ref()?.paths.iter().map(|path| {
            let seen = sights.along(path, 0, object.view.clone(), values);
            Some(seen).filter(MemoKey::may_recur)
        });
        seen.collect()
    }

    /// Whether an object that looks like this was judged and is in order.
    pub(super) fn knows(&self, look: Option<&Vec<MemoKey<'p>>>) -> bool {
        look.is_some_and(|look| self.held.contains(look))
    }

    pub(super) fn keep(&mut self, look: Option<Vec<MemoKey<'p>>>) {
        self.held.extend(look);
    }
}
