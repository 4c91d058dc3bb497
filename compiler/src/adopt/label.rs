//! Labels for blocks: the name, if it is suitable and not taken.

use std::collections::BTreeSet;

/// The maximum length of a label derived from a name.
const LONGEST: usize = 60;

/// The labels of one kind of blocks.
#[derive(Default)]
pub struct Labels {
    taken: BTreeSet<String>,
}

impl Labels {
    /// Labels other than these.
    pub fn taken<'l>(labels: impl Iterator<Item = &'l str>) -> Self {
        Self { taken: labels.map(str::to_owned).collect() }
    }

    /// A unique label for each name, in order. A name that is suitable as a label is never used for another.
    pub fn of<'n>(mut self, names: impl Iterator<Item = &'n str> + Clone) -> Vec<String> {
        let plain: BTreeSet<&str> =
            names.clone().filter(|name| is_plain(name) && !self.taken.contains(*name)).collect();
        names.map(|name| self.label(name, &plain)).collect()
    }

    fn label(&mut self, name: &str, plain: &BTreeSet<&str>) -> String {
        if plain.contains(name) && self.taken.insert(name.to_owned()) {
            return name.to_owned();
        }
        let base = base(name);
        let numbered = (2_usize..).map(|number| format!("{base}-{number}"));
        let mut free = std::iter::once(base.clone()).chain(numbered);
        let label = free.find(|label| !plain.contains(&**label) && !self.taken.contains(label));
        let label = label.unwrap_or(base);
        self.taken.insert(label.clone());
        label
    }
}

fn is_plain(name: &str) -> bool {
    let fits = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_' | '.' | '@' | '+');
    !name.is_empty() && name.len() <= 256 && name.chars().all(fits)
}

/// The letters and digits of a name, with a hyphen for what is between them.
fn base(name: &str) -> String {
    let words = name.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_');
    let joined = words.filter(|word| !word.is_empty()).collect::<Vec<_>>().join("-");
    let cut: String = joined.chars().take(LONGEST).collect();
    if cut.is_empty() { "unnamed".to_owned() } else { cut }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(taken: &[&str], names: &[&str], expected: &[&str]) {
        assert_eq!(Labels::taken(taken.iter().copied()).of(names.iter().copied()), expected);
    }

    #[test]
    fn names_are_labels_where_they_can_be() {
        check(
            &[],
            &["payments-prod", "ana@acme.example", "CI robot (prod)"],
            &["payments-prod", "ana@acme.example", "CI-robot-prod"],
        );
        check(
            &[],
            &["a b", "a-b", "a.b", "\"${x}\"\n", "ü", "☃"],
            &["a-b-2", "a-b", "a.b", "x", "unnamed", "unnamed-2"],
        );
    }

    #[test]
    fn labels_that_are_taken_are_not_given_again() {
        check(&["payments", "payments-2"], &["payments", "orders"], &["payments-3", "orders"]);
    }
}
