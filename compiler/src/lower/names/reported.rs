//! How many names are reported. A list of thousands that thousands of Endpoints share makes millions of findings, which
//! nobody reads.

use crate::diagnostic::{Finding, Findings, TOO_LARGE, UNPROVEN};
use crate::evaluate::Origin;
use std::cell::Cell;
use std::cmp::Ordering;

/// How many are reported of each sort.
const MOST: usize = 10_000;

/// How many names were reported.
#[derive(Default)]
pub(super) struct Reported {
    wrong: Cell<usize>,
    unproven: Cell<usize>,
}

impl Reported {
    /// Reports a name that is none, or leads nowhere or where it may not.
    pub(super) fn wrong(&self, at: Origin, findings: &mut Findings, finding: impl FnOnce() -> Finding) {
        let last = || {
            let message = format!("more than {MOST} names are wrong: no others are reported");
            at.finding(&TOO_LARGE, message)
        };
        findings.extend(next(&self.wrong, finding, last));
    }

    /// Reports a name of which nobody can tell. That there are many is no fault either.
    pub(super) fn unproven(&self, at: Origin, findings: &mut Findings, finding: impl FnOnce() -> Finding) {
        let last = || {
            let message =
                format!("it cannot be seen whether more than {MOST} names exist: no others are reported");
            at.finding(&UNPROVEN, message)
        };
        findings.extend(next(&self.unproven, finding, last));
    }
}

/// The finding of one more; the one after the last says that there are others.
fn next(
    count: &Cell<usize>,
    finding: impl FnOnce() -> Finding,
    last: impl FnOnce() -> Finding,
) -> Option<Finding> {
    count.set(count.get() + 1);
    match count.get().cmp(&(MOST + 1)) {
        Ordering::Less => Some(finding()),
        Ordering::Equal => Some(last()),
        Ordering::Greater => None,
    }
}
