//! The calls that a policy allows, judged by every guard of calls.

use super::judge;
use super::object::{CallList, Objects};
use super::reads::{Path, Sight, Sights, paths};
use crate::document::Name;
use crate::evaluate::{Evaluator, Value};
use crate::policy::{DeclaredGuard, Guarded};
use crate::quick::{Numbers, QuickMap, QuickSet};
use schema::diagnostic::Findings;
use schema::name::NamespaceId;

/// Judges every call: one for each list that the caller is on.
pub(super) fn judge_calls(
    objects: &Objects,
    guards: &[&DeclaredGuard],
    evaluator: &Evaluator,
    findings: &mut Findings,
) {
    let mut watches: Vec<_> = guards.iter().map(|guard| Watch::of(guard)).collect();
    let (object, mut callers) = (Name::from(Guarded::Call.object()), Callers::default());
    for list in objects.lists() {
        let uses = &list.grant.callers.namespaces;
        evaluator.expect_objects(uses.len().saturating_mul(guards.len()));
        watches.iter_mut().for_each(|watch| watch.turn_to(&list));
        callers.turn_to_next_list();
        for used in uses {
            let Some(caller) = callers.first_on_list(&used.id) else { continue };
            for watch in &mut watches {
                if !watch.knows(caller, || objects.values.namespace(&used.id)) {
                    let call = list.call(used);
                    let bound = (Name::clone(&object), call.value.clone());
                    let found = judge(watch.guard, &call, &bound, evaluator);
                    watch.keep(caller, found.is_none());
                    findings.extend(found);
                }
            }
        }
    }
}

/// A guard, and the looks of the calls of which its condition held.
struct Watch<'g> {
    guard: &'g DeclaredGuard,
    /// What its condition reads of the caller and of the rest; `None` where that may be anything.
    paths: Option<(Vec<Path>, Vec<Path>)>,
    sights: Sights,
    looks: QuickMap<Vec<Sight>, u32>,
    /// The look of each caller that was met, by its number.
    callers: Vec<Option<u32>>,
    /// The look of the list.
    list: u32,
    held: QuickSet<(u32, u32)>,
}

impl<'g> Watch<'g> {
    fn of(guard: &'g DeclaredGuard) -> Self {
        let is_caller = |path: &Path| path.first().is_some_and(|name| **name == *"caller");
        let paths = paths(&guard.condition, Guarded::Call.object());
        Self {
            guard,
            paths: paths.map(|paths| paths.into_iter().partition(is_caller)),
            sights: Sights::default(),
            looks: QuickMap::default(),
            callers: Vec::new(),
            list: 0,
            held: QuickSet::default(),
        }
    }

    fn turn_to(&mut self, list: &CallList) {
        let Some((_, paths)) = &self.paths else { return };
        let sight = |path: &Path| {
            let (first, rest) = path.split_first()?;
            Some(self.sights.along(rest, list.attribute(first)?))
        };
        let seen = paths.iter().filter_map(sight).collect();
        self.list = look(&mut self.looks, seen);
    }

    /// Whether a call that looks the same was judged and is allowed.
    fn knows(&mut self, caller: usize, value: impl FnOnce() -> Value) -> bool {
        let Some((paths, _)) = &self.paths else { return false };
        if self.callers.len() <= caller {
            self.callers.resize(caller + 1, None);
        }
        let Some(known) = self.callers.get_mut(caller) else { return false };
        let own = *known.get_or_insert_with(|| {
            let value = value();
            let sight = |path: &Path| self.sights.along(path.get(1..).unwrap_or_default(), &value);
            let seen = paths.iter().map(sight).collect();
            look(&mut self.looks, seen)
        });
        self.held.contains(&(own, self.list))
    }

    fn keep(&mut self, caller: usize, holds: bool) {
        if let Some(Some(own)) = self.callers.get(caller).filter(|_| holds) {
            self.held.insert((*own, self.list));
        }
    }
}

/// The number of a look.
fn look(known: &mut QuickMap<Vec<Sight>, u32>, seen: Vec<Sight>) -> u32 {
    let next = u32::try_from(known.len()).unwrap_or(u32::MAX);
    *known.entry(seen).or_insert(next)
}

/// Callers by number, and the list on which each was met last.
#[derive(Default)]
struct Callers<'p> {
    numbers: Numbers<'p>,
    met: Vec<usize>,
    list: usize,
}

impl<'p> Callers<'p> {
    fn turn_to_next_list(&mut self) {
        self.list += 1;
    }

    /// The number of a caller; nothing where it was met on this list before.
    fn first_on_list(&mut self, id: &'p NamespaceId) -> Option<usize> {
        let number = self.numbers.of(id);
        if number == self.met.len() {
            self.met.push(0);
        }
        let met = self.met.get_mut(number)?;
        (std::mem::replace(met, self.list) != self.list).then_some(number)
    }
}
