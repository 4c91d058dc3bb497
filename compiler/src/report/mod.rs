//! What people and programs read: findings, plans, access. Everything here returns text; nothing prints.

mod access;
mod difference;
mod findings;
mod graph;
mod plan;
mod tested;

pub use access::{access_table, matrix_table};
pub use difference::{difference_json, difference_schema, difference_text};
pub use findings::{
    Audience, FORMATS, FindingsFormat, FindingsInput, FindingsReport, findings_json, findings_schema,
    findings_text, summary,
};
pub use graph::{Detail, MERMAID_MOST, dot, mermaid};
pub use plan::{connectivity_totals, plan_text, totals};
pub use tested::{Tested, tested_json, tested_schema, tested_text, tested_totals};

use serde::Serialize;

/// Whether text carries colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Colour {
    /// For terminals.
    Ansi,
    /// For files, pipes and tests.
    None,
}

/// Whether a letter would steer a terminal, or show what follows in another order.
#[must_use]
pub fn steers(letter: char) -> bool {
    letter.is_control() || matches!(letter, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// The text with everything that would steer a terminal written as an escape; lines stay lines.
#[must_use]
pub fn printable(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for letter in text.chars() {
        if letter != '\n' && steers(letter) {
            shown.extend(letter.escape_unicode());
        } else {
            shown.push(letter);
        }
    }
    shown
}

/// The same on one line: names may hold line breaks.
#[must_use]
pub fn printable_line(text: &str) -> String {
    printable(text).replace('\n', "\\n")
}

/// The text with blanks behind it up to a width in characters. The width of a format string, such as `{name:width$}`, panics
/// above 65,535, and names may be longer.
#[must_use]
pub fn padded(text: &str, width: usize) -> String {
    let missing = width.saturating_sub(text.chars().count());
    format!("{text}{}", " ".repeat(missing))
}

/// A report as programs read it, with a line break at its end.
fn written(report: &impl Serialize) -> String {
    // What reports are made of has text for keys, so that writing them cannot fail.
    serde_json::to_string_pretty(report).unwrap_or_default() + "\n"
}

/// `1 error`, `2 errors`.
#[must_use]
pub fn counted(count: usize, what: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {what}{plural}")
}

#[cfg(test)]
mod tests {
    use super::printable;

    #[test]
    fn nothing_that_steers_a_terminal_is_printed() {
        let text = "a\u{1b}[31m\u{9b}2J\u{202e}b\r\nü";
        assert_eq!(printable(text), "a\\u{1b}[31m\\u{9b}2J\\u{202e}b\\u{d}\nü");
    }
}
