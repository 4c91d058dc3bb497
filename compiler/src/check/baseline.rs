//! A baseline: known findings that a check lets pass. A finding is recognised by what it is about, never by its place or its
//! text, so that a policy can be formatted, ordered and split into files without a new baseline. What no comment may silence,
//! no baseline lets pass.

mod text;

pub use text::{BaselineError, baseline_schema};

use super::finalize::{ReportContext, weigh};
use super::guard::GUARD_FAILED;
use super::suppression::{UNUSED_SUPPRESSION, is_decided};
use crate::diagnostic::source::{Sources, Span};
use crate::diagnostic::subject::Subject;
use crate::diagnostic::{Code, Finding, Findings};
use std::collections::BTreeMap;

/// Known findings by what they are about, with how many there are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Baseline {
    entries: BTreeMap<Subject, Entry>,
}

/// The known findings about one subject.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Entry {
    count: usize,
    /// Where it is written, if it was read.
    span: Option<Span>,
}

impl Baseline {
    /// Reads a baseline, and adds its file to `sources`, so that findings can point at an entry.
    ///
    /// # Errors
    /// When the text is not a baseline of this version.
    pub fn parse(path: &str, text: &str, sources: &mut Sources) -> Result<Self, BaselineError> {
        let file = sources.next_id();
        let mut entries: BTreeMap<Subject, Entry> = BTreeMap::new();
        for (subject, count, place) in text::parse(text)? {
            let offset = |byte: usize| u32::try_from(byte).unwrap_or(u32::MAX);
            let span = Span::new(file, offset(place.start), offset(place.end));
            // After a merge of two branches one subject may have two entries.
            let entry = entries.entry(subject).or_insert(Entry { count: 0, span: Some(span) });
            entry.count = entry.count.saturating_add(count);
        }
        sources.add(path, text);
        Ok(Self { entries })
    }

    /// The baseline of a run: all findings that it may let pass, and what an earlier baseline knows of what this run does not
    /// decide, such as findings that only the account's facts show.
    #[must_use]
    pub fn of(findings: &[Finding], earlier: Option<&Self>, context: &ReportContext) -> Self {
        let mut entries: BTreeMap<Subject, Entry> = BTreeMap::new();
        for finding in findings.iter().filter(|finding| finding.code.may_silence()) {
            entries.entry(finding.subject()).or_insert(Entry { count: 0, span: None }).count += 1;
        }
        for (subject, entry) in earlier.iter().flat_map(|earlier| &earlier.entries) {
            let is_kept = code_of(&subject.rule)
                .is_some_and(|code| code.may_silence() && !is_rule_decided(&subject.rule, code, context));
            if is_kept {
                entries.entry(subject.clone()).or_insert_with(|| Entry { span: None, ..entry.clone() });
            }
        }
        Self { entries }
    }

    /// The number of findings that it knows.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.values().map(|entry| entry.count).sum()
    }

    /// Whether it knows none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The text of its file: sorted, one entry a line, the same bytes for the same findings.
    #[must_use]
    pub fn text(&self) -> String {
        text::written(self.entries.iter().map(|(subject, entry)| (subject, entry.count)))
    }

    /// The findings without those that it knows, how many these are, and findings about entries that match less than they
    /// say.
    #[must_use]
    pub fn sift(&self, findings: Findings, context: &ReportContext) -> (Findings, usize) {
        let mut left: BTreeMap<&Subject, usize> =
            self.entries.iter().map(|(subject, entry)| (subject, entry.count)).collect();
        let all = findings.len();
        let is_new = |finding: &Finding| {
            let known = Some(finding).filter(|finding| finding.code.may_silence());
            match known.and_then(|finding| left.get_mut(&finding.subject())) {
                Some(count) if *count > 0 => {
                    *count -= 1;
                    false
                }
                _ => true,
            }
        };
        let mut kept: Findings = findings.into_iter().filter(is_new).collect();
        let passed = all - kept.len();
        let stale = self.entries.iter().filter_map(|(subject, entry)| {
            stale(subject, entry, left.get(subject).copied().unwrap_or(0), context)
        });
        kept.extend(stale.filter_map(|finding| weigh(finding, context.policy)));
        (kept, passed)
    }
}

/// The finding about an entry of which so many findings do not exist.
fn stale(subject: &Subject, entry: &Entry, left: usize, context: &ReportContext) -> Option<Finding> {
    let rule = &subject.rule;
    let (message, help) = match code_of(rule) {
        Some(code) if !code.may_silence() => {
            (format!("`{rule}` cannot be in a baseline"), "remove this entry and fix the finding")
        }
        None => (
            format!("`{rule}`, which this entry of the baseline names, is not a code"),
            "remove this entry, or write the baseline again with `--update-baseline`",
        ),
        Some(code) if left == 0 || !is_rule_decided(rule, code, context) => return None,
        Some(_) => {
            let help = "remove this entry, or write the baseline again with `--update-baseline`";
            let found = entry.count.saturating_sub(left);
            let message = match found {
                0 => format!("this entry of the baseline matches no finding of `{rule}`"),
                _ => format!(
                    "this entry of the baseline stands for {} findings of `{rule}`, of which {found} {} left",
                    entry.count,
                    if found == 1 { "is" } else { "are" }
                ),
            };
            (message, help)
        }
    };
    Some(Finding::new(&UNUSED_SUPPRESSION, entry.span, message).help(help))
}

/// The code of a rule, such as `guard-failed` of `guard-failed/stages`.
fn code_of(rule: &str) -> Option<&'static Code> {
    super::code(rule.split_once('/').map_or(rule, |(code, _)| code))
}

/// Whether this run reports all findings of a rule. A guard on changes is evaluated only by a plan or a difference.
fn is_rule_decided(rule: &str, code: &Code, context: &ReportContext) -> bool {
    match rule.split_once('/').filter(|_| code == &GUARD_FAILED) {
        Some((_, label)) => {
            let guards = &context.policy.guards;
            let is_on_change = guards.iter().any(|guard| {
                guard.instance.label.escape_debug().to_string() == label && guard.guarded.is_change()
            });
            !is_on_change && context.policy.whole
        }
        None => is_decided(code, context),
    }
}

#[cfg(test)]
mod tests;
