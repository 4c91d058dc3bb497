//! The syntax tree of both front ends: blocks with attributes, and a compact expression form. It is independent of the format;
//! only spans refer to the file.

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
    /// Every block, by file and position; without duplicates.
    pub blocks: Vec<Block>,
    /// Every comment, by file and position.
    pub comments: Vec<Comment>,
    /// Whether names may be missing because something could not be read: a JSON file with a syntax error, a file that is too
    /// large, a block whose label is invalid. An undeclared name is then not reported, because that may be a consequential
    /// error.
    pub incomplete: bool,
    /// Whether there are `account` blocks in several files, so that the files are those of several policies.
    pub is_several: bool,
    /// The labels and names of blocks of unknown kinds. Their kind is probably misspelt, so references to them are not
    /// reported.
    pub strays: BTreeSet<Name>,
}

impl Document {
    /// Whether an undeclared name may be declared by something that could not be read.
    #[must_use]
    pub fn may_declare(&self, name: &str) -> bool {
        self.incomplete || self.strays.contains(name)
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
    /// Its location.
    pub span: Span,
}

/// One block, such as `endpoint "payments" { … }`.
#[derive(Clone, Debug)]
pub struct Block {
    /// Its kind as written.
    pub kind: Name,
    /// The location of the kind.
    pub kind_span: Span,
    /// The first label.
    pub label: Option<Label>,
    /// Further labels; only `removed` has one.
    pub extra_labels: Vec<Label>,
    /// Its attributes in the order written, each name once.
    pub attributes: Vec<Attribute>,
    /// Nested blocks, which no kind of block has.
    pub blocks: Vec<Block>,
    /// The header: from the kind to the last label.
    pub span: Span,
    /// From the opening to the closing brace.
    pub body: Span,
    /// Whether it has a syntax error. It still declares its name; its attributes are those before the error, and no other
    /// finding is reported for it.
    pub broken: bool,
}

impl Block {
    /// Its kind; `None` if unknown.
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

    /// The text of the second label, of a kind that has two.
    #[must_use]
    pub fn second_label(&self) -> Option<&Label> {
        self.extra_labels.first().filter(|_| self.known_kind().is_some_and(|kind| kind.labels().len() == 2))
    }

    /// Its kind and labels as they are written, such as `endpoint "payments"`.
    #[must_use]
    pub fn header(&self) -> String {
        let labels = self.label.iter().chain(self.second_label());
        let labels = labels.map(|label| format!(" \"{}\"", label.text.escape_debug()));
        std::iter::once(self.kind.to_string()).chain(labels).collect()
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
    /// Its location, including quotes.
    pub span: Span,
}

/// `name = value`.
#[derive(Clone, Debug)]
pub struct Attribute {
    /// The name.
    pub name: Name,
    /// The location of the name.
    pub name_span: Span,
    /// The value as written.
    pub value: Expr,
}
