//! Text that is not a policy: values for variables, on a command line and in files of their own, and types in strings.

use super::names::Names;
use super::{Language, hcl, json};
use crate::diagnostic::source::{FileId, SourceFile, Span};
use crate::diagnostic::{Finding, Findings};
use crate::syntax::document::{Attribute, Expr};

/// The attributes of a file of values: `name = value` lines, or an object in JSON, whose strings are no templates.
/// What is wrong with its syntax is a finding, and costs what follows it.
#[must_use]
pub fn parse_values(file: FileId, source: &SourceFile, findings: &mut Findings) -> Vec<Attribute> {
    let parse = match Language::of_path(source.path()) {
        Language::Hcl => hcl::parse_values,
        Language::Json => json::parse_values,
    };
    parse(file, source.text(), &mut Names::of(source.text().len()), findings)
}

/// The one expression that a text is. It stands in a file at `span`, whose first byte is that of the text.
///
/// # Errors
/// When it is none, or more than one.
pub fn parse_expression(span: Span, text: &str) -> Result<Expr, Box<Finding>> {
    hcl::parse_expression(span, text, &mut Names::of(text.len()))
}
