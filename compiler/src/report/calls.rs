//! Who gains and loses calls, one line for each caller.

use super::plan::{push, shown};
use crate::access::HeldTarget;
use crate::access::difference::{AccessChange, CallRow};
use std::collections::{BTreeMap, BTreeSet};

/// The calls gained and lost by each name.
pub(super) struct CallsByName<'r>(BTreeMap<&'r str, CallsAt<'r>>);

#[derive(Default)]
struct CallsAt<'r> {
    gained: BTreeSet<Option<&'r str>>,
    lost: BTreeSet<Option<&'r str>>,
    from: Option<&'r HeldTarget>,
    to: Option<&'r HeldTarget>,
}

/// The names of an Endpoint that changes.
pub(super) struct Names<'n> {
    /// The name after the change.
    pub(super) name: &'n str,
    /// The old name, if it was renamed.
    pub(super) old: Option<&'n str>,
    /// Whether another Endpoint takes the old name.
    pub(super) is_retaken: bool,
    /// Whether the name was that of another Endpoint.
    pub(super) is_taken_over: bool,
}

impl<'r> CallsByName<'r> {
    pub(super) fn of(access: &'r AccessChange) -> Self {
        let mut by_name: BTreeMap<_, CallsAt> = BTreeMap::new();
        for CallRow { caller, endpoint, target } in &access.calls_gained {
            let at = by_name.entry(endpoint.as_str()).or_default();
            at.gained.insert(caller.as_deref());
            at.to = target.as_ref();
        }
        for CallRow { caller, endpoint, target } in &access.calls_lost {
            let at = by_name.entry(endpoint.as_str()).or_default();
            at.lost.insert(caller.as_deref());
            at.from = target.as_ref();
        }
        Self(by_name)
    }

    /// Writes the lines of an Endpoint. With another target a caller loses one call and gains another, and so it does by
    /// another name: each is one line.
    pub(super) fn push(&self, text: &mut String, names: &Names) {
        let none = CallsAt::default();
        let at = self.0.get(names.name).unwrap_or(&none);
        let given_up = names.old.filter(|_| !names.is_retaken);
        let old = given_up.and_then(|old| self.0.get(old)).unwrap_or(&none);
        for caller in unknown_last(at.gained.intersection(&at.lost)) {
            let caller = who(caller);
            if names.is_taken_over {
                let (to, from) = (target(at.to), target(at.from));
                let name = names.name;
                push(text, &format!("      ~ {caller} reaches {to} as `{name}` instead of {from}"));
            } else {
                push(text, &format!("      ~ {caller} calls the new target instead of the old one"));
            }
        }
        for caller in unknown_last(at.gained.difference(&at.lost)) {
            let line = match given_up.filter(|_| old.lost.contains(&caller)) {
                Some(old) => {
                    format!("      ~ {} must call `{}` instead of `{old}`", who(caller), names.name)
                }
                None => format!("      + {} may call", who(caller)),
            };
            push(text, &line);
        }
        for caller in unknown_last(at.lost.difference(&at.gained)) {
            push(text, &format!("      - {} may no longer call", who(caller)));
        }
        for caller in unknown_last(old.lost.difference(&at.gained)) {
            let name = given_up.unwrap_or_default();
            push(text, &format!("      - {} may no longer call `{name}`", who(caller)));
        }
    }
}

/// Callers in order, those that are not known behind the others.
fn unknown_last<'c, 'r: 'c>(callers: impl Iterator<Item = &'c Option<&'r str>>) -> Vec<Option<&'r str>> {
    let mut callers: Vec<_> = callers.copied().collect();
    callers.sort_by_key(Option::is_none);
    callers
}

/// A caller; without an id it is not known who calls.
pub(super) fn who(caller: Option<&str>) -> &str {
    caller.unwrap_or("(callers that others allow)")
}

fn target(target: Option<&HeldTarget>) -> String {
    target.map_or_else(|| "an unknown target".to_owned(), shown)
}
