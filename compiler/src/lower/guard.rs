//! `guard` blocks.

use super::fields::Fields;
use super::instance::Instance;
use crate::diagnostic::Severity;
use crate::policy::{DeclaredGuard, Guarded};

/// Lowers one block; `None` if `each` is invalid. Its condition and message are kept as expressions, to be evaluated for
/// each object.
pub fn lower(block: &Instance, fields: &Fields) -> Option<DeclaredGuard> {
    let guarded = Guarded::from_name(fields.text("each")?.0)?;
    let severity = match fields.text("severity").map(|(severity, _)| &**severity) {
        Some("warning") => Severity::Warning,
        Some("approval") => Severity::Approval,
        _ => Severity::Error,
    };
    Some(DeclaredGuard {
        span: block.span,
        instance: block.name(),
        guarded,
        condition: block.attribute("condition")?.value.clone(),
        message: block.attribute("message")?.value.clone(),
        severity,
        each: block.each.cloned(),
    })
}
