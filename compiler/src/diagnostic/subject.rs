//! What a finding is about, by meaning: its rule and the names of its objects, never a line, a column or a count. The same
//! however a policy is formatted, ordered and split into files, in HCL and in JSON. Baselines and fingerprints are made of it.

use super::{Family, Finding, Occurrence, UNPROVEN};
use std::collections::BTreeSet;

/// What one name in a subject is. In the order of reports.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Part {
    /// The guard, where the rule does not name it.
    Guard,
    /// The block instance, where no other name says what a finding is about.
    Instance,
    /// The test.
    Test,
    /// An Endpoint.
    Endpoint,
    /// A Namespace that calls, or is listed as a caller.
    Caller,
    /// The Namespace or URL that calls go to.
    Target,
    /// Any other Namespace.
    Namespace,
    /// A principal.
    Principal,
    /// A private connection, by its id.
    Connection,
    /// The region of a private connection.
    Region,
    /// An object that the finding compares with.
    Other,
    /// What of the object it is, in a fixed word.
    Aspect,
    /// The value in the account, where it differs from that of the policy.
    Account,
    /// The value in the policy, where it differs from that of the account.
    Policy,
}

impl Part {
    /// All parts, in order.
    pub const ALL: [Self; 14] = [
        Self::Guard,
        Self::Instance,
        Self::Test,
        Self::Endpoint,
        Self::Caller,
        Self::Target,
        Self::Namespace,
        Self::Principal,
        Self::Connection,
        Self::Region,
        Self::Other,
        Self::Aspect,
        Self::Account,
        Self::Policy,
    ];

    /// The word in files: `endpoint`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Guard => "guard",
            Self::Instance => "instance",
            Self::Test => "test",
            Self::Endpoint => "endpoint",
            Self::Caller => "caller",
            Self::Target => "target",
            Self::Namespace => "namespace",
            Self::Principal => "principal",
            Self::Connection => "connection",
            Self::Region => "region",
            Self::Other => "other",
            Self::Aspect => "aspect",
            Self::Account => "account",
            Self::Policy => "policy",
        }
    }
}

impl Part {
    /// What it is, in a sentence.
    #[must_use]
    pub fn meaning(self) -> &'static str {
        match self {
            Self::Guard => "The guard, where the rule does not name it.",
            Self::Instance => "The block instance, where no other name says what a finding is about.",
            Self::Test => "The test.",
            Self::Endpoint => "The Endpoint.",
            Self::Caller => "The Namespace that calls, or is listed as a caller.",
            Self::Target => "The Namespace or URL that calls go to.",
            Self::Namespace => "The Namespace.",
            Self::Principal => "The principal.",
            Self::Connection => "The id of the private connection.",
            Self::Region => "The region of the private connection.",
            Self::Other => "The object that it is compared with.",
            Self::Aspect => "What of the object it is about.",
            Self::Account => "The value in the account, where it differs from that of the policy.",
            Self::Policy => "The value in the policy, where it differs from that of the account.",
        }
    }
}

/// Names with what they are, sorted. A part may have several names.
pub type Parts = BTreeSet<(Part, String)>;

/// What a finding is about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Subject {
    /// The code, with the guard's label for the finding of a guard: `guard-failed/NAME`.
    pub rule: String,
    /// The names of what it is about. Empty for what the whole policy or account is about.
    pub parts: Parts,
}

impl Finding {
    /// The same finding, said to be about one more name.
    #[must_use]
    pub fn about(mut self, part: Part, name: impl Into<String>) -> Self {
        self.about.insert((part, name.into()));
        self
    }

    /// The same finding, said to be about these names too.
    #[must_use]
    pub fn about_all(mut self, parts: impl IntoIterator<Item = (Part, String)>) -> Self {
        self.about.extend(parts);
        self
    }

    /// Its code, with the guard's label for the finding of a guard: `guard-failed/NAME`.
    #[must_use]
    pub fn rule(&self) -> String {
        match self.guard.as_ref().filter(|_| self.code != &UNPROVEN) {
            Some(guard) => format!("{}/{}", self.code.name, guard.escape_debug()),
            None => self.code.name.to_owned(),
        }
    }

    /// What it is about. For a finding that stands for several, that is what the first of them is about.
    #[must_use]
    pub fn subject(&self) -> Subject {
        self.subject_of(&self.about, self.instance.as_deref())
    }

    /// What each finding is about that it stands for, in their order; its own subject, where it stands for itself alone.
    #[must_use]
    pub fn subjects(&self) -> Vec<Subject> {
        if self.occurrences.is_empty() {
            return vec![self.subject()];
        }
        let subject = |it: &Occurrence| self.subject_of(&it.about, it.instance.as_deref());
        self.occurrences.iter().map(subject).collect()
    }

    fn subject_of(&self, about: &Parts, instance: Option<&str>) -> Subject {
        let mut parts = about.clone();
        // What cannot be read or resolved has a meaning only within its block.
        let is_in_block = matches!(self.code.family, Family::Document | Family::Reference);
        if let Some(instance) = instance.filter(|_| is_in_block || parts.is_empty()) {
            parts.insert((Part::Instance, instance.to_owned()));
        }
        if let Some(guard) = self.guard.as_ref().filter(|_| self.code == &UNPROVEN) {
            parts.insert((Part::Guard, guard.to_string()));
        }
        Subject { rule: self.rule(), parts }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::{DANGLING_CALLER, SYNTAX};

    fn parts(subject: &Subject) -> Vec<(Part, &str)> {
        subject.parts.iter().map(|(part, name)| (*part, name.as_str())).collect()
    }

    #[test]
    fn parts_are_sorted_and_named() {
        let mut sorted = Part::ALL;
        sorted.sort();
        assert_eq!(sorted, Part::ALL);
        let names: BTreeSet<_> = Part::ALL.into_iter().map(Part::name).collect();
        assert_eq!(names.len(), Part::ALL.len());
    }

    #[test]
    fn the_block_counts_only_where_nothing_else_is_named_or_in_the_text() {
        let finding = Finding::new(&SYNTAX, None, "x").instance("endpoint.a");
        assert_eq!(parts(&finding.subject()), [(Part::Instance, "endpoint.a")]);
        let caller = Finding::new(&DANGLING_CALLER, None, "x").instance("endpoint.a");
        let caller = caller.about(Part::Caller, "orders");
        assert_eq!(parts(&caller.subject()), [(Part::Instance, "endpoint.a"), (Part::Caller, "orders")]);
        let unproven = Finding::new(&UNPROVEN, None, "x").instance("endpoint.a").about(Part::Endpoint, "a");
        assert_eq!(parts(&unproven.subject()), [(Part::Endpoint, "a")]);
    }
}
