//! `# nexusc:ignore CODE until=YYYY-MM-DD reason="…"` on the line above a block.

mod comment;
mod reach;

use super::Terms;
use crate::document::Block;
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
    let reach = Reach::of(&placed);
    let mut used = vec![false; placed.len()];
    let silenced = |finding: &Finding| {
        let mut silenced = false;
        for index in reach.over(finding) {
            if placed.get(index).is_some_and(|it| it.silences(finding.code, terms)) {
                used.get_mut(index).into_iter().for_each(|used| *used = true);
                silenced = true;
            }
        }
        silenced
    };
    let (_, mut kept): (Findings, Findings) = findings.into_iter().partition(silenced);
    for (it, used) in placed.iter().zip(used) {
        kept.extend(it.report(used, terms));
    }
    kept.append(&mut reports);
    kept
}

/// A suppression and the blocks on the line below it.
struct Placed<'a> {
    suppression: Suppression,
    blocks: Vec<&'a Block>,
}

impl Placed<'_> {
    fn is_expired(&self, terms: &Terms) -> bool {
        self.suppression.until.is_some_and(|(last, _)| last < terms.today)
    }

    /// Whether it silences what is found with this code in its blocks.
    fn silences(&self, code: Code, terms: &Terms) -> bool {
        code == self.suppression.code && code.may_silence() && !self.is_expired(terms)
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
        } else if self.blocks.is_empty() {
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

/// Every suppression with its blocks. Several comments may stand above one block, each on a line of its own.
fn placed<'a>(terms: &Terms<'a>, reports: &mut Findings) -> Vec<Placed<'a>> {
    let comments = terms
        .document
        .comments
        .iter()
        .filter(|comment| terms.sources.text(comment.span).contains(comment::MARK));
    if comments.clone().next().is_none() {
        return Vec::new();
    }
    let blocks = blocks_by_line(terms);
    let lines: BTreeSet<_> =
        terms.document.comments.iter().filter_map(|comment| own_line(comment.span, terms)).collect();
    let mut placed = Vec::new();
    for comment in comments {
        let Some(suppression) = read(comment.span, terms.sources.text(comment.span), reports) else {
            continue;
        };
        let below = own_line(comment.span, terms).map(|(file, mut line)| {
            line += 1;
            while lines.contains(&(file, line)) {
                line += 1;
            }
            blocks.get(&(file, line)).cloned().unwrap_or_default()
        });
        placed.push(Placed { suppression, blocks: below.unwrap_or_default() });
    }
    placed
}

fn blocks_by_line<'a>(terms: &Terms<'a>) -> BTreeMap<(FileId, u32), Vec<&'a Block>> {
    let mut lines: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for block in &terms.document.blocks {
        let Some(file) = terms.sources.get(block.span.file) else { continue };
        lines.entry((block.span.file, file.place(block.span.start).line)).or_default().push(block);
    }
    lines
}

/// The line of a comment that has it for itself.
fn own_line(comment: Span, terms: &Terms) -> Option<(FileId, u32)> {
    let file = terms.sources.get(comment.file)?;
    let line = file.place(comment.start).line;
    let start = file.line_range(line).start;
    let before = file.text().get(start..comment.start as usize)?;
    before.trim_start_matches('\u{feff}').trim().is_empty().then_some((comment.file, line))
}

#[cfg(test)]
mod tests;
