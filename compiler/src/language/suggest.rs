//! "Did you mean": the known name that a wrong one was probably meant to be.

use std::cell::Cell;

/// What suggestions for one document may still cost: a thousand wrong names are one mistake, and each is compared with
/// every known one.
pub struct SuggestionBudget {
    comparisons: Cell<usize>,
}

impl Default for SuggestionBudget {
    fn default() -> Self {
        Self { comparisons: Cell::new(MOST_COMPARISONS) }
    }
}

impl SuggestionBudget {
    /// Whether no more is suggested.
    pub fn is_spent(&self) -> bool {
        self.comparisons.get() == 0
    }

    /// Runs what nobody is told of: it suggests nothing, and that costs nothing.
    pub fn saved<T>(&self, run: impl FnOnce() -> T) -> T {
        let left = self.comparisons.replace(0);
        let done = run();
        self.comparisons.set(left);
        done
    }

    /// Lets suggestions cost as much as at first.
    pub fn renew(&self) {
        self.comparisons.set(MOST_COMPARISONS);
    }

    /// As [`closest`], at the cost of a comparison for each known name.
    pub fn closest<'a>(&self, wanted: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
        let left = self.comparisons.get();
        let counted = known.take(left).inspect(|_| self.comparisons.set(self.comparisons.get() - 1));
        closest(wanted, counted)
    }

    /// As [`Self::closest`], of names that it costs something to collect.
    pub fn closest_of<'a>(&self, wanted: &str, known: impl FnOnce() -> Vec<&'a str>) -> Option<&'a str> {
        if self.is_spent() { None } else { self.closest(wanted, known().into_iter()) }
    }
}

/// Enough for a few hundred wrong names in the largest account.
const MOST_COMPARISONS: usize = 400_000;

/// The name in `known` that is closest to `wanted`, where it is close enough to be a slip: at most one edit in three
/// characters. Of equally close ones the first. Upper and lower case count as equal, and swapping neighbours is one edit.
pub fn closest<'a>(wanted: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let wanted: Vec<char> = wanted.chars().take(LONGEST).flat_map(char::to_lowercase).collect();
    let mut limit = (wanted.len() / 3).max(1);
    let mut best = None;
    let (mut letters, mut rows) = (Vec::new(), Rows::default());
    for name in known {
        // Of most names the length alone tells that they were not meant.
        if name.is_ascii() && name.len().min(LONGEST).abs_diff(wanted.len()) > limit {
            continue;
        }
        letters.clear();
        letters.extend(name.chars().take(LONGEST).flat_map(char::to_lowercase));
        if letters.len().abs_diff(wanted.len()) > limit || letters.is_empty() {
            continue;
        }
        let distance = rows.distance(&wanted, &letters);
        if distance <= limit
            && distance < wanted.len().max(letters.len())
            && (best.is_none() || distance < limit)
        {
            (best, limit) = (Some(name), distance);
        }
    }
    best
}

/// Longer names are compared by their start: nobody mistypes a page, and the comparison is quadratic.
const LONGEST: usize = 100;

/// The last rows of the table of edits, whose memory serves for every comparison.
#[derive(Default)]
struct Rows {
    before: Vec<usize>,
    above: Vec<usize>,
    line: Vec<usize>,
}

impl Rows {
    /// The edits between two words: insert, remove, replace, swap neighbours.
    fn distance(&mut self, left: &[char], right: &[char]) -> usize {
        let Self { before, above, line } = self;
        before.clear();
        above.clear();
        above.extend(0..=right.len());
        for (row, letter) in left.iter().enumerate() {
            line.clear();
            line.push(row + 1);
            for (column, other) in right.iter().enumerate() {
                let replaced = cell(above, column) + usize::from(letter != other);
                let mut edits = replaced.min(cell(above, column + 1) + 1).min(cell(line, column) + 1);
                if row > 0
                    && column > 0
                    && left.get(row - 1) == Some(other)
                    && right.get(column - 1) == Some(letter)
                {
                    edits = edits.min(cell(before, column - 1) + 1);
                }
                line.push(edits);
            }
            std::mem::swap(before, above);
            std::mem::swap(above, line);
        }
        above.last().copied().unwrap_or(left.len())
    }
}

fn cell(line: &[usize], column: usize) -> usize {
    line.get(column).copied().unwrap_or(usize::MAX / 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(wanted: &str, known: &[&str], expected: Option<&str>) {
        assert_eq!(closest(wanted, known.iter().copied()), expected);
    }

    #[test]
    fn finds_a_slip() {
        check("paymets-prod", &["payments-dev", "payments-prod"], Some("payments-prod"));
        check("endpiont", &["namespace", "endpoint"], Some("endpoint"));
        check("Regions", &["region", "regions"], Some("regions"));
        check("ab", &["ba", "abc"], Some("ba"));
    }

    #[test]
    fn gives_up_once_it_has_cost_enough() {
        let effort = SuggestionBudget::default();
        let names: Vec<_> = (0..MOST_COMPARISONS).map(|at| at.to_string()).collect();
        assert_eq!(effort.closest("12345x", names.iter().map(String::as_str)), Some("12345"));
        assert!(effort.is_spent());
        assert_eq!(effort.closest("12345x", ["12345"].into_iter()), None);
    }

    #[test]
    fn finds_nothing_where_nothing_is_close() {
        check("payments", &["orders", "carts"], None);
        check("a", &["b"], None);
        check("", &["a"], None);
        check(&"x".repeat(1_000_000), &["x"], None);
    }
}
