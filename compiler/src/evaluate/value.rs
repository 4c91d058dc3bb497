//! Values with their locations.

use super::{List, Object, Type};
use crate::diagnostic::source::Span;
use crate::diagnostic::{Code, Finding};
use crate::language::block::BlockKind;
use crate::language::number::Number;
use crate::language::text::normalized;
use crate::syntax::document::Name;
use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

/// A value and where it was written.
#[derive(Clone, Debug)]
pub struct Value {
    /// The expression that it is the value of.
    pub span: Span,
    /// Where it was written, if the expression only passes it on, such as `local.callers`.
    pub from: Option<Span>,
    /// The value.
    pub kind: ValueKind,
}

impl Value {
    /// A value written at `span`.
    #[must_use]
    pub fn new(span: Span, kind: ValueKind) -> Self {
        Self { span, from: None, kind }
    }

    /// A failed value, whose error was reported.
    #[must_use]
    pub fn failed(span: Span) -> Self {
        Self::new(span, ValueKind::Failed)
    }

    /// The same value, passed on by the expression at `span`.
    #[must_use]
    pub fn passed_on(&self, span: Span) -> Self {
        Self { span, from: Some(self.written()), kind: self.kind.clone() }
    }

    /// The same value as the expression at `span` gives it: passed on, unless it was written in there.
    #[must_use]
    pub fn given_by(&self, span: Span) -> Self {
        if contains(span, self.written()) { self.clone() } else { self.passed_on(span) }
    }

    /// Where it was written.
    #[must_use]
    pub fn written(&self) -> Span {
        self.from.unwrap_or(self.span)
    }

    /// The location for a finding about it, seen from the expression at `within`.
    #[must_use]
    pub fn place(&self, within: Span) -> Origin {
        Origin::of(self.span, self.from, within)
    }

    /// Whether it, or any value in it, failed.
    #[must_use]
    pub fn has_failed(&self) -> bool {
        match &self.kind {
            ValueKind::Failed => true,
            ValueKind::List(list) => list.has_failed(),
            ValueKind::Object(object) => object.has_failed(),
            _ => false,
        }
    }

    /// The text of a string.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        match &self.kind {
            ValueKind::String(text) => Some(text),
            _ => None,
        }
    }

    /// The member of an object with this key.
    #[must_use]
    pub fn member(&self, key: &str) -> Option<&Member> {
        match &self.kind {
            ValueKind::Object(object) => object.member(key, None),
            _ => None,
        }
    }

    /// The number of values in it, including itself.
    #[must_use]
    pub fn weight(&self) -> usize {
        match &self.kind {
            ValueKind::List(list) => list.weight(),
            ValueKind::Object(object) => object.weight(),
            _ => 1,
        }
    }

    /// The bytes of all strings and keys in it.
    #[must_use]
    pub fn bytes(&self) -> usize {
        match &self.kind {
            ValueKind::String(text) => text.len(),
            ValueKind::List(list) => list.iter().map(Self::bytes).sum(),
            ValueKind::Object(object) => {
                object.iter().map(|member| member.key.len().saturating_add(member.value.bytes())).sum()
            }
            _ => 0,
        }
    }
}

/// Where a value is used, and where it was written if elsewhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Origin {
    /// Where it is used.
    pub span: Span,
    /// Where it was written, if elsewhere.
    pub from: Option<Span>,
}

impl Origin {
    /// The origin of a value at `span` that was written at `from`, seen from the expression at `within`: a value written in
    /// that expression is used where it was written.
    #[must_use]
    pub fn of(span: Span, from: Option<Span>, within: Span) -> Self {
        let written = from.unwrap_or(span);
        if contains(within, written) {
            return Self { span: written, from: None };
        }
        Self { span: if contains(within, span) { span } else { within }, from: Some(written) }
    }

    /// A finding here, with a related location where the value was written.
    #[must_use]
    pub fn finding(self, code: &'static Code, message: impl Into<String>) -> Finding {
        Finding::new(code, self.span, message).related(self.from, ORIGIN)
    }
}

/// The label of the location where a value was written.
pub const ORIGIN: &str = "written here";

impl From<Span> for Origin {
    fn from(span: Span) -> Self {
        Self { span, from: None }
    }
}

pub(super) fn contains(outer: Span, inner: Span) -> bool {
    outer.file == inner.file && outer.start <= inner.start && inner.end <= outer.end
}

/// The kinds of values.
#[derive(Clone, Debug)]
pub enum ValueKind {
    /// `null`: omitted.
    Null(NullType),
    /// A bool.
    Bool(bool),
    /// An exact decimal number.
    Number(Number),
    /// A string.
    String(Arc<str>),
    /// A list, tuple or set.
    List(List),
    /// An object or map, each key once.
    Object(Object),
    /// A reference to a block, which may be undeclared.
    Reference(Arc<Reference>),
    /// No value, because of an error that was reported.
    Failed,
}

/// What is known of the type of a null.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NullType {
    /// Nothing, or that it is no sequence.
    Other,
    /// A list, set or tuple: a splat of one has no value.
    Sequence,
}

impl NullType {
    /// That of a null of this type.
    pub(super) fn of(of: &Type) -> Self {
        match of {
            Type::List(_) | Type::Set(_) | Type::Tuple(_) => Self::Sequence,
            _ => Self::Other,
        }
    }

    /// That of a null which has to have the type of this value.
    pub(super) fn like(other: &ValueKind) -> Self {
        match other {
            ValueKind::List(_) => Self::Sequence,
            ValueKind::Null(of) => *of,
            _ => Self::Other,
        }
    }
}

impl ValueKind {
    /// A null whose type is not known.
    pub const NULL: Self = Self::Null(NullType::Other);

    /// Its name in messages, with an article.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Null(_) => "null",
            Self::Bool(_) => "a bool",
            Self::Number(_) => "a number",
            Self::String(_) => "a string",
            Self::List(list) if list.is_set() => "a set",
            Self::List(_) => "a list",
            Self::Object(object) if object.is_map() => "a map",
            Self::Object(_) => "an object",
            Self::Reference(_) => "a reference",
            Self::Failed => "no value",
        }
    }

    /// A string, in Unicode's normalization form C.
    #[must_use]
    pub fn text(text: impl Into<Arc<str>>) -> Self {
        let text = text.into();
        match normalized(&text) {
            Cow::Borrowed(_) => Self::String(text),
            Cow::Owned(normalized) => Self::String(normalized.into()),
        }
    }
}

/// One item of an object.
#[derive(Clone, Debug)]
pub struct Member {
    /// The key; for a reference, the reference as it is written (`namespace.payments`).
    pub key: Arc<str>,
    /// Where the key stands.
    pub key_span: Span,
    /// The block, where the key was written as a reference.
    pub reference: Option<Arc<Reference>>,
    /// The value.
    pub value: Value,
}

/// A reference to a block, such as `namespace.payments`; also the name of a block instance in reports.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Reference {
    /// The kind of block.
    pub kind: BlockKind,
    /// Its label, or the name as written if no block has that label.
    pub label: Name,
    /// The `for_each` key of the instance.
    pub key: Option<Arc<str>>,
}

impl From<&Reference> for String {
    fn from(reference: &Reference) -> Self {
        reference.to_string()
    }
}

impl fmt::Display for Reference {
    /// As it is written: `namespace.payments`, `user["ana@acme.example"]`, `endpoint.cart["eu"]`.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.kind.is_labelled() {
            write!(out, "{}", self.kind)?;
        } else if crate::syntax::is_identifier(&self.label) {
            write!(out, "{}.{}", self.kind, self.label)?;
        } else {
            write!(out, "{}[{:?}]", self.kind, self.label)?;
        }
        self.key.iter().try_for_each(|key| write!(out, "[{key:?}]"))
    }
}
