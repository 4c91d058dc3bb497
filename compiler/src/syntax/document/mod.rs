//! What both front ends lower to: blocks with attributes, and one compact expression form. Nothing here knows
//! which format a block was written in; spans alone lead back to the file.

mod expression;

pub use expression::{
    Access, Binary, Call, Chain, Conditional, Dotted, Expr, ExprKind, For, Item, Key, KeyKind, Part,
    PartKind, Step, StepKind, TemplateFor, TemplateIf, Unary, UnaryKind,
};

use crate::diagnostic::source::{FileId, Span};
use crate::language::block::BlockKind;
use std::collections::BTreeSet;
use std::sync::Arc;

/// A name or string of the document; equal ones share their memory.
pub type Name = Arc<str>;

/// A whole policy: the blocks of all its files.
#[derive(Clone, Debug, Default)]
pub struct Document {
    /// Every block, by file and position; of two with the same identity only the first.
    pub blocks: Vec<Block>,
    /// Every comment, by file and position.
    pub comments: Vec<Comment>,
    /// Whether names may be missing because something could not be read at all: a JSON file with a syntax error, a
    /// file that is too large, a block whose label cannot be made out. What is not declared is then not provably
    /// undeclared, and saying so would follow from another's fault.
    pub incomplete: bool,
    /// The labels and names of blocks of kinds that the language does not have. Their kind is probably misspelt, so that
    /// who refers to them is not at fault.
    pub strays: BTreeSet<Name>,
}

impl Document {
    /// Whether a name that no block declares may still be meant to be declared.
    #[must_use]
    pub fn may_declare(&self, name: &str) -> bool {
        self.incomplete || self.strays.contains(name)
    }

    /// Adds what stands behind all that is here, in parts.
    pub(crate) fn append(&mut self, parts: Vec<Self>) {
        let of = |count: fn(&Self) -> usize| parts.iter().map(count).sum::<usize>();
        let (blocks, comments) = (of(|part| part.blocks.len()), of(|part| part.comments.len()));
        self.blocks.reserve_exact(blocks);
        self.comments.reserve_exact(comments);
        for mut part in parts {
            self.blocks.append(&mut part.blocks);
            self.comments.append(&mut part.comments);
            self.incomplete |= part.incomplete;
            self.strays.append(&mut part.strays);
        }
    }

    /// The comments of one file, in order.
    pub fn comments(&self, file: FileId) -> &[Comment] {
        let start = self.comments.partition_point(|comment| comment.span.file < file);
        let end = self.comments.partition_point(|comment| comment.span.file <= file);
        self.comments.get(start..end).unwrap_or_default()
    }

    /// The blocks of one kind, in order.
    pub fn of_kind(&self, kind: BlockKind) -> impl Iterator<Item = &Block> {
        self.blocks.iter().filter(move |block| block.is(kind))
    }
}

/// One comment with its markers, without the newline that ends a line comment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Comment {
    /// Where it stands.
    pub span: Span,
}

/// One block, such as `endpoint "payments" { … }`.
#[derive(Clone, Debug)]
pub struct Block {
    /// The word that opens it.
    pub kind: Name,
    /// Where that word stands.
    pub kind_span: Span,
    /// The first label.
    pub label: Option<Label>,
    /// Further labels, which no block of the language has.
    pub extra_labels: Vec<Label>,
    /// Its attributes in the order written, each name once.
    pub attributes: Vec<Attribute>,
    /// Blocks inside it, which no block of the language has.
    pub blocks: Vec<Block>,
    /// The header: from the kind to the last label.
    pub span: Span,
    /// From the opening to the closing brace.
    pub body: Span,
    /// Whether it has a syntax error. It still defines its name; its attributes are those read before the error,
    /// and nothing else is to be reported for it.
    pub broken: bool,
}

impl Block {
    /// Its kind; `None` where the language has no such block.
    #[must_use]
    pub fn known_kind(&self) -> Option<BlockKind> {
        BlockKind::from_name(&self.kind)
    }

    /// Whether it is of this kind.
    #[must_use]
    pub fn is(&self, kind: BlockKind) -> bool {
        *self.kind == *kind.name()
    }

    /// The attribute of this name.
    #[must_use]
    pub fn attribute(&self, name: &str) -> Option<&Attribute> {
        self.attributes.iter().find(|attribute| &*attribute.name == name)
    }

    /// The text of the first label; empty without one.
    #[must_use]
    pub fn label_text(&self) -> &str {
        self.label.as_ref().map_or("", |label| &label.text)
    }
}

/// A label of a block: always a plain string.
#[derive(Clone, Debug)]
pub struct Label {
    /// The text, without quotes.
    pub text: Name,
    /// Where it stands, quotes included.
    pub span: Span,
}

/// `name = value`.
#[derive(Clone, Debug)]
pub struct Attribute {
    /// The name.
    pub name: Name,
    /// Where the name stands.
    pub name_span: Span,
    /// The value as written.
    pub value: Expr,
}
