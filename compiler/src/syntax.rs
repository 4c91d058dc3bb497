//! The two front ends: text in, one [`Document`] out. Parsing cannot fail: what is wrong becomes findings, and costs
//! its own block (in JSON, its file).

use crate::document::Document;
use schema::diagnostic::Findings;
use schema::source::Sources;

/// Parses every file, by its name as JSON (`.json`) or HCL (all others). Of two declarations of the same thing the
/// second is reported and dropped.
#[must_use]
pub fn parse(_sources: &Sources, _findings: &mut Findings) -> Document {
    Document::default()
}

/// Whether the text is an HCL identifier, which may hold hyphens.
#[must_use]
pub fn is_identifier(text: &str) -> bool {
    let mut letters = text.chars();
    letters.next().is_some_and(starts_name) && letters.all(continues_name)
}

/// Whether an identifier may begin with the character.
fn starts_name(letter: char) -> bool {
    letter == '_' || unicode_ident::is_xid_start(letter)
}

/// Whether an identifier may go on with the character.
fn continues_name(letter: char) -> bool {
    letter == '-' || unicode_ident::is_xid_continue(letter)
}
