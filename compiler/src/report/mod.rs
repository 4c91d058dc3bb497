//! Output formats of findings, plans and access. Everything here returns text; nothing prints.

mod access;
mod calls;
mod difference;
mod findings;
mod graph;
mod plan;
pub mod review;
mod rules;
mod run;
pub mod service;
mod tested;

pub use access::{access_table, account_table, matrix_table};
pub use difference::{difference_json, difference_schema, difference_text};
pub use findings::{
    FindingsReport, SHOWN_LINE_MAX, SHOWN_MOST, TEXT_MOST, findings_json, findings_schema, findings_text,
    summary,
};
pub use graph::{Detail, MERMAID_MOST, dot, mermaid};
pub use plan::{connectivity_text, connectivity_totals, nothing_applied, plan_text, totals};
pub use rules::rules_text;
pub use run::{Audience, Contents, FORMATS, Format, FormatOptions, Rendered, RunReport};
pub use tested::{Tested, tested_json, tested_schema, tested_text, tested_totals};

use crate::json;
pub use printable::{printable, printable_block, printable_line};
use serde::Serialize;

/// Whether text is coloured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Colour {
    /// For terminals.
    Ansi,
    /// For files, pipes and tests.
    None,
}

/// The text padded with spaces to a width in characters. The width of a format string, such as `{name:width$}`, panics
/// above 65,535, and names may be longer.
#[must_use]
pub fn padded(text: &str, width: usize) -> String {
    let missing = width.saturating_sub(text.chars().count());
    format!("{text}{}", " ".repeat(missing))
}

/// A report as programs read it, with a line break at its end.
fn written(report: &impl Serialize) -> String {
    // What reports are made of has text for keys, so that writing them cannot fail.
    json::pretty(report).unwrap_or_default()
}

/// `1 error`, `2 errors`.
#[must_use]
pub fn counted(count: usize, what: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {what}{plural}")
}
