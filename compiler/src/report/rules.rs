//! The rules that a change changes, as text and JSON.

use super::plan::push;
use crate::check::rules::{RuleChange, RuleChangeKind};
use crate::diagnostic::source::Sources;
use schemars::JsonSchema;
use serde::Serialize;

/// A rule that differs from the base.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(super) struct ReportedRule {
    /// The rule, such as `guard.stages`.
    rule: String,
    /// What happens to it.
    change: RuleChangeKind,
    /// What differs.
    detail: String,
    /// Whether someone must approve.
    needs_approval: bool,
    /// The file of the rule, or of the base's rule if it no longer exists; null where it has none.
    file: Option<String>,
    /// Its line, from 1.
    line: Option<u32>,
}

/// The rules as programs read them.
pub(super) fn reported_rules(rules: &[RuleChange], sources: &Sources) -> Vec<ReportedRule> {
    let reported = rules.iter().map(|rule| {
        let place = rule.span.and_then(|span| Some((sources.get(span.file)?, span.start)));
        ReportedRule {
            rule: rule.rule.clone(),
            change: rule.kind,
            detail: rule.detail.clone(),
            needs_approval: rule.needs_approval,
            file: place.map(|(file, _)| file.path().to_owned()),
            line: place.map(|(file, start)| file.place(start).line),
        }
    });
    reported.collect()
}

/// `Rules that change:` with a line for each; empty if none does.
#[must_use]
pub fn rules_text(rules: &[RuleChange]) -> String {
    if rules.is_empty() {
        return String::new();
    }
    let mut text = "Rules that change:\n\n".to_owned();
    for rule in rules {
        let sign = match rule.kind {
            RuleChangeKind::Added => '+',
            RuleChangeKind::Removed => '-',
            RuleChangeKind::Changed => '~',
        };
        let approval = if rule.needs_approval { " (needs approval)" } else { "" };
        push(&mut text, &format!("  {sign} {}: {}{approval}", rule.rule, rule.detail));
    }
    text.push('\n');
    text
}
