//! Limits how many names are reported. A list of thousands of names shared by thousands of Endpoints would give millions of
//! findings.

use crate::diagnostic::{Finding, Findings, TOO_LARGE, UNPROVEN};
use crate::evaluate::Origin;
use std::cell::Cell;
use std::cmp::Ordering;

/// The limit for each kind of finding.
const MOST: usize = 10_000;

/// How many names were reported.
#[derive(Default)]
pub(super) struct Reported {
    wrong: Cell<usize>,
    unproven: Cell<usize>,
}

impl Reported {
    /// Reports an invalid, dangling or foreign name.
    pub(super) fn wrong(&self, at: Origin, findings: &mut Findings, finding: impl FnOnce() -> Finding) {
        let last = || {
            let message = format!("more than {MOST} names are wrong: further ones are not reported");
            at.finding(&TOO_LARGE, message)
        };
        findings.extend(next(&self.wrong, finding, last));
    }

    /// Reports a name that cannot be decided. That there are many is no error either.
    pub(super) fn unproven(&self, at: Origin, findings: &mut Findings, finding: impl FnOnce() -> Finding) {
        let last = || {
            let message = format!(
                "cannot determine whether more than {MOST} names exist: further ones are not reported"
            );
            at.finding(&UNPROVEN, message)
        };
        findings.extend(next(&self.unproven, finding, last));
    }
}

/// The next finding; after the limit one finding for all others.
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
