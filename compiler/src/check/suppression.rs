//! `# nexusc:ignore CODE until=YYYY-MM-DD reason="…"` on the line above a block.

mod comment;
mod reach;

use super::Terms;
use crate::syntax::document::Block;
use comment::{Suppression, read};
use reach::Reach;
use schema::diagnostic::{Code, Family, Finding, Findings};
use schema::source::{FileId, Span};
use std::collections::{BTreeMap, BTreeSet};

/// Drops what comments silence, and reports comments that silence nothing or are past their date.
pub(super) fn apply(findings: Findings, terms: &Terms) -> Findings {
    let mut reports = Findings::new();
    let placed = placed(terms, &mut reports);
    if placed.is_empty() && reports.is_empty() {
        return findings;
    }
    let groups = groups(&placed, terms);
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
        .map(|(group, _)| (group.line, group.code))
        .collect();
    for it in &placed {
        let is_used = it.below.is_some_and(|line| used.contains(&(line, it.suppression.code)));
        kept.extend(it.report(is_used, terms));
    }
    kept.append(&mut reports);
    kept
}

/// A line of a file.
type Line = (FileId, u32);

/// A suppression and the line below it, where blocks begin on that.
struct Placed {
    suppression: Suppression,
    below: Option<Line>,
}

/// All suppressions of one code above the blocks that begin on one line. However many there are, a finding asks once.
struct Group<'a> {
    line: Line,
    code: Code,
    blocks: Vec<&'a Block>,
}

/// The groups in which a suppression is in force.
fn groups<'a>(placed: &[Placed], terms: &Terms<'a>) -> Vec<Group<'a>> {
    let in_force = placed.iter().filter(|it| it.suppression.code.may_silence() && !it.is_expired(terms));
    let keys: BTreeSet<_> =
        in_force.filter_map(|it| it.below.map(|line| (line, it.suppression.code))).collect();
    if keys.is_empty() {
        return Vec::new();
    }
    let blocks = blocks_by_line(terms);
    let group = |(line, code)| Group { line, code, blocks: blocks.get(&line).cloned().unwrap_or_default() };
    keys.into_iter().map(group).collect()
}

impl Placed {
    fn is_expired(&self, terms: &Terms) -> bool {
        self.suppression.until.is_some_and(|(last, _)| last < terms.today)
    }

    fn report(&self, used: bool, terms: &Terms) -> Option<Finding> {
        let Suppression { span, code, until, is_sound } = self.suppression;
        if let Some((last, at)) = until.filter(|_| self.is_expired(terms)) {
            let message = format!("this suppression of `{code}` expired on {last} and silences nothing");
            let help = "mend what it silenced and remove it, or give it a later date";
            return Some(Finding::new(Code::SuppressionExpired, at, message).help(help));
        }
        let (message, help) = if !code.may_silence() {
            (format!("`{code}` cannot be silenced"), "remove the comment, and mend what it is about")
        } else if self.below.is_none() {
            let help = "put it on the line above the block that it is about";
            (format!("this suppression of `{code}` stands above no block"), help)
        } else if !used && is_sound && is_decided(code, terms) {
            (format!("this suppression of `{code}` silences nothing"), "remove the comment")
        } else {
            return None;
        };
        Some(Finding::new(Code::UnusedSuppression, span, message).help(help))
    }
}

/// Whether a run with or without facts finds everything of a code: only then is a suppression provably unused.
fn is_decided(code: Code, terms: &Terms) -> bool {
    let found = match code {
        Code::GuardFailed => !terms.policy.guards.iter().any(|guard| guard.guarded.is_change()),
        Code::PrivatelinkLockout | Code::UnusedNamespace => !terms.has_facts,
        Code::PrivatelinkReopen | Code::PrivatelinkRegion => terms.has_facts,
        _ => terms.has_facts || !matches!(code.family(), Family::Facts | Family::Limit),
    };
    found && terms.policy.whole
}

/// Every suppression with the line of its blocks. Several comments may stand above one block, each on a line of its own.
fn placed(terms: &Terms, reports: &mut Findings) -> Vec<Placed> {
    let comments = terms
        .document
        .comments
        .iter()
        .filter(|comment| terms.sources.text(comment.span).contains(comment::MARK));
    if comments.clone().next().is_none() {
        return Vec::new();
    }
    let blocks = terms.document.blocks.iter().filter_map(|block| line_of(block.span, terms));
    let blocks: BTreeSet<Line> = blocks.collect();
    let below = lines_below(terms);
    let mut placed = Vec::new();
    for comment in comments {
        let Some(suppression) = read(comment.span, terms.sources.text(comment.span), reports) else {
            continue;
        };
        let line = own_line(comment.span, terms).and_then(|line| below.get(&line).copied());
        placed.push(Placed { suppression, below: line.filter(|line| blocks.contains(line)) });
    }
    placed
}

/// For each line that a comment has for itself, the first line below it that none has.
fn lines_below(terms: &Terms) -> BTreeMap<Line, Line> {
    let comments = &terms.document.comments;
    let lines: BTreeSet<_> = comments.iter().filter_map(|comment| own_line(comment.span, terms)).collect();
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

fn line_of(span: Span, terms: &Terms) -> Option<Line> {
    terms.sources.get(span.file).map(|file| (span.file, file.place(span.start).line))
}

fn blocks_by_line<'a>(terms: &Terms<'a>) -> BTreeMap<Line, Vec<&'a Block>> {
    let mut lines: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for block in &terms.document.blocks {
        line_of(block.span, terms).into_iter().for_each(|line| lines.entry(line).or_default().push(block));
    }
    lines
}

/// The line of a comment that has it for itself.
fn own_line(comment: Span, terms: &Terms) -> Option<Line> {
    let file = terms.sources.get(comment.file)?;
    let line = file.place(comment.start).line;
    let start = file.line_range(line).start;
    let before = file.text().get(start..comment.start as usize)?;
    before.trim_start_matches('\u{feff}').trim().is_empty().then_some((comment.file, line))
}

#[cfg(test)]
mod tests;
