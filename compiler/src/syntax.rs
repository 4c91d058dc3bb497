//! The two front ends: text in, one [`Document`] out. Parsing cannot fail: what is wrong becomes findings, and costs
//! its own block (in JSON, its file).

mod duplicate;
mod hcl;
mod json;
mod names;
mod side_by_side;
mod values;

pub(crate) use duplicate::{Seen, finding as duplicate_name};

pub use json::STRICT as JSON_OPTIONS;
pub use values::{parse_expression, parse_values};

use crate::document::{Block, Document, ExprKind, Name};
use names::Names;
use schema::diagnostic::{Code, Findings};
use schema::source::{FileId, Sources};
use std::collections::BTreeSet;

/// The blocks that have no label.
const UNLABELLED: &[&str] = &["account", "locals", "lint"];

/// Parses every file, by its name as JSON (`.json`) or HCL (all others). `findings` tells of what loading found: a
/// file that is too large is empty, and one with a `syntax` finding held bytes that are not UTF-8. Of two declarations
/// of the same thing the second is reported and dropped.
#[must_use]
pub fn parse(sources: &Sources, findings: &mut Findings) -> Document {
    parse_from(FileId(0), sources, findings)
}

/// Parses the file of this id and those that were added after it.
#[must_use]
pub fn parse_from(first: FileId, sources: &Sources, findings: &mut Findings) -> Document {
    let mut document = Document::default();
    let files = || sources.iter().filter(|(file, _)| *file >= first);
    let mut names = Names::of(files().map(|(_, source)| source.text().len()).sum());
    let unread = reported(findings, Code::TooLarge);
    let lossy = reported(findings, Code::Syntax);
    document.incomplete = !unread.is_empty();
    for (file, source) in files().filter(|(file, _)| !unread.contains(file)) {
        let lossy = lossy.contains(&file);
        let parse = if is_json(source.path()) { json::parse } else { hcl::parse };
        parse(file, source.text(), lossy, &mut names, &mut document, findings);
    }
    duplicate::drop_duplicates(&mut document, findings);
    document.strays =
        document.blocks.iter().filter(|block| !is_block_word(&block.kind)).flat_map(names_of).collect();
    document
}

/// Parses one file of this format, whatever its name; it was read without a finding.
pub(crate) fn parse_one(sources: &Sources, is_json: bool, findings: &mut Findings) -> Document {
    let mut document = Document::default();
    let parse = if is_json { json::parse } else { hcl::parse };
    for (file, source) in sources.iter() {
        let mut names = Names::of(source.text().len());
        parse(file, source.text(), false, &mut names, &mut document, findings);
    }
    document
}

/// What a block is referred to by; what it defines itself where it has no label, as `locals` do.
fn names_of(block: &Block) -> Vec<Name> {
    if block.label.is_none() {
        return block.attributes.iter().map(|attribute| Name::clone(&attribute.name)).collect();
    }
    let name = block.attribute("name").and_then(|attribute| match &attribute.value.kind {
        ExprKind::String(text) => Some(Name::clone(text)),
        _ => None,
    });
    block.label.iter().map(|label| Name::clone(&label.text)).chain(name).collect()
}

/// Whether the text is an HCL identifier, which may hold hyphens.
#[must_use]
pub fn is_identifier(text: &str) -> bool {
    let mut letters = text.chars();
    letters.next().is_some_and(starts_name) && letters.all(continues_name)
}

/// The files that loading found this wrong with.
fn reported(findings: &Findings, code: Code) -> BTreeSet<FileId> {
    let of_code = findings.iter().filter(|finding| finding.code == code);
    of_code.filter_map(|finding| finding.span).map(|span| span.file).collect()
}

fn is_json(path: &str) -> bool {
    path.ends_with(".json")
}

/// Whether the word opens a block of the language.
fn is_block_word(word: &str) -> bool {
    schema::block::block(word).is_some()
}

/// Whether an identifier may begin with the character.
pub(crate) fn starts_name(letter: char) -> bool {
    letter == '_' || unicode_ident::is_xid_start(letter)
}

/// Whether an identifier may go on with the character.
pub(crate) fn continues_name(letter: char) -> bool {
    letter == '-' || unicode_ident::is_xid_continue(letter)
}

#[cfg(test)]
mod tests;
