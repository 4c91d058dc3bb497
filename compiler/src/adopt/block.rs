//! The generated blocks, before they are written as HCL or JSON.

use crate::evaluate::Reference;

/// A block, or a remark between blocks.
#[derive(Clone, Debug)]
pub enum Part {
    /// A block.
    Block(Block),
    /// A remark on what is left out, in one line.
    Remark(String),
}

/// A block.
#[derive(Clone, Debug)]
pub struct Block {
    /// Its kind.
    pub kind: &'static str,
    /// Its label.
    pub label: Option<String>,
    /// Remarks on it, each in one line.
    pub remarks: Vec<String>,
    /// Its attributes, in order.
    pub attributes: Vec<(&'static str, Value)>,
}

/// The value of an attribute.
#[derive(Clone, Debug)]
pub enum Value {
    /// A string.
    Text(String),
    /// A whole number.
    Count(usize),
    /// `true`.
    Yes,
    /// A reference to a declared object, and its name.
    Declared(Reference, String),
    /// A list.
    List(Vec<Value>),
    /// An object or map, in order.
    Object(Vec<(String, Value)>),
}

impl Block {
    /// A block without attributes.
    pub(super) fn new(kind: &'static str, label: Option<String>) -> Self {
        Self { kind, label, remarks: Vec::new(), attributes: Vec::new() }
    }

    /// Adds an attribute.
    pub(super) fn with(mut self, name: &'static str, value: Value) -> Self {
        self.attributes.push((name, value));
        self
    }

    /// Adds an attribute if there is a value for it.
    pub(super) fn with_any(self, name: &'static str, value: Option<Value>) -> Self {
        match value {
            Some(value) => self.with(name, value),
            None => self,
        }
    }

    /// Adds a remark.
    pub(super) fn remark(mut self, remark: impl Into<String>) -> Self {
        self.remarks.push(remark.into());
        self
    }
}

impl Value {
    /// A string.
    pub(super) fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    /// A list of strings; `None` if empty.
    pub(super) fn texts<'t>(texts: impl Iterator<Item = &'t str>) -> Option<Self> {
        let texts: Vec<_> = texts.map(Self::text).collect();
        (!texts.is_empty()).then_some(Self::List(texts))
    }
}
