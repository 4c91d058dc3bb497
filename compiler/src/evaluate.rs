//! From expressions to values. Evaluation cannot fail: it gives a value and pushes findings, and [`ValueKind::Failed`]
//! stands for what was reported already.

mod value;

pub use value::{Member, Reference, Value, ValueKind};

use crate::document::{Block, Document, Expr};
use schema::diagnostic::Findings;

/// Evaluates the expressions of one document.
pub struct Evaluator<'d> {
    document: &'d Document,
}

impl<'d> Evaluator<'d> {
    /// An evaluator for the expressions of `document`.
    #[must_use]
    pub fn new(document: &'d Document) -> Self {
        Self { document }
    }

    /// The value of an expression of the document.
    pub fn value(&self, expr: &Expr, _findings: &mut Findings) -> Value {
        Value::failed(expr.span)
    }

    /// The block of this kind with this label, or else with this name.
    #[must_use]
    pub fn declared(&self, kind: &str, label: &str) -> Option<&'d Block> {
        self.document.of_kind(kind).find(|block| block.label_text() == label)
    }
}
