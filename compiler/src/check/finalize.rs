//! From the findings of all checks to those that are reported: silenced ones are removed, severities that the policy
//! sets are applied, those with one cause become one, and the rest is sorted.

use super::{json_help, merge, suppression};
use crate::diagnostic::source::{Sources, Span};
use crate::diagnostic::{Finding, Findings, Severity};
use crate::evaluate::Given;
use crate::language::block::BlockKind;
use crate::lower::instance_of;
use crate::policy::{LintRule, Policy};
use crate::syntax::document::{Block, Document};
use time::Date;

/// What decides how findings are reported.
pub struct ReportContext<'a> {
    /// The files.
    pub sources: &'a Sources,
    /// Their blocks and comments.
    pub document: &'a Document,
    /// The policy in them.
    pub policy: &'a Policy,
    /// The day that decides which suppressions have expired.
    pub today: Date,
    /// Whether the account's facts were known.
    pub has_facts: bool,
    /// The values that its variables are given.
    pub given: &'a Given,
}

/// The findings to report: with their block, without silenced ones, with the severities of `lint`, one for each cause, sorted
/// by file and position.
#[must_use]
pub fn finalize(findings: Findings, context: &ReportContext) -> Findings {
    finalize_sifted(findings, context, |findings, _| findings)
}

/// Like [`finalize`], after what `sift` leaves of the findings: each still stands for itself, and none is silenced.
pub fn finalize_sifted(
    findings: Findings,
    context: &ReportContext,
    sift: impl FnOnce(Findings, &ReportContext) -> Findings,
) -> Findings {
    let findings = suppression::apply(named(findings, context.document), context);
    let weighed = findings.into_iter().filter_map(|finding| weigh(finding, context.policy));
    let weighed = weighed.map(|finding| json_help::in_language(finding, context.sources));
    let sifted = sift(in_order(weighed.collect()), context);
    in_order(merge::merged(in_order(sifted), context.sources))
}

/// Adds to each finding its block or instance.
#[must_use]
pub fn named(findings: Findings, document: &Document) -> Findings {
    findings.into_iter().map(|finding| in_its_block(finding, document)).collect()
}

/// A finding without an instance belongs to the block that contains it.
fn in_its_block(finding: Finding, document: &Document) -> Finding {
    let stands_in = finding.span.filter(|_| finding.instance.is_none());
    match stands_in.and_then(|span| block_at(document, span)).and_then(instance_of) {
        Some(instance) => finding.instance(&instance),
        None => finding,
    }
}

/// The labelled block that contains a position.
fn block_at(document: &Document, at: Span) -> Option<&Block> {
    let place = (at.file, at.start);
    let after = document.blocks.partition_point(|block| (block.span.file, block.span.start) <= place);
    let found = document.blocks.get(after.checked_sub(1)?)?;
    let is_in = found.span.file == at.file && at.start < found.span.end.max(found.body.end);
    let is_labelled = found.label.is_some() && found.known_kind().is_some_and(BlockKind::is_labelled);
    // In JSON the kind is a key that several blocks share.
    Some(found).filter(|_| is_in && is_labelled && found.kind_span != at)
}

/// A finding that is less severe than its code (a grant that expires soon) is never made more severe, unless `lint` names its
/// guard.
pub(super) fn weigh(finding: Finding, policy: &Policy) -> Option<Finding> {
    if policy.lint.is_empty() {
        return Some(finding);
    }
    let of = |guard| policy.lint.get(&LintRule { code: finding.code.name, guard });
    if let Some(level) = finding.guard.clone().and_then(|guard| of(Some(guard))) {
        return level.map(|severity| Finding { severity, ..finding });
    }
    let level = of(None).filter(|_| finding.code.may_change());
    let Some(level) = level else { return Some(finding) };
    let level: Severity = (*level)?;
    let own = finding.severity;
    let severity = if own < finding.code.severity { own.min(level) } else { level };
    Some(Finding { severity, ..finding })
}

/// Sorts findings by file and position and removes duplicates.
#[must_use]
pub fn in_order(mut findings: Findings) -> Findings {
    findings.sort_by(|left, right| key(left).cmp(&key(right)));
    findings.dedup();
    findings
}

fn key(finding: &Finding) -> impl Ord + '_ {
    (finding.span.is_none(), finding.span, finding.code, &finding.message)
}

/// Whether any finding is at least as severe as `least`.
#[must_use]
pub fn any_at_least(findings: &[Finding], least: Severity) -> bool {
    findings.iter().any(|finding| finding.severity >= least)
}
