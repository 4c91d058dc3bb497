//! The calls that a policy allows, judged by every guard of calls.

use super::memo::{MemoKey, MemoKeys};
use super::object::{CallList, Objects, Shared};
use super::projection::{Path, Projection};
use super::value::{NamespaceView, Values};
use super::view::View;
use super::watch::Reading;
use super::{Judged, judge};
use crate::diagnostic::Findings;
use crate::evaluate::{Evaluator, Origin};
use crate::fast::hash::{FastMap, FastSet};
use crate::policy::DeclaredGuard;
use std::cell::OnceCell;

/// Judges every call: one for each list that the caller is on.
pub(super) fn judge_calls(
    objects: &Objects,
    guards: &[&DeclaredGuard],
    evaluator: &Evaluator,
    findings: &mut Findings,
) {
    let mut watches: Vec<_> = guards.iter().map(|guard| Watch::of(guard)).collect();
    let mut met = ListedCallers::default();
    for list in objects.lists() {
        let uses = &list.grant.callers.namespaces;
        evaluator.expect_objects(uses.len().saturating_mul(guards.len()));
        watches.iter_mut().for_each(|watch| watch.turn_to(&list, &objects.values));
        met.turn_to_next_list();
        let whole = OnceCell::new();
        for used in uses {
            let caller = objects.values.namespace(&used.id);
            if !met.is_first_on_list(caller.number) {
                continue;
            }
            for watch in &mut watches {
                if watch.knows(caller, &objects.values) {
                    continue;
                }
                let shared = &watch.shared;
                let judged = Judged {
                    guard: watch.guard,
                    name: objects.values.key(watch.guard.guarded.object()),
                    read: watch.reading.as_ref().map(|Reading { wanted, .. }| {
                        list.call(caller, shared.get_or_init(|| list.shared(wanted)), wanted)
                    }),
                    whole: || {
                        let shared = whole.get_or_init(|| list.shared(&Projection::All));
                        list.call(caller, shared, &Projection::All)
                    },
                    place: Origin { span: used.span, from: used.from },
                    instance: Some(list.grant.instance),
                };
                let found = judge(judged, evaluator, &objects.values);
                watch.keep(caller, found.is_none());
                findings.extend(found.map(|found| found.about_all(list.about(&used.id))));
            }
        }
    }
}

/// A guard, and the looks of the calls of which its condition held.
struct Watch<'g, 'p> {
    guard: &'g DeclaredGuard,
    /// What its condition reads; `None` where that may be anything.
    reading: Option<Reading>,
    sights: MemoKeys,
    looks: FastMap<Vec<MemoKey<'p>>, u32>,
    /// The look of each caller that was met, by its number.
    callers: Vec<Option<u32>>,
    /// The look of the list, and what the condition reads of all its calls.
    list: u32,
    shared: OnceCell<Shared>,
    held: FastSet<(u32, u32)>,
}

impl<'g, 'p> Watch<'g, 'p> {
    fn of(guard: &'g DeclaredGuard) -> Self {
        Self {
            guard,
            reading: Reading::of(guard),
            sights: MemoKeys::default(),
            looks: FastMap::default(),
            callers: Vec::new(),
            list: 0,
            shared: OnceCell::new(),
            held: FastSet::default(),
        }
    }

    fn turn_to(&mut self, list: &CallList<'_, 'p>, values: &Values<'p>) {
        self.shared.take();
        let Some(reading) = &self.reading else { return };
        let seen = reading.paths.iter().filter(|path| !is_of_caller(path)).filter_map(|path| {
            let view = list.attribute(path.names.first()?)?;
            Some(self.sights.along(path, 1, view, values))
        });
        let seen = seen.collect();
        self.list = look(&mut self.looks, seen);
    }

    /// Whether a call that looks the same was judged and is allowed.
    fn knows(&mut self, caller: NamespaceView<'p>, values: &Values<'p>) -> bool {
        let Some(reading) = &self.reading else { return false };
        if self.callers.len() <= caller.number {
            self.callers.resize(caller.number + 1, None);
        }
        let Some(known) = self.callers.get_mut(caller.number) else { return false };
        let own = *known.get_or_insert_with(|| {
            let paths = reading.paths.iter().filter(|path| is_of_caller(path));
            let sight = |path| self.sights.along(path, 1, View::Namespace(caller), values);
            let seen = paths.map(sight).collect();
            look(&mut self.looks, seen)
        });
        self.held.contains(&(own, self.list))
    }

    fn keep(&mut self, caller: NamespaceView, holds: bool) {
        if let Some(Some(own)) = self.callers.get(caller.number).filter(|_| holds) {
            self.held.insert((*own, self.list));
        }
    }
}

fn is_of_caller(path: &Path) -> bool {
    path.names.first().is_some_and(|name| **name == *"caller")
}

/// The number of a look.
fn look<'p>(known: &mut FastMap<Vec<MemoKey<'p>>, u32>, seen: Vec<MemoKey<'p>>) -> u32 {
    let next = u32::try_from(known.len()).unwrap_or(u32::MAX);
    *known.entry(seen).or_insert(next)
}

/// The list on which each caller was met last, by its number.
#[derive(Default)]
struct ListedCallers {
    last: Vec<usize>,
    list: usize,
}

impl ListedCallers {
    fn turn_to_next_list(&mut self) {
        self.list += 1;
    }

    fn is_first_on_list(&mut self, caller: usize) -> bool {
        if self.last.len() <= caller {
            self.last.resize(caller + 1, 0);
        }
        let Some(last) = self.last.get_mut(caller) else { return false };
        std::mem::replace(last, self.list) != self.list
    }
}
