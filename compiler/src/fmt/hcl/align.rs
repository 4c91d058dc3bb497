//! Alignment of the equals signs of consecutive attributes, and of the comments at the end of consecutive lines.

use super::token::{Line, Token, columns};
use std::ops::Range;

/// Sets the spaces before equals signs, then those before comments, which the former move.
pub(super) fn set(tokens: &mut [Token], lines: &[Line]) {
    let cells: Vec<_> = lines.iter().map(|line| line.cells(tokens)).collect();
    column(tokens, cells.iter().map(|it| (it.lead.clone(), it.assign.clone())));
    column(tokens, cells.iter().map(|it| (it.lead.start..it.assign.end, it.comment.clone())));
}

/// Moves the second cells of consecutive lines that have one to the right of the widest first cell.
fn column(tokens: &mut [Token], lines: impl Iterator<Item = (Range<usize>, Range<usize>)>) {
    let mut run = Vec::new();
    for (before, cell) in lines {
        if cell.is_empty() {
            close(tokens, &mut run);
        } else {
            run.push((columns(tokens.get(before).unwrap_or_default()), cell.start));
        }
    }
    close(tokens, &mut run);
}

fn close(tokens: &mut [Token], run: &mut Vec<(usize, usize)>) {
    let widest = run.iter().map(|(width, _)| *width).max().unwrap_or(0);
    for (width, first) in run.drain(..) {
        if let Some(token) = tokens.get_mut(first) {
            token.spaces = widest - width + 1;
        }
    }
}
