//! The attributes of `variable` blocks; the evaluator computes their values.

use super::typed::unknown_attribute;
use crate::diagnostic::{Finding, Findings, WRONG_TYPE};
use crate::language::block::BlockType;
use crate::syntax::document::{Block, ExprKind};

/// Checks for unknown attributes and that `description` must be a plain string.
pub fn check(block: &Block, table: &BlockType, findings: &mut Findings) {
    for attribute in &block.attributes {
        if table.attribute(&attribute.name).is_none() {
            let at = attribute.name_span.into();
            findings.push(unknown_attribute(&attribute.name, at, table.attributes, "variable"));
        }
    }
    if let Some(description) = block.attribute("description")
        && !matches!(description.value.kind, ExprKind::String(_) | ExprKind::Null)
    {
        let message = "`description` must be a plain string";
        findings.push(Finding::new(&WRONG_TYPE, description.value.span, message));
    }
}
