//! What kind of finding something is: one static descriptor for each code, next to what finds it.

use super::{Examples, Severity};
use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};

/// The kind of a finding, with its documentation. Names are unique and never reused for another meaning.
///
/// The descriptor of a code that one check finds is in the file of that check; those of reading a policy are in
/// `document.rs`, `value.rs`, `reference.rs` and `unproven.rs`. The table in `check/mod.rs` lists all of them.
#[derive(Clone, Copy)]
pub struct Code {
    /// The kebab-case name in reports.
    pub name: &'static str,
    /// The severity of its findings unless the policy sets another.
    pub severity: Severity,
    /// What it is about.
    pub family: Family,
    /// What a policy may do about its findings.
    pub control: Control,
    /// Which runs report all its findings.
    pub decided: Decided,
    /// One sentence that says what a finding means.
    pub meaning: &'static str,
    /// Why that is a problem, and what to do about it.
    pub explanation: &'static str,
    /// A policy that is reported, and one that is not.
    pub examples: Examples,
}

/// What a code is about, in the order of the docs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Family {
    /// The text of the policy itself.
    Document,
    /// A reference to something that does not exist.
    Reference,
    /// What the applying identity is not permitted to do.
    Permission,
    /// Documented or given limits.
    Limit,
    /// Private connectivity.
    Privatelink,
    /// The policy compared with the account.
    Facts,
    /// The rules that the policy itself states.
    Demand,
    /// What is allowed but looks wrong.
    Lint,
}

/// What a policy may do about the findings of a code. Each variant allows what the one before it does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Control {
    /// Nothing.
    Fixed,
    /// `lint` may make them errors. They are never less than warnings.
    Raisable,
    /// `lint` may set any severity, or turn them off.
    Configurable,
    /// A `nexusc:ignore` comment may silence them as well.
    Silenceable,
}

/// Which runs report all findings of a code. Only after such a run is a suppression of it known to be unused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decided {
    /// Every run.
    Always,
    /// Those with the account's facts, which alone show it or decide what is undeclared.
    WithFacts,
    /// Those without the account's facts, which can only rule findings out.
    WithoutFacts,
    /// Those of a policy without guards on changes, which only a plan or a difference evaluates.
    WithoutChangeGuards,
}

impl Code {
    /// Whether `lint` may change the severity of its findings.
    #[must_use]
    pub fn may_change(&self) -> bool {
        self.control > Control::Fixed
    }

    /// Whether a comment may silence its findings.
    #[must_use]
    pub fn may_silence(&self) -> bool {
        self.control == Control::Silenceable
    }
}

impl PartialEq for Code {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for Code {}

/// By family, then by name.
impl Ord for Code {
    fn cmp(&self, other: &Self) -> Ordering {
        (self.family, self.name).cmp(&(other.family, other.name))
    }
}

impl PartialOrd for Code {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Hash for Code {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.name.hash(state);
    }
}

impl fmt::Display for Code {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.name)
    }
}

/// The name alone: findings are printed when tests fail, and a page of examples would hide them.
impl fmt::Debug for Code {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.name)
    }
}
