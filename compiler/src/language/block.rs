//! The blocks of the policy language: a table each, with the name, type, requirement and doc of every attribute. Lowering,
//! unknown attributes, the JSON Schema and the docs are derived from the tables.

mod kind;
mod table;

pub use kind::BlockKind;
pub use table::{ACCOUNT, BLOCKS};

use crate::diagnostic::Code;
use schema::backend::Backend;

/// The type of an attribute's value.
#[derive(Clone, Copy, Debug)]
pub enum Type {
    /// Any string.
    Text,
    /// Any value.
    Any,
    /// A type expression, such as `list(string)`.
    TypeExpression,
    /// A map, or a set of strings.
    Instances,
    /// A whole number from 0.
    Count,
    /// `true` or `false`.
    Bool,
    /// `true` or `false`, evaluated for each object of a guard.
    Condition,
    /// A string, evaluated for each object of a guard.
    Message,
    /// One of these words.
    Word(&'static [&'static str]),
    /// A day, `YYYY-MM-DD`.
    Date,
    /// A Namespace: a reference, its name or its full id. The code is for a Namespace that does not exist.
    Namespace(&'static Code),
    /// An Endpoint: a reference or its name.
    Endpoint,
    /// A principal: a reference, or a string with its kind.
    Principal,
    /// A user: a reference, or the e-mail address.
    User,
    /// An object with these attributes.
    Object(&'static [Attribute]),
    /// A list of elements of one type.
    List(&'static Type),
    /// One value of a type, or a list of them.
    OneOrMore(&'static Type),
    /// A map of values of one type.
    Map(&'static Type),
    /// A map from Namespaces to values of one type.
    NamespaceMap(&'static Type),
}

impl Type {
    /// The expected value, as messages describe it.
    #[must_use]
    pub fn expected(self) -> String {
        match self {
            Self::Text => "a string".to_owned(),
            Self::Any => "any value".to_owned(),
            Self::TypeExpression => "a type such as `list(string)`".to_owned(),
            Self::Instances => "a map or a set of strings".to_owned(),
            Self::Count => "a non-negative whole number".to_owned(),
            Self::Bool => "`true` or `false`".to_owned(),
            Self::Condition => "`true` or `false`, for each object".to_owned(),
            Self::Message => "a string, for each object".to_owned(),
            Self::Word(words) => format!("one of {}", quoted(words)),
            Self::Date => "a date such as \"2027-06-30\"".to_owned(),
            Self::Namespace(_) => "a Namespace".to_owned(),
            Self::Endpoint => "an Endpoint".to_owned(),
            Self::Principal => "a principal".to_owned(),
            Self::User => "a user".to_owned(),
            Self::Object(attributes) => format!("an object {{ {} }}", names(attributes)),
            Self::List(of) => format!("a list of {}", of.elements()),
            Self::OneOrMore(of) => format!("{} or a list of {}", of.expected(), of.elements()),
            Self::Map(of) => format!("a map of {}", of.elements()),
            Self::NamespaceMap(of) => format!("a map from Namespaces to {}", of.elements()),
        }
    }

    /// Several values of the type, as messages describe them.
    fn elements(self) -> String {
        match self {
            Self::Text => "strings".to_owned(),
            Self::Word(words) => quoted(words),
            Self::Namespace(_) => "Namespaces".to_owned(),
            Self::Endpoint => "Endpoints".to_owned(),
            Self::Principal => "principals".to_owned(),
            Self::User => "users".to_owned(),
            Self::Object(attributes) => format!("objects {{ {} }}", names(attributes)),
            other => format!("values that are {}", other.expected()),
        }
    }
}

fn names(attributes: &[Attribute]) -> String {
    let names: Vec<_> = attributes.iter().map(|attribute| attribute.name).collect();
    names.join(", ")
}

/// Whether an attribute must be given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Required {
    /// Optional.
    Never,
    /// Required.
    Always,
    /// Required on Temporal Cloud.
    OnCloud,
}

impl Required {
    /// Whether it is required for this backend.
    #[must_use]
    pub fn on(self, backend: Backend) -> bool {
        match self {
            Self::Never => false,
            Self::Always => true,
            Self::OnCloud => backend == Backend::Cloud,
        }
    }
}

/// One attribute of a block or object.
#[derive(Clone, Copy, Debug)]
pub struct Attribute {
    /// Its name.
    pub name: &'static str,
    /// The type of its value.
    pub of: Type,
    /// Whether it must be given.
    pub required: Required,
    /// The one backend that has it; `None` for both.
    pub only: Option<Backend>,
    /// Its documentation.
    pub doc: &'static str,
}

/// One kind of block.
#[derive(Clone, Copy, Debug)]
pub struct BlockType {
    /// Which kind.
    pub kind: BlockKind,
    /// The one backend that has it; `None` for both.
    pub only: Option<Backend>,
    /// Its attributes.
    pub attributes: &'static [Attribute],
    /// Its documentation.
    pub doc: &'static str,
}

impl BlockType {
    /// Its attribute of this name.
    #[must_use]
    pub fn attribute(&self, name: &str) -> Option<&'static Attribute> {
        self.attributes.iter().find(|attribute| attribute.name == name)
    }

    /// Whether `for_each` makes instances of it: any labelled block but `variable` and `test`.
    #[must_use]
    pub fn expands(&self) -> bool {
        self.attribute("for_each").is_some()
    }
}

/// A list of words for messages: `a`, `b` or `c`.
#[must_use]
pub fn quoted(words: &[&str]) -> String {
    let quoted: Vec<_> = words.iter().map(|word| format!("`{word}`")).collect();
    match quoted.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} or {last}", rest.join(", ")),
        _ => quoted.concat(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    fn each_object(attributes: &'static [Attribute], visit: &mut impl FnMut(&'static [Attribute])) {
        visit(attributes);
        for attribute in attributes {
            if let Type::Object(inner) | Type::List(&Type::Object(inner)) = attribute.of {
                each_object(inner, visit);
            }
        }
    }

    #[test]
    fn attributes_are_unique_and_documented_in_sentences() {
        for block in BLOCKS {
            each_object(block.attributes, &mut |attributes| {
                let names: BTreeSet<_> = attributes.iter().map(|attribute| attribute.name).collect();
                assert_eq!(names.len(), attributes.len(), "{}", block.kind);
                assert!(attributes.iter().all(|attribute| attribute.doc.ends_with('.')), "{}", block.kind);
            });
        }
    }

    #[test]
    fn joins_words_with_commas_and_or() {
        assert_eq!(quoted(&["a"]), "`a`");
        assert_eq!(quoted(&["a", "b", "c"]), "`a`, `b` or `c`");
    }
}
