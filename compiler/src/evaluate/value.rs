//! Values, each with the place that it comes from.

use crate::document::Name;
use crate::number::Number;
use schema::source::Span;
use std::fmt;
use std::sync::Arc;

/// A value and where it was written.
#[derive(Clone, Debug)]
pub struct Value {
    /// The expression that gave it.
    pub span: Span,
    /// What it is.
    pub kind: ValueKind,
}

impl Value {
    /// What stands where evaluation was reported to have no value.
    #[must_use]
    pub fn failed(span: Span) -> Self {
        Self { span, kind: ValueKind::Failed }
    }

    /// Whether it, or anything in it, failed and was reported.
    #[must_use]
    pub fn has_failed(&self) -> bool {
        match &self.kind {
            ValueKind::Failed => true,
            ValueKind::List(elements) => elements.iter().any(Self::has_failed),
            ValueKind::Object(members) => members.iter().any(|member| member.value.has_failed()),
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
            ValueKind::Object(members) => members.iter().find(|member| &*member.key == key),
            _ => None,
        }
    }
}

/// The kinds of values.
#[derive(Clone, Debug)]
pub enum ValueKind {
    /// `null`: left out.
    Null,
    /// A truth value.
    Bool(bool),
    /// An exact decimal number.
    Number(Number),
    /// A string.
    String(Arc<str>),
    /// A list.
    List(Vec<Value>),
    /// An object or map, in the order written, each key once.
    Object(Vec<Member>),
    /// A block that is referred to. Whether it is declared is for whoever expects it to say.
    Reference(Reference),
    /// No value, and a finding that says why: whoever meets it stays silent.
    Failed,
}

impl ValueKind {
    /// What messages call it, with its article.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "a bool",
            Self::Number(_) => "a number",
            Self::String(_) => "a string",
            Self::List(_) => "a list",
            Self::Object(_) => "an object",
            Self::Reference(_) => "a reference",
            Self::Failed => "no value",
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
    pub reference: Option<Reference>,
    /// The value.
    pub value: Value,
}

/// A block that is referred to, such as `namespace.payments`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Reference {
    /// The kind of block.
    pub kind: Name,
    /// Its label; where none is declared under what was written, what was written.
    pub label: Name,
    /// The `for_each` key of the instance.
    pub key: Option<Arc<str>>,
}

impl fmt::Display for Reference {
    /// As it is written: `namespace.payments`, `user["ana@acme.example"]`, `endpoint.cart["eu"]`.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        if crate::syntax::is_identifier(&self.label) {
            write!(out, "{}.{}", self.kind, self.label)?;
        } else {
            write!(out, "{}[{:?}]", self.kind, self.label)?;
        }
        self.key.iter().try_for_each(|key| write!(out, "[{key:?}]"))
    }
}
