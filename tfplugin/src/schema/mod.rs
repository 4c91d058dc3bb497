//! Schemas of configurations and states.
//!
//! Most of the protocol's rules hold by construction; [`Schema::problems`] finds violations of the others.

mod attribute;
mod identity;
mod presence;
mod problems;
mod settable;

pub use attribute::{Attribute, Mode, Nested, Nesting, Shape};
pub use identity::{IdentityAttribute, IdentitySchema};
pub(crate) use presence::missing;
pub(crate) use settable::settable;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD as BASE64;

use crate::value::{self, Type, Value};

/// The schema of a provider, resource or data source.
#[derive(Clone, Debug)]
pub struct Schema {
    /// Incremented when stored states need [`Resource::upgrade`](crate::Resource::upgrade).
    pub version: i64,
    /// Attributes and blocks of the root.
    pub block: Block,
}

/// Attributes and blocks on one level.
#[derive(Clone, Debug)]
pub struct Block {
    /// Markdown.
    pub description: String,
    /// In the order of the docs.
    pub attributes: Vec<Attribute>,
    /// In the order of the docs.
    pub blocks: Vec<NestedBlock>,
}

/// Blocks of one type in another block.
#[derive(Clone, Debug)]
pub struct NestedBlock {
    /// Such as `timeouts`.
    pub name: String,
    /// How often it may occur, and its value: an object, or a list, set or map of objects.
    pub nesting: Nesting,
    /// Its content.
    pub block: Block,
}

impl Schema {
    /// A schema of attributes; `version` starts at 0.
    pub fn new(
        version: i64,
        description: impl Into<String>,
        attributes: impl IntoIterator<Item = Attribute>,
    ) -> Self {
        Self { version, block: Block::new(description, attributes) }
    }

    /// Adds a type of block.
    pub fn block(mut self, block: NestedBlock) -> Self {
        self.block.blocks.push(block);
        self
    }

    /// The type of values by this schema.
    pub fn ty(&self) -> Type {
        self.block.ty()
    }

    /// A state as text, to be stored in private data.
    #[must_use]
    pub fn to_text(&self, state: &Value) -> String {
        BASE64.encode(value::encode(&self.ty(), state))
    }

    /// The state of such a text; `None` when it is not of this schema.
    #[must_use]
    pub fn from_text(&self, text: &str) -> Option<Value> {
        value::decode(&self.ty(), &BASE64.decode(text).ok()?).ok()
    }
}

impl Block {
    /// A block of attributes.
    pub fn new(description: impl Into<String>, attributes: impl IntoIterator<Item = Attribute>) -> Self {
        Self {
            description: description.into(),
            attributes: attributes.into_iter().collect(),
            blocks: Vec::new(),
        }
    }

    /// Adds a type of block.
    pub fn block(mut self, block: NestedBlock) -> Self {
        self.blocks.push(block);
        self
    }

    /// The type of values by this block.
    pub fn ty(&self) -> Type {
        let attributes = self.attributes.iter().map(|attribute| (attribute.name.clone(), attribute.ty()));
        let blocks = self.blocks.iter().map(|block| (block.name.clone(), block.nesting.of(block.block.ty())));
        Type::Object(attributes.chain(blocks).collect())
    }
}

impl NestedBlock {
    /// A block that occurs once or not at all; then it is null.
    pub fn single(name: impl Into<String>, block: Block) -> Self {
        Self { name: name.into(), nesting: Nesting::Single, block }
    }

    /// A block that occurs any number of times, in order.
    pub fn list(name: impl Into<String>, block: Block) -> Self {
        Self { name: name.into(), nesting: Nesting::List, block }
    }

    /// A block that occurs any number of times, in no order.
    pub fn set(name: impl Into<String>, block: Block) -> Self {
        Self { name: name.into(), nesting: Nesting::Set, block }
    }

    /// A block with a label that occurs any number of times.
    pub fn map(name: impl Into<String>, block: Block) -> Self {
        Self { name: name.into(), nesting: Nesting::Map, block }
    }
}
