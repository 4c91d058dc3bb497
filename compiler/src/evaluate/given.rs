//! Input values of variables.

use crate::diagnostic::source::Span;
use crate::syntax::document::{Expr, Name};
use std::collections::BTreeMap;

/// The input values, by variable.
pub type Given = BTreeMap<String, GivenValue>;

/// An input value of a variable.
#[derive(Clone, Debug)]
pub enum GivenValue {
    /// Text of a command line or of the environment. Where the variable's type is a string, a number or a bool, or
    /// none, the text is the value; else it is the text of `expr`, which is `None` where that cannot be read.
    Text {
        /// The text.
        text: Name,
        /// Where it stands: a source of its own.
        span: Span,
        /// The expression that the text is, or why it is none.
        expr: Result<Expr, Box<crate::diagnostic::Finding>>,
    },
    /// An expression of a variable file.
    Expr(Expr),
}
