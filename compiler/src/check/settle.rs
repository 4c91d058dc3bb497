//! The end of the sink: what the policy silences goes, what it weighs differently is changed, and the rest is sorted.
//! Checks know nothing of it.

use super::{in_order, suppression};
use crate::document::Document;
use crate::policy::Policy;
use schema::diagnostic::{Finding, Findings, Severity};
use schema::source::Sources;
use time::Date;

/// What decides how findings are reported.
pub struct Terms<'a> {
    /// The files.
    pub sources: &'a Sources,
    /// Their blocks and comments.
    pub document: &'a Document,
    /// What was understood of them.
    pub policy: &'a Policy,
    /// The day that decides which suppressions have expired.
    pub today: Date,
    /// Whether the account's facts were known.
    pub has_facts: bool,
}

/// Findings as they are reported: silenced by comments, weighed by `lint`, sorted by file and position.
#[must_use]
pub fn settle(findings: Findings, terms: &Terms) -> Findings {
    let findings = suppression::apply(findings, terms);
    in_order(findings.into_iter().filter_map(|finding| weigh(finding, terms.policy)).collect())
}

/// A finding that weighs less than its code does for a reason of its own (a grant that is yet to expire) never weighs
/// more than it did.
fn weigh(finding: Finding, policy: &Policy) -> Option<Finding> {
    let level = policy.lint.get(&finding.code).filter(|_| finding.code.may_change());
    let Some(level) = level else { return Some(finding) };
    let level: Severity = (*level)?;
    let own = finding.severity;
    let severity = if own < finding.code.severity() { own.min(level) } else { level };
    Some(Finding { severity, ..finding })
}
