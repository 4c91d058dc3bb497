//! What can be wrong with a policy: findings, and a descriptor for each kind of them. Knows no other part of the compiler.

mod code;
mod document;
mod example;
mod reference;
pub mod source;
pub mod subject;
mod unproven;
mod value;

pub use code::{Code, Control, Decided, Family};
pub(crate) use document::*;
pub(crate) use example::{
    BARE, PARTIAL, WITH_CALLER, WITH_ENDPOINT, WITH_FAILED_ENDPOINT, WITH_RULE, WITH_UNKNOWN_GRANT,
};
pub use example::{Examples, SURROUNDINGS, readable};
pub(crate) use reference::*;
pub(crate) use unproven::UNPROVEN;
pub(crate) use value::*;

use source::Span;
use std::sync::Arc;
use subject::Parts;

/// How much a finding weighs. Ordered: a note is the least.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Worth knowing; nothing to do.
    Note,
    /// Someone must agree before it is applied. Only a guard that says so gives it.
    Approval,
    /// Probably not what was meant, or could not be decided.
    Warning,
    /// The policy is refused.
    Error,
}

impl Severity {
    /// Whether a rule of this severity holds back less than one of another. A warning is passed over where an approval is waited
    /// for, and an approval is less to a check that fails on warnings: each is weaker than the other.
    #[must_use]
    pub fn is_weaker_than(self, other: Self) -> bool {
        self < other || (self, other) == (Self::Warning, Self::Approval)
    }

    /// The word in reports: `error`, `warning`, `approval` or `note`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Note => "note",
            Self::Approval => "approval",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// Another place that explains a finding.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Related {
    /// Where it is.
    pub span: Span,
    /// What is to be seen there, in a few words.
    pub message: String,
}

/// Why a guard's condition cannot be evaluated for an object. Where that is so for many objects, it is one finding.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Cause {
    /// The guard: `guard.stages`.
    pub guard: String,
    /// Where the evaluation fails.
    pub span: Span,
    /// Why.
    pub message: String,
}

/// One of several findings that are reported as one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Occurrence {
    /// The block instance.
    pub instance: Option<String>,
    /// Where.
    pub span: Option<Span>,
    /// What is wrong with it.
    pub message: String,
    /// What to write instead.
    pub help: Option<String>,
    /// The names of what it is about.
    pub about: Parts,
}

/// One thing that is wrong with a policy, or worth knowing about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Its kind.
    pub code: &'static Code,
    /// How much it weighs.
    pub severity: Severity,
    /// One line, lowercase, no final period.
    pub message: String,
    /// Where the name or value at fault is used; `None` only for what has no place in a file.
    pub span: Option<Span>,
    /// The block instance it is about, such as `endpoint.cart["eu"]`.
    pub instance: Option<String>,
    /// What to write instead.
    pub help: Option<String>,
    /// Where it comes from.
    pub related: Vec<Related>,
    /// Whether the line that it is about is named and not shown.
    pub hides_source: bool,
    /// The label of the guard that it is a finding of.
    pub guard: Option<Arc<str>>,
    /// What it may share with findings about other objects.
    pub cause: Option<Box<Cause>>,
    /// All that it stands for, where it is several with one cause.
    pub occurrences: Vec<Occurrence>,
    /// The names of what it is about: see [`Finding::subject`].
    pub about: Parts,
}

impl Finding {
    /// A finding of `code` at `span`, with the code's own severity.
    pub fn new(code: &'static Code, span: impl Into<Option<Span>>, message: impl Into<String>) -> Self {
        Self {
            code,
            severity: code.severity,
            message: clipped(message.into()),
            span: span.into(),
            instance: None,
            help: None,
            related: Vec::new(),
            hides_source: false,
            guard: None,
            cause: None,
            occurrences: Vec::new(),
            about: Parts::new(),
        }
    }

    /// The same finding, shown without the line that it is about.
    #[must_use]
    pub fn without_source(self) -> Self {
        Self { hides_source: true, ..self }
    }

    /// The same finding with help that says what to write.
    #[must_use]
    pub fn help(self, help: impl Into<String>) -> Self {
        Self { help: Some(cut(help.into(), HELP_MAX)), ..self }
    }

    /// The same finding with one more place that explains it.
    #[must_use]
    pub fn related(mut self, span: impl Into<Option<Span>>, message: impl Into<String>) -> Self {
        if let Some(span) = span.into() {
            self.related.push(Related { span, message: message.into() });
        }
        self
    }

    /// The same finding, said to be about a block instance.
    #[must_use]
    pub fn instance(self, instance: impl Into<String>) -> Self {
        Self { instance: Some(instance.into()), ..self }
    }
}

/// The most characters of a message.
pub const MESSAGE_MAX: usize = 400;

/// Messages quote what people wrote, which may be a name of a million characters.
fn clipped(message: String) -> String {
    // A name in quotes may hold what ends a line.
    if message.contains(['\n', '\r']) {
        return clipped(message.replace('\n', "\\n").replace('\r', "\\r"));
    }
    cut(message, MESSAGE_MAX)
}

/// The most characters of a help.
pub const HELP_MAX: usize = 2_000;

/// The first so many characters of a text.
fn cut(text: String, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((end, _)) => text.get(..end).unwrap_or_default().to_owned() + "…",
        None => text,
    }
}

/// The sink that every stage pushes into.
pub type Findings = Vec<Finding>;
