//! A unified diff of the changes of formatting.
//!
//! Formatting changes only whitespace, so old and new lines are paired by their other hold, in one pass. A
//! library such as `similar` searches for the pairs, which is quadratic where every line changes.

use std::ops::Range;

/// The lines of context around a change.
const CONTEXT: usize = 3;

/// A unified diff between two texts that differ in whitespace; empty if they are equal.
#[must_use]
pub fn unified(path: &str, old: &str, new: &str) -> String {
    let old_lines: Vec<_> = old.split_inclusive('\n').collect();
    let new_lines: Vec<_> = new.split_inclusive('\n').collect();
    let changes = changes(&old_lines, &new_lines);
    if changes.is_empty() {
        return String::new();
    }
    let path = path.trim_start_matches("./").trim_start_matches('/');
    let mut out = format!("--- old/{path}\n+++ new/{path}\n");
    for hunk in changes.chunk_by(|one, next| next.old.start - one.old.end <= 2 * CONTEXT) {
        push_hunk(&mut out, hunk, &old_lines, &new_lines);
    }
    out
}

/// Old lines and the new ones that replace them.
#[derive(Debug, PartialEq, Eq)]
struct Change {
    old: Range<usize>,
    new: Range<usize>,
}

fn changes(old: &[&str], new: &[&str]) -> Vec<Change> {
    let mut changes: Vec<Change> = Vec::new();
    let (mut left, mut right) = (0, 0);
    while left < old.len() || right < new.len() {
        if left < old.len() && old.get(left) == new.get(right) {
            (left, right) = (left + 1, right + 1);
            continue;
        }
        let (left_end, right_end) = paired((old, left), (new, right));
        match changes.last_mut().filter(|last| last.old.end == left && last.new.end == right) {
            Some(last) => (last.old.end, last.new.end) = (left_end, right_end),
            None => changes.push(Change { old: left..left_end, new: right..right_end }),
        }
        (left, right) = (left_end, right_end);
    }
    changes
}

/// The ends of the fewest lines on both sides that are equal except for whitespace.
fn paired((old, left): (&[&str], usize), (new, right): (&[&str], usize)) -> (usize, usize) {
    let weight = |lines: &[&str], at: usize| lines.get(at).map(|line| weight(line));
    let (Some(mut before), Some(mut after)) = (weight(old, left), weight(new, right)) else {
        return (old.len(), new.len());
    };
    // A blank line on one side alone is an insertion or a deletion.
    if before == 0 || after == 0 {
        return (left + usize::from(before == 0), right + usize::from(after == 0));
    }
    let (mut left, mut right) = (left + 1, right + 1);
    while before != after {
        let (lines, at, sum) =
            if before < after { (old, &mut left, &mut before) } else { (new, &mut right, &mut after) };
        let Some(more) = weight(lines, *at) else { return (old.len(), new.len()) };
        (*at, *sum) = (*at + 1, *sum + more);
    }
    (left, right)
}

/// The number of characters of a line that are not whitespace.
fn weight(line: &str) -> usize {
    line.chars().filter(|letter| !letter.is_whitespace() && *letter != '\u{feff}').count()
}

fn push_hunk(out: &mut String, hunk: &[Change], old: &[&str], new: &[&str]) {
    let (Some(first), Some(last)) = (hunk.first(), hunk.last()) else { return };
    let lead = first.old.start.min(CONTEXT);
    let tail = (old.len() - last.old.end).min(CONTEXT);
    let old_range = first.old.start - lead..last.old.end + tail;
    let new_range = first.new.start - lead..last.new.end + tail;
    out.push_str(&format!("@@ -{} +{} @@\n", shown(&old_range), shown(&new_range)));
    let mut at = old_range.start;
    for change in hunk {
        push(out, ' ', old, at..change.old.start);
        push(out, '-', old, change.old.clone());
        push(out, '+', new, change.new.clone());
        at = change.old.end;
    }
    push(out, ' ', old, at..old_range.end);
}

/// A range of lines: the first one, counted from 1, and their number; before the first where there are none.
fn shown(range: &Range<usize>) -> String {
    let first = if range.is_empty() { range.start } else { range.start + 1 };
    format!("{first},{}", range.len())
}

fn push(out: &mut String, sign: char, lines: &[&str], range: Range<usize>) {
    for line in lines.get(range).unwrap_or_default() {
        out.push(sign);
        out.push_str(line);
        if !line.ends_with('\n') {
            out.push_str("\n\\ No newline at end of file\n");
        }
    }
}
