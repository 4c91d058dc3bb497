//! `# nexusc:ignore CODE until=YYYY-MM-DD reason="…"` on the line above a block.

mod comment;
mod reach;

use super::ReportContext;
use crate::diagnostic::source::{FileId, Span};
use crate::diagnostic::{Code, Control, Decided, Examples, Family, Finding, Findings, Severity};
use crate::syntax::document::Block;
use comment::{Suppression, read};
use reach::Reach;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;
use time::Date;

/// In the order of the docs.
pub static CODES: [&Code; 2] = [&UNUSED_SUPPRESSION, &SUPPRESSION_EXPIRED];

pub static UNUSED_SUPPRESSION: Code = Code {
    name: "unused-suppression",
    severity: Severity::Warning,
    family: Family::Lint,
    control: Control::Configurable,
    decided: Decided::Always,
    meaning: "A `nexusc:ignore` comment or an entry of the baseline silences no finding.",
    explanation: "A suppression is a comment on the line above a block, and silences one code in that block. An unused \
                  suppression could hide a later mistake. Remove the comment. Errors in the text, in references and in \
                  permissions cannot be silenced. An entry of the file of `--baseline` that matches less findings than it \
                  says is reported there.",
    examples: Examples {
        wrong: r#"#! unused-suppression
# nexusc:ignore no-callers reason="opened with the next release"
endpoint "payments" {
  worker_target             = { namespace = namespace.payments-prod, task_queue = "nexus" }
  allowed_caller_namespaces = [namespace.orders-prod]
}
"#,
        right: r#"# nexusc:ignore no-callers reason="opened with the next release"
endpoint "payments" {
  worker_target             = { namespace = namespace.payments-prod, task_queue = "nexus" }
  allowed_caller_namespaces = []
}
"#,
        json: None,
        facts: None,
    },
};

pub static SUPPRESSION_EXPIRED: Code = Code {
    name: "suppression-expired",
    severity: Severity::Error,
    family: Family::Lint,
    control: Control::Configurable,
    decided: Decided::Always,
    meaning: "A `nexusc:ignore` comment has expired and silences no finding.",
    explanation: "`until` is the last day on which the comment has an effect, in UTC. Findings that it silenced are \
                  reported again. Fix them and remove the comment, or set a later date.",
    examples: Examples {
        wrong: r#"#! suppression-expired
# nexusc:ignore no-callers until=2025-12-31 reason="opened with the next release"
endpoint "payments" {
  worker_target             = { namespace = namespace.payments-prod, task_queue = "nexus" }
  allowed_caller_namespaces = [namespace.orders-prod]
}
"#,
        right: r#"# nexusc:ignore no-callers until=2027-12-31 reason="opened with the next release"
endpoint "payments" {
  worker_target             = { namespace = namespace.payments-prod, task_queue = "nexus" }
  allowed_caller_namespaces = []
}
"#,
        json: None,
        facts: None,
    },
};

/// Removes silenced findings, and reports suppressions that are unused or expired.
pub(super) fn apply(findings: Findings, context: &ReportContext) -> Findings {
    let mut reports = Findings::new();
    let placed = placed(context, &mut reports);
    if placed.is_empty() && reports.is_empty() {
        return findings;
    }
    let groups = groups(&placed, context);
    let reach = Reach::of(&groups);
    let mut used = vec![false; groups.len()];
    let silenced = |finding: &Finding| {
        let groups = reach.over(finding);
        for index in &groups {
            used.get_mut(*index).into_iter().for_each(|used| *used = true);
        }
        !groups.is_empty()
    };
    let (_, mut kept): (Findings, Findings) = findings.into_iter().partition(silenced);
    let used: BTreeSet<_> = groups
        .iter()
        .zip(used)
        .filter(|(_, used)| *used)
        .map(|(group, _)| (group.line, &group.silenced))
        .collect();
    for it in &placed {
        let is_used = it.below.is_some_and(|line| used.contains(&(line, &it.silenced())));
        kept.extend(it.report(is_used, context));
    }
    kept.append(&mut reports);
    kept
}

/// The suppressions in force, by code and by the block that they are above, with their last day and the comment.
#[must_use]
pub(super) fn in_force(context: &ReportContext) -> BTreeMap<(Silenced, String), (Option<Date>, Span)> {
    let placed = placed(context, &mut Findings::new());
    if placed.is_empty() {
        return BTreeMap::new();
    }
    let in_force = placed.iter().filter(|it| it.suppression.code.may_silence() && !it.is_expired(context));
    let blocks = blocks_by_line(context);
    let mut known = BTreeMap::new();
    for it in in_force {
        let below = it.below.and_then(|line| blocks.get(&line)).into_iter().flatten();
        for block in below {
            let until = it.suppression.until.map(|(day, _)| day);
            known.insert((it.silenced(), block.header()), (until, it.suppression.span));
        }
    }
    known
}

/// The comments that silence what no suppression of a base silences.
pub fn comments_unknown_to(base: &ReportContext, policy: &ReportContext) -> BTreeSet<Span> {
    let known = in_force(base);
    let new = in_force(policy).into_iter().filter(|(key, _)| !known.contains_key(key));
    new.map(|(_, (_, span))| span).collect()
}

/// A line of a file.
type Line = (FileId, u32);

/// A suppression and the line below it, where blocks begin on that.
struct Placed {
    suppression: Suppression,
    below: Option<Line>,
}

/// What a suppression silences.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Silenced {
    code: &'static Code,
    /// The label of the only guard.
    guard: Option<Arc<str>>,
}

impl fmt::Display for Silenced {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.code.fmt(out)?;
        self.guard.iter().try_for_each(|guard| write!(out, "/{}", guard.escape_debug()))
    }
}

/// All suppressions of one code above the blocks that begin on one line, so that a finding is looked up once.
struct Group<'a> {
    line: Line,
    silenced: Silenced,
    blocks: Vec<&'a Block>,
}

/// The groups in which a suppression is in force.
fn groups<'a>(placed: &[Placed], context: &ReportContext<'a>) -> Vec<Group<'a>> {
    let in_force = placed.iter().filter(|it| it.suppression.code.may_silence() && !it.is_expired(context));
    let keys: BTreeSet<_> = in_force.filter_map(|it| it.below.map(|line| (line, it.silenced()))).collect();
    if keys.is_empty() {
        return Vec::new();
    }
    let blocks = blocks_by_line(context);
    let group = |(line, silenced)| {
        let blocks = blocks.get(&line).cloned().unwrap_or_default();
        Group { line, silenced, blocks }
    };
    keys.into_iter().map(group).collect()
}

impl Placed {
    fn silenced(&self) -> Silenced {
        Silenced { code: self.suppression.code, guard: self.suppression.guard.clone() }
    }

    fn is_expired(&self, context: &ReportContext) -> bool {
        self.suppression.until.is_some_and(|(last, _)| last < context.today)
    }

    fn report(&self, used: bool, context: &ReportContext) -> Option<Finding> {
        let Suppression { span, code, until, is_sound, .. } = self.suppression;
        let silenced = self.silenced();
        if let Some((last, at)) = until.filter(|_| self.is_expired(context)) {
            let message = format!("this suppression of `{silenced}` expired on {last}");
            let help = "fix the finding and remove the comment, or set a later date";
            return Some(Finding::new(&SUPPRESSION_EXPIRED, at, message).help(help));
        }
        let (message, help) = if !code.may_silence() {
            (format!("`{code}` cannot be silenced"), "remove the comment and fix the finding")
        } else if self.below.is_none() {
            let help = "put it on the line above the block";
            (format!("this suppression of `{silenced}` is not followed by a block"), help)
        } else if !used && is_sound && is_decided(code, context) {
            (format!("this suppression of `{silenced}` is unused"), "remove the comment")
        } else {
            return None;
        };
        Some(Finding::new(&UNUSED_SUPPRESSION, span, message).help(help))
    }
}

/// Whether this run reports all findings of a code: only then is a suppression of it known to be unused.
pub(super) fn is_decided(code: &Code, context: &ReportContext) -> bool {
    let is_decided = match code.decided {
        Decided::Always => true,
        Decided::WithFacts => context.has_facts,
        Decided::WithoutFacts => !context.has_facts,
        Decided::WithoutChangeGuards => !context.policy.guards.iter().any(|guard| guard.guarded.is_change()),
    };
    is_decided && context.policy.whole
}

/// Every suppression with the line of its blocks. Several comments may stand above one block, each on a line of its own.
fn placed(context: &ReportContext, reports: &mut Findings) -> Vec<Placed> {
    let comments = context
        .document
        .comments
        .iter()
        .filter(|comment| context.sources.text(comment.span).contains(comment::MARK));
    if comments.clone().next().is_none() {
        return Vec::new();
    }
    let blocks = context.document.blocks.iter().filter_map(|block| line_of(block.span, context));
    let blocks: BTreeSet<Line> = blocks.collect();
    let below = lines_below(context);
    let mut placed = Vec::new();
    for comment in comments {
        let Some(suppression) = read(comment.span, context.sources.text(comment.span), reports) else {
            continue;
        };
        let line = own_line(comment.span, context).and_then(|line| below.get(&line).copied());
        placed.push(Placed { suppression, below: line.filter(|line| blocks.contains(line)) });
    }
    placed
}

/// For each line with only a comment, the first line below that has more than a comment.
fn lines_below(context: &ReportContext) -> BTreeMap<Line, Line> {
    let comments = &context.document.comments;
    let lines: BTreeSet<_> = comments.iter().filter_map(|comment| own_line(comment.span, context)).collect();
    let mut below = BTreeMap::new();
    let mut last = None;
    for (file, line) in lines.into_iter().rev() {
        let next = (file, line + 1);
        let end = match last {
            Some((following, end)) if following == next => end,
            _ => next,
        };
        below.insert((file, line), end);
        last = Some(((file, line), end));
    }
    below
}

fn line_of(span: Span, context: &ReportContext) -> Option<Line> {
    context.sources.get(span.file).map(|file| (span.file, file.place(span.start).line))
}

fn blocks_by_line<'a>(context: &ReportContext<'a>) -> BTreeMap<Line, Vec<&'a Block>> {
    let mut lines: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for block in &context.document.blocks {
        line_of(block.span, context).into_iter().for_each(|line| lines.entry(line).or_default().push(block));
    }
    lines
}

/// The line of a comment with nothing before it.
fn own_line(comment: Span, context: &ReportContext) -> Option<Line> {
    let file = context.sources.get(comment.file)?;
    let line = file.place(comment.start).line;
    let start = file.line_range(line).start;
    let before = file.text().get(start..comment.start as usize)?;
    before.trim_start_matches('\u{feff}').trim().is_empty().then_some((comment.file, line))
}

#[cfg(test)]
mod tests;
