//! What people and programs read: findings, plans, access. Everything here returns text; nothing prints.

mod access;
mod findings;
mod plan;

pub use access::access_table;
pub use findings::{findings_json, findings_text, summary};
pub use plan::{connectivity_totals, plan_text, totals};

/// Whether text carries colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Colour {
    /// For terminals.
    Ansi,
    /// For files, pipes and tests.
    None,
}

/// `1 error`, `2 errors`.
#[must_use]
pub fn counted(count: usize, what: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {what}{plural}")
}
