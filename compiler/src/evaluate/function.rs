//! Function calls.

use super::{Evaluation, ValueKind};
use crate::document::Call;
use crate::suggest;
use schema::diagnostic::{Code, Finding};
use schema::source::Span;

/// The functions of the language, under their Terraform names.
const FUNCTIONS: &[&str] = &[
    "alltrue",
    "anytrue",
    "can",
    "coalesce",
    "compact",
    "concat",
    "contains",
    "distinct",
    "element",
    "endswith",
    "flatten",
    "format",
    "formatlist",
    "join",
    "keys",
    "length",
    "lookup",
    "lower",
    "max",
    "merge",
    "min",
    "one",
    "range",
    "regex",
    "replace",
    "reverse",
    "setintersection",
    "setproduct",
    "setsubtract",
    "setunion",
    "sort",
    "split",
    "startswith",
    "substr",
    "tolist",
    "tomap",
    "tonumber",
    "toset",
    "tostring",
    "trimprefix",
    "trimspace",
    "trimsuffix",
    "try",
    "upper",
    "values",
    "zipmap",
];

impl Evaluation<'_, '_> {
    pub(super) fn call(&mut self, call: &Call, span: Span) -> ValueKind {
        let name = &*call.name;
        if FUNCTIONS.contains(&name) {
            return self.unsupported(span, &format!("the function `{name}`"));
        }
        let finding =
            Finding::new(Code::Evaluation, call.name_span, format!("there is no function `{name}`"));
        let close = suggest::closest(name, FUNCTIONS.iter().copied());
        self.fail_name(match close {
            Some(close) => finding.help(format!("did you mean `{close}`?")),
            None => finding,
        })
    }
}
