//! The changes that this process made to an allowlist. Several resources of one run may write to the same allowlist, and the
//! change of one must not be reported to the next as a conflict.

use std::collections::{BTreeMap, BTreeSet};

/// The callers that this process added to one allowlist or removed from it.
#[derive(Default)]
pub(super) struct LocalWrites(BTreeMap<String, Change>);

/// Whether a caller was on the list before the first change of this process, and after the last.
struct Change {
    was: bool,
    is: bool,
}

impl LocalWrites {
    /// Records a change.
    pub(super) fn record(&mut self, from: &BTreeSet<String>, to: &BTreeSet<String>) {
        for caller in from.symmetric_difference(to) {
            let (was, is) = (from.contains(caller), to.contains(caller));
            self.0.entry(caller.clone()).or_insert(Change { was, is }).is = is;
        }
    }

    /// An allowlist with the changes.
    pub(super) fn apply_to(&self, before: &BTreeSet<String>) -> BTreeSet<String> {
        self.with(before, |change| change.is)
    }

    /// An allowlist without the changes.
    pub(super) fn revert_from(&self, now: &BTreeSet<String>) -> BTreeSet<String> {
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
        let mut writes = LocalWrites::default();
        assert_eq!(writes.apply_to(&set(&["a"])), set(&["a"]));
        writes.record(&set(&["a", "b"]), &set(&[]));
        assert_eq!(writes.apply_to(&set(&["a", "b"])), set(&[]));
        assert_eq!(writes.revert_from(&set(&[])), set(&["a", "b"]));
        writes.record(&set(&[]), &set(&["b", "c"]));
        assert_eq!(writes.apply_to(&set(&["a", "b"])), set(&["b", "c"]));
        assert_eq!(writes.revert_from(&set(&["b", "c"])), set(&["a", "b"]));
    }

    #[test]
    fn what_others_do_stays_visible() {
        let mut writes = LocalWrites::default();
        writes.record(&set(&["a"]), &set(&["b"]));
        assert_eq!(writes.apply_to(&set(&["a", "z"])), set(&["b", "z"]));
        assert_eq!(writes.revert_from(&set(&["b", "y"])), set(&["a", "y"]));
    }
}
