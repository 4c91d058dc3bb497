//! Findings as services show them: each on one line of a file of the repository, the worst first.

use super::Paths;
use crate::check::rules::{RuleChange, RuleChangeKind};
use crate::diagnostic::source::{Sources, Span};
use crate::diagnostic::subject::Subject;
use crate::diagnostic::{Code, Finding, Severity};
use crate::report::printable_line;
use std::collections::HashMap;
use std::collections::hash_map::Entry;

/// The rule of alerts about a rule that is removed or weakened.
pub const RULE_CHANGED: &str = "rule-changed";

/// How many objects with one finding are named, and how many further findings on a line.
const NAMED_MOST: usize = 10;

/// One finding, or several of one rule on one line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alert {
    /// The rule: the name of a code, `guard-failed/NAME` of a guard, or [`RULE_CHANGED`].
    pub rule: String,
    /// The code of the rule; `None` for [`RULE_CHANGED`].
    pub code: Option<&'static Code>,
    /// The severity.
    pub severity: Severity,
    /// Where it is.
    pub place: AlertPlace,
    /// The problem, in one line.
    pub message: String,
    /// What else is to be said, in a line each; help last.
    pub details: Vec<String>,
    /// Other places that explain it.
    pub related: Vec<(AlertPlace, String)>,
    /// What it is about, apart from its rule: the same however the policy is written.
    pub subject: String,
    /// The number of findings.
    pub findings: usize,
}

/// A line of a file, or a part of it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AlertPlace {
    /// The path from the root of the repository, with `/`.
    pub file: String,
    /// The line, from 1.
    pub line: u32,
    /// The first column, from 1, in characters.
    pub column: u32,
    /// One past the last column on that line.
    pub end_column: u32,
}

impl AlertPlace {
    /// The place of a span on its first line; `None` where its file is not in the repository.
    fn of(span: Span, sources: &Sources, paths: &Paths) -> Option<Self> {
        let (source, file) = (sources.get(span.file)?, paths.get(span.file)?);
        let (start, end) = (source.place(span.start), source.place(span.end));
        let end_column = if start.line == end.line {
            end.column
        } else {
            let line = source.text().get(source.line_range(start.line)).unwrap_or_default();
            u32::try_from(line.trim_end_matches(['\n', '\r']).chars().count()).unwrap_or(u32::MAX - 1) + 1
        };
        let end_column = end_column.max(start.column);
        Some(Self { file: file.to_owned(), line: start.line, column: start.column, end_column })
    }

    /// The first line of the policy, for what has no place in the repository.
    fn fallback(paths: &Paths) -> Self {
        Self { file: paths.fallback().to_owned(), line: 1, column: 1, end_column: 1 }
    }

    /// `file:line`
    #[must_use]
    pub fn shown(&self) -> String {
        printable_line(&format!("{}:{}", self.file, self.line))
    }
}

impl Alert {
    fn of(finding: &Finding, sources: &Sources, paths: &Paths) -> Self {
        let place = finding.span.and_then(|span| AlertPlace::of(span, sources, paths));
        // A place outside of the repository, such as a file of the base, is in the message.
        let elsewhere = finding.span.filter(|_| place.is_none()).and_then(|span| sources.get(span.file));
        let message = match (elsewhere, finding.span) {
            (Some(file), Some(span)) => {
                format!("{}:{}: {}", file.path(), file.place(span.start).line, finding.message)
            }
            _ => finding.message.clone(),
        };
        let related = finding.related.iter().filter_map(|related| {
            let place = AlertPlace::of(related.span, sources, paths)?;
            Some((place, printable_line(&related.message)))
        });
        Self {
            rule: printable_line(&finding.rule()),
            code: Some(finding.code),
            severity: finding.severity,
            place: place.unwrap_or_else(|| AlertPlace::fallback(paths)),
            message: printable_line(&message),
            details: details(finding),
            related: related.collect(),
            subject: subject(finding),
            findings: 1,
        }
    }

    fn of_rule(change: &RuleChange, sources: &Sources, paths: &Paths) -> Self {
        let verb = match change.kind {
            RuleChangeKind::Added => "added",
            RuleChangeKind::Removed => "removed",
            RuleChangeKind::Changed => "changed",
        };
        let place = change.span.and_then(|span| AlertPlace::of(span, sources, paths));
        Self {
            rule: RULE_CHANGED.to_owned(),
            code: None,
            severity: Severity::Approval,
            place: place.unwrap_or_else(|| AlertPlace::fallback(paths)),
            message: printable_line(&format!("`{}` is {verb}: {}", change.rule, change.detail)),
            details: Vec::new(),
            related: Vec::new(),
            subject: printable_line(&change.rule),
            findings: 1,
        }
    }

    /// The message and the details, a line each.
    #[must_use]
    pub fn text(&self) -> String {
        // The services have no severity for it.
        let needed = if self.severity == Severity::Approval { "needs an approval: " } else { "" };
        self.details.iter().fold(format!("{needed}{}", self.message), |text, detail| text + "\n" + detail)
    }
}

/// All findings and all changes of rules that need an approval, the worst first, then by place.
#[must_use]
pub fn alerts(findings: &[Finding], rules: &[RuleChange], sources: &Sources, paths: &Paths) -> Vec<Alert> {
    let found = findings.iter().map(|finding| Alert::of(finding, sources, paths));
    let rules = rules.iter().filter(|rule| rule.needs_approval);
    let mut alerts: Vec<_> = found.chain(rules.map(|rule| Alert::of_rule(rule, sources, paths))).collect();
    alerts.sort_by(|one, other| {
        let worst = |alert: &Alert| match alert.severity {
            Severity::Error => 0,
            Severity::Approval => 1,
            Severity::Warning => 2,
            Severity::Note => 3,
        };
        let key = |alert: &Alert| (worst(alert), alert.place.clone(), alert.rule.clone());
        key(one).cmp(&key(other)).then_with(|| one.message.cmp(&other.message))
    });
    alerts
}

/// The alerts with those of one rule on one line merged: services keep only one of them.
#[must_use]
pub fn by_line(alerts: Vec<Alert>) -> Vec<Alert> {
    let mut first: HashMap<(String, String, u32), usize> = HashMap::new();
    let mut merged: Vec<Alert> = Vec::with_capacity(alerts.len());
    let mut further: Vec<Vec<Alert>> = Vec::with_capacity(alerts.len());
    for alert in alerts {
        let key = (alert.rule.clone(), alert.place.file.clone(), alert.place.line);
        match first.entry(key) {
            Entry::Occupied(known) => {
                if let Some(more) = further.get_mut(*known.get()) {
                    more.push(alert);
                }
            }
            Entry::Vacant(new) => {
                new.insert(merged.len());
                merged.push(alert);
                further.push(Vec::new());
            }
        }
    }
    for (alert, more) in merged.iter_mut().zip(further) {
        let left = more.len().saturating_sub(NAMED_MOST);
        alert.findings += more.len();
        let told = more.into_iter().take(NAMED_MOST).map(|other| format!("also: {}", other.message));
        alert.details.splice(0..0, told.chain((left > 0).then(|| format!("and {left} more on this line"))));
    }
    merged
}

/// What a finding is about, by its meaning; for one that stands for several, what the first of them in order is about.
fn subject(finding: &Finding) -> String {
    let Some(Subject { parts, .. }) = finding.subjects().into_iter().min() else { return String::new() };
    let named = parts.into_iter().map(|(part, name)| format!("{} {name:?}", part.name()));
    named.collect::<Vec<_>>().join(", ")
}

fn details(finding: &Finding) -> Vec<String> {
    let objects = match &*finding.occurrences {
        [] => finding.instance.iter().map(|instance| format!("in `{instance}`")).collect(),
        many => {
            let named = many.iter().filter_map(|it| it.instance.as_deref()).take(NAMED_MOST);
            let named: Vec<_> = named.map(|instance| format!("`{instance}`")).collect();
            let more = match many.len() - named.len() {
                0 => String::new(),
                more => format!(" and {more} more"),
            };
            vec![format!("in {}{more}", named.join(", "))]
        }
    };
    let help = finding.help.iter().map(|help| format!("help: {help}"));
    objects.into_iter().chain(help).map(|line| printable_line(&line)).collect()
}
