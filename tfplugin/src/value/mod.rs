//! Terraform's values: what configurations, states and plans are made of.

mod conform;
mod decode;
mod encode;
mod json;
mod number;
mod set;
mod ty;

use std::collections::BTreeMap;

use unicode_normalization::UnicodeNormalization;

pub use conform::Mismatch;
pub use decode::{DecodeError, decode};
pub use encode::encode;
pub use number::{Number, NumberError};
pub use set::Set;
pub use ty::Type;

use crate::path::{Path, Step};

static NULL: Value = Value::Null;

/// A value, which may be unknown.
///
/// Terraform's strings are Unicode NFC; build strings with `Value::from`, which normalizes them, so that values that
/// are equal in Terraform are equal here.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Value {
    /// Not set.
    #[default]
    Null,
    /// Known after apply.
    Unknown,
    /// A truth value.
    Bool(bool),
    /// A number of any size.
    Number(Number),
    /// A string.
    String(String),
    /// Elements in order, of one type.
    List(Vec<Value>),
    /// Elements without order or duplicates, of one type.
    Set(Set),
    /// Elements in order, each of its own type.
    Tuple(Vec<Value>),
    /// Elements of one type by key.
    Map(BTreeMap<String, Value>),
    /// Attributes, each of its own type, by name.
    Object(BTreeMap<String, Value>),
    /// A value with its own type.
    Dynamic(Box<Dynamic>),
}

/// The content of [`Value::Dynamic`].
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Dynamic {
    /// The type that was chosen; never `Type::Dynamic` itself.
    pub ty: Type,
    /// A value of it.
    pub value: Value,
}

impl Value {
    /// An object of these attributes. Missing attributes of its type are null.
    pub fn object<K: Into<String>>(attributes: impl IntoIterator<Item = (K, Value)>) -> Self {
        Self::Object(attributes.into_iter().map(|(name, value)| (name.into(), value)).collect())
    }

    /// A map of these elements.
    pub fn map<K: AsRef<str>, V: Into<Value>>(elements: impl IntoIterator<Item = (K, V)>) -> Self {
        Self::Map(elements.into_iter().map(|(key, value)| (nfc(key.as_ref()), value.into())).collect())
    }

    /// A list of these elements.
    pub fn list<V: Into<Value>>(elements: impl IntoIterator<Item = V>) -> Self {
        Self::List(elements.into_iter().map(Into::into).collect())
    }

    /// A set of these elements, in any order.
    pub fn set<V: Into<Value>>(elements: impl IntoIterator<Item = V>) -> Self {
        Self::Set(Set::new(elements.into_iter().map(Into::into)))
    }

    /// Whether it is null.
    pub fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    /// Whether it is itself unknown; parts of a known value may be.
    pub fn is_unknown(&self) -> bool {
        matches!(self, Self::Unknown)
    }

    /// Whether it contains no unknown values. Null is known.
    pub fn is_wholly_known(&self) -> bool {
        match self {
            Self::Unknown => false,
            Self::Dynamic(dynamic) => dynamic.value.is_wholly_known(),
            Self::Map(entries) | Self::Object(entries) => entries.values().all(Self::is_wholly_known),
            _ => self.elements().iter().all(Self::is_wholly_known),
        }
    }

    /// The truth value, if it is a known one.
    pub fn as_bool(&self) -> Option<bool> {
        if let Self::Bool(value) = self { Some(*value) } else { None }
    }

    /// The number, if it is a known one.
    pub fn as_number(&self) -> Option<&Number> {
        if let Self::Number(number) = self { Some(number) } else { None }
    }

    /// The text, if it is a known one.
    pub fn as_str(&self) -> Option<&str> {
        if let Self::String(text) = self { Some(text) } else { None }
    }

    /// The elements of a list, set or tuple; empty for everything else.
    pub fn elements(&self) -> &[Value] {
        match self {
            Self::List(elements) | Self::Tuple(elements) => elements,
            Self::Set(set) => set.elements(),
            _ => &[],
        }
    }

    /// The known texts among the elements of a list, set or tuple.
    pub fn strings(&self) -> impl Iterator<Item = &str> {
        self.elements().iter().filter_map(Self::as_str)
    }

    /// The entries of a map or an object.
    pub fn entries(&self) -> Option<&BTreeMap<String, Value>> {
        match self {
            Self::Map(entries) | Self::Object(entries) => Some(entries),
            _ => None,
        }
    }

    /// The attribute of an object or element of a map; null if there is none, unknown in an unknown value.
    pub fn get(&self, name: &str) -> &Value {
        match self {
            Self::Unknown => self,
            Self::Dynamic(dynamic) => dynamic.value.get(name),
            _ => self.entries().and_then(|entries| entries.get(name)).unwrap_or(&NULL),
        }
    }

    /// The value at a path; null if there is none, unknown in an unknown value.
    pub fn at(&self, path: &Path) -> &Value {
        path.steps().iter().fold(self, |value, step| match step {
            Step::Attribute(name) | Step::Key(name) => value.get(name),
            Step::Index(_) if value.is_unknown() => value,
            Step::Index(index) => {
                usize::try_from(*index).ok().and_then(|index| value.elements().get(index)).unwrap_or(&NULL)
            }
        })
    }

    /// Sets an attribute of an object. Other values are returned unchanged.
    pub fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        if let Self::Object(attributes) = &mut self {
            attributes.insert(name.to_owned(), value.into());
        }
        self
    }

    /// The kind of value, for messages that must not show the value.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Unknown => "an unknown value",
            Self::Bool(_) => "a bool",
            Self::Number(_) => "a number",
            Self::String(_) => "a string",
            Self::List(_) => "a list",
            Self::Set(_) => "a set",
            Self::Tuple(_) => "a tuple",
            Self::Map(_) => "a map",
            Self::Object(_) => "an object",
            Self::Dynamic(_) => "a dynamic value",
        }
    }
}

/// A string in Unicode NFC.
pub(crate) fn nfc(text: &str) -> String {
    if text.is_ascii() { text.to_owned() } else { text.nfc().collect() }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::String(nfc(text))
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        if text.is_ascii() { Self::String(text) } else { Self::from(text.as_str()) }
    }
}

impl From<&String> for Value {
    fn from(text: &String) -> Self {
        Self::from(text.as_str())
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<Number> for Value {
    fn from(number: Number) -> Self {
        Self::Number(number)
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Number(number.into())
    }
}

impl From<i32> for Value {
    fn from(number: i32) -> Self {
        Self::Number(i64::from(number).into())
    }
}

impl From<u64> for Value {
    fn from(number: u64) -> Self {
        Self::Number(number.into())
    }
}

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

#[cfg(test)]
pub(crate) mod tests;
