//! What this process has done to an allowlist. Resources of one run may write to it one after the other: when one kind
//! of resource gives way to another, what the first did must not pass for somebody else's change before the second.

use std::collections::{BTreeMap, BTreeSet};

/// Our own changes to one allowlist: the callers that we added or removed.
#[derive(Default)]
pub(super) struct Ours(BTreeMap<String, Change>);

/// Whether a caller was on the list before our first change, and after our last.
struct Change {
    was: bool,
    is: bool,
}

impl Ours {
    /// One more change.
    pub(super) fn record(&mut self, from: &BTreeSet<String>, to: &BTreeSet<String>) {
        for caller in from.symmetric_difference(to) {
            let (was, is) = (from.contains(caller), to.contains(caller));
            self.0.entry(caller.clone()).or_insert(Change { was, is }).is = is;
        }
    }

    /// An allowlist with our changes.
    pub(super) fn done(&self, before: &BTreeSet<String>) -> BTreeSet<String> {
        self.with(before, |change| change.is)
    }

    /// An allowlist without our changes.
    pub(super) fn undone(&self, now: &BTreeSet<String>) -> BTreeSet<String> {
        self.with(now, |change| change.was)
    }

    fn with(&self, callers: &BTreeSet<String>, is_on: impl Fn(&Change) -> bool) -> BTreeSet<String> {
        let mut callers = callers.clone();
        for (caller, change) in &self.0 {
            match is_on(change) {
                true => callers.insert(caller.clone()),
                false => callers.remove(caller),
            };
        }
        callers
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(callers: &[&str]) -> BTreeSet<String> {
        callers.iter().map(|caller| (*caller).to_owned()).collect()
    }

    #[test]
    fn changes_add_up_and_can_be_taken_back() {
        let mut ours = Ours::default();
        assert_eq!(ours.done(&set(&["a"])), set(&["a"]));
        ours.record(&set(&["a", "b"]), &set(&[]));
        assert_eq!(ours.done(&set(&["a", "b"])), set(&[]));
        assert_eq!(ours.undone(&set(&[])), set(&["a", "b"]));
        ours.record(&set(&[]), &set(&["b", "c"]));
        assert_eq!(ours.done(&set(&["a", "b"])), set(&["b", "c"]));
        assert_eq!(ours.undone(&set(&["b", "c"])), set(&["a", "b"]));
    }

    #[test]
    fn what_others_do_stays_visible() {
        let mut ours = Ours::default();
        ours.record(&set(&["a"]), &set(&["b"]));
        assert_eq!(ours.done(&set(&["a", "z"])), set(&["b", "z"]));
        assert_eq!(ours.undone(&set(&["b", "y"])), set(&["a", "y"]));
    }
}
