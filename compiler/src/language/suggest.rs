//! "Did you mean": suggests a known name for an unknown one.

use std::cell::Cell;

/// The remaining cost of suggestions for a document: a thousand unknown names are usually one mistake, and each is compared
/// with every known name.
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

    /// Runs a function whose findings are dropped: suggestions are off and cost nothing.
    pub fn saved<T>(&self, run: impl FnOnce() -> T) -> T {
        let left = self.comparisons.replace(0);
        let done = run();
        self.comparisons.set(left);
        done
    }

    /// Restores the initial budget.
    pub fn renew(&self) {
        self.comparisons.set(MOST_COMPARISONS);
    }

    /// Like [`closest`], charging a comparison for each known name.
    pub fn closest<'a>(&self, wanted: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
        let left = self.comparisons.get();
        let counted = known.take(left).inspect(|_| self.comparisons.set(self.comparisons.get() - 1));
        closest(wanted, counted)
    }

    /// Like [`Self::closest`], for names that are expensive to collect.
    pub fn closest_of<'a>(&self, wanted: &str, known: impl FnOnce() -> Vec<&'a str>) -> Option<&'a str> {
        if self.is_spent() { None } else { self.closest(wanted, known().into_iter()) }
    }
}

/// Enough for a few hundred wrong names in the largest account.
const MOST_COMPARISONS: usize = 400_000;

/// The name in `known` closest to `wanted`, if it is close enough to be a typo: at most one edit in three characters. The
/// first of equally close ones. Case is ignored, and a transposition is one edit.
pub fn closest<'a>(wanted: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let wanted: String = start_of(wanted).collect();
    let length = wanted.chars().count();
    let mut limit = (length / 3).max(1);
    let mut best = None;
    let mut letters = String::new();
    for name in known {
        // The length alone rules out most names.
        if name.is_ascii() && name.len().min(LONGEST).abs_diff(length) > limit {
            continue;
        }
        letters.clear();
        letters.extend(start_of(name));
        let letters_length = letters.chars().count();
        if letters_length.abs_diff(length) > limit || letters.is_empty() {
            continue;
        }
        let distance = strsim::osa_distance(&wanted, &letters);
        if distance <= limit && distance < length.max(letters_length) && (best.is_none() || distance < limit)
        {
            (best, limit) = (Some(name), distance);
        }
    }
    best
}

/// Like [`closest`], else the only name in `known` that begins as `wanted` does: `allowed_caller_namespaces` for
/// `allowed_callers`.
pub fn likely<'a>(wanted: &str, known: impl Iterator<Item = &'a str> + Clone) -> Option<&'a str> {
    closest(wanted, known.clone()).or_else(|| begun(wanted, known))
}

/// The shortest common beginning that tells names from others.
const BEGINNING: usize = 5;

fn begun<'a>(wanted: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let length =
        |name: &str| start_of(wanted).zip(start_of(name)).take_while(|(own, other)| own == other).count();
    let enough = BEGINNING.max(start_of(wanted).count().saturating_sub(2));
    let mut names = known.filter(|name| length(name) >= enough);
    names.next().filter(|_| names.next().is_none())
}

/// Longer names are compared by their start: the comparison is quadratic.
const LONGEST: usize = 100;

fn start_of(name: &str) -> impl Iterator<Item = char> {
    name.chars().take(LONGEST).flat_map(char::to_lowercase)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(wanted: &str, known: &[&str], expected: Option<&str>) {
        assert_eq!(closest(wanted, known.iter().copied()), expected);
    }

    #[test]
    fn finds_a_typo() {
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
    fn finds_the_only_name_with_the_same_beginning() {
        let known = ["allowed_caller_namespaces", "description", "name", "names"];
        let check =
            |wanted: &str, expected| assert_eq!(likely(wanted, known.into_iter()), expected, "{wanted}");
        check("allowed_callers", Some("allowed_caller_namespaces"));
        check("allowed_caller", Some("allowed_caller_namespaces"));
        check("descripton", Some("description"));
        check("allowance", None);
        check("nam", Some("name"));
        check("", None);
        assert_eq!(likely("account_a", ["account_access", "account_admin"].into_iter()), None);
    }

    #[test]
    fn finds_nothing_where_nothing_is_close() {
        check("payments", &["orders", "carts"], None);
        check("a", &["b"], None);
        check("", &["a"], None);
        check(&"x".repeat(1_000_000), &["x"], None);
    }
}
