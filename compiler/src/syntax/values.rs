//! Parses text other than policies: values of variables, from a command line and from variable files, and types in strings.

use super::names::Names;
use super::{Language, hcl, json};
use crate::diagnostic::source::{FileId, SourceFile, Span};
use crate::diagnostic::{Finding, Findings};
use crate::syntax::document::{Attribute, Expr};

/// The attributes of a variable file: `name = value` lines, or a JSON object, whose strings are not templates. A syntax error
/// is a finding, and what follows it is not parsed.
#[must_use]
pub fn parse_values(file: FileId, source: &SourceFile, findings: &mut Findings) -> Vec<Attribute> {
    let parse = match Language::of_path(source.path()) {
        Language::Hcl => hcl::parse_values,
        Language::Json => json::parse_values,
    };
    parse(file, source.text(), &mut Names::of(source.text().len()), findings)
}

/// Parses a text as one expression. `span` is its location in a file.
///
/// # Errors
/// When it is not one expression.
pub fn parse_expression(span: Span, text: &str) -> Result<Expr, Box<Finding>> {
    hcl::parse_expression(span, text, &mut Names::of(text.len()))
}
