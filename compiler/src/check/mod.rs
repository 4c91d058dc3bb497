//! The checks: each reads the graph and pushes what it finds. None does I/O, and none looks at another's findings.

mod callers;
mod codec;
#[cfg(test)]
pub(crate) mod expect;
pub mod explain;
mod facts;
mod finalize;
mod guard;
mod limits;
pub mod permission;
mod privatelink;
mod redundant;
mod suppression;
pub mod test;
mod unused;

pub use facts::{account_mismatch, unmanaged_endpoints, unmanaged_privatelinks};
pub use finalize::{ReportContext, finalize, named};
pub use guard::{CheckContext, check_changes, check_difference, check_guards};
mod renames;

use crate::diagnostic::{Finding, Findings, Severity};
use crate::facts::Facts;
use crate::policy::Policy;
use time::Date;

/// Runs every check that needs neither an identity nor a plan. `today` decides which grants have expired.
pub fn check(policy: &Policy, facts: Option<&Facts>, today: Date, findings: &mut Findings) {
    let listed = callers::check(policy, today, findings);
    renames::check(policy, findings);
    limits::check(policy, facts, today, findings);
    privatelink::check(policy, facts, findings);
    codec::check(policy, facts, today, findings);
    redundant::check(policy, findings);
    unused::check(policy, &listed, facts, findings);
    test::check(policy, facts, today, findings);
    if let Some(facts) = facts {
        facts::check(policy, facts, findings);
        renames::check_grants(policy, facts, findings);
    }
}

/// Sorts findings by file and position and drops what was found twice.
#[must_use]
pub fn in_order(mut findings: Findings) -> Findings {
    findings.sort_by(|left, right| key(left).cmp(&key(right)));
    findings.dedup();
    findings
}

fn key(finding: &Finding) -> impl Ord + '_ {
    (finding.span.is_none(), finding.span, finding.code, &finding.message)
}

/// Whether any finding weighs at least as much as `least`.
#[must_use]
pub fn any_at_least(findings: &[Finding], least: Severity) -> bool {
    findings.iter().any(|finding| finding.severity >= least)
}
