//! `variable` blocks: their attributes. Their values are for the evaluator to settle.

use super::typed::unknown_attribute;
use crate::diagnostic::{Finding, Findings, WRONG_TYPE};
use crate::language::block::BlockType;
use crate::syntax::document::{Block, ExprKind};

/// Checks that a block has no attribute that variables do not have, and that it is described in words.
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
        let message = "`description` is a plain string";
        findings.push(Finding::new(&WRONG_TYPE, description.value.span, message));
    }
}
