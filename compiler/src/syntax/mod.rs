//! The two front ends, which parse text to a [`Document`]. Parsing cannot fail: errors become findings and invalidate only
//! their block (in JSON, their file).

mod conflict;
pub mod document;
mod duplicate;
mod hcl;
mod json;
mod language;
mod names;
mod recognition;
mod values;

pub(crate) use duplicate::{Seen, finding as duplicate_name};

pub use hcl::{BLOCK, DEEPEST};
pub use json::STRICT as JSON_OPTIONS;
pub use language::Language;
pub use names::MOST as EXPRESSIONS;
pub(crate) use recognition::replace;
pub use recognition::{is_policy, withhold};
pub use values::{parse_expression, parse_values};

use crate::diagnostic::source::{FileId, Sources};
use crate::diagnostic::{Code, Finding, Findings, INVALID_NAME, SYNTAX, TOO_LARGE};
use crate::language::block::BlockKind;
use crate::language::limit::{LABEL_MAX, Limit, limit};
use crate::syntax::document::{Block, Document, ExprKind, Name};
use names::Names;
use std::collections::BTreeSet;

/// The limits of the text.
#[must_use]
pub fn limits() -> Vec<Limit> {
    vec![
        limit("levels of nested brackets, blocks and templates", DEEPEST as usize),
        limit("expressions and comments of all files, where a block counts as sixteen", names::MOST),
        limit("bytes of a label, and of a key of `for_each`", LABEL_MAX),
    ]
}

/// A text to parse.
#[derive(Clone, Copy)]
struct Input<'t> {
    file: FileId,
    text: &'t str,
    /// Whether the file has bytes that are not UTF-8, which was reported: a block with a replaced byte is then broken without
    /// another finding.
    lossy: bool,
}

/// Parses every file, as JSON (`.json`) or HCL (all others). `findings` has those of loading: a file that is too large is
/// empty, and one with a `syntax` finding has bytes that are not UTF-8. Duplicate declarations are reported and dropped.
#[must_use]
pub fn parse(sources: &Sources, findings: &mut Findings) -> Document {
    parse_where(|_| true, FileId(0), sources, findings)
}

/// Parses the file with this id and those added after it. A file that is not a policy is dropped, and only the location of
/// its first error is shown: it may hold passwords.
#[must_use]
pub fn parse_policies(first: FileId, sources: &Sources, findings: &mut Findings) -> Document {
    parse_where(is_policy, first, sources, findings)
}

fn parse_where(
    is_policy: impl Fn(&str) -> bool,
    first: FileId,
    sources: &Sources,
    findings: &mut Findings,
) -> Document {
    let mut document = Document::default();
    let files = || sources.iter().filter(|(file, _)| *file >= first);
    let mut names = Names::of(files().map(|(_, source)| source.text().len()).sum());
    let unread = reported(findings, &TOO_LARGE);
    let lossy = reported(findings, &SYNTAX);
    let mut withheld = BTreeSet::new();
    document.incomplete = !unread.is_empty();
    for (file, source) in files().filter(|(file, _)| !unread.contains(file)) {
        let input = Input { file, text: source.text(), lossy: lossy.contains(&file) };
        let (reported, blocks, comments) = (findings.len(), document.blocks.len(), document.comments.len());
        Language::of_path(source.path_in_policy()).parse(input, &mut names, &mut document, findings);
        let read = document.blocks.get(blocks..).unwrap_or_default();
        let is_sound = !input.lossy && findings.len() == reported;
        let is_known = read.iter().all(|block| is_block_word(&block.kind));
        if !(is_sound && is_known || is_policy(source.text())) {
            document.blocks.truncate(blocks);
            document.comments.truncate(comments);
            document.incomplete = true;
            let found = findings.split_off(reported);
            findings.push(recognition::instead(file, &found, recognition::no_policy()));
            withheld.insert(file);
        } else if let Some(conflicts) =
            conflict::found(file, source.text()).filter(|_| findings.len() > reported)
        {
            // Both versions are in the file.
            document.blocks.truncate(blocks);
            document.incomplete = true;
            findings.truncate(reported);
            findings.extend(conflicts);
        }
    }
    // Findings of loading in such a file are hidden too.
    let is_shown = |finding: &Finding| finding.span.is_none_or(|span| !withheld.contains(&span.file));
    findings.retain(|finding| finding.hides_source || is_shown(finding));
    drop_long_labels(&mut document, findings);
    duplicate::drop_duplicates(&mut document, findings);
    document.strays =
        document.blocks.iter().filter(|block| !is_block_word(&block.kind)).flat_map(names_of).collect();
    document
}

/// Drops blocks with a label that is too long.
fn drop_long_labels(document: &mut Document, findings: &mut Findings) {
    let long = |block: &Block| {
        let mut labels = block.label.iter().chain(&block.extra_labels);
        let label = labels.find(|label| label.text.len() > LABEL_MAX)?;
        let message = format!("the label has {} bytes, the maximum is {LABEL_MAX}", label.text.len());
        Some(Finding::new(&INVALID_NAME, label.span, message).help("shorten it"))
    };
    let blocks = document.blocks.len();
    document.blocks.retain(|block| {
        let found = long(block);
        let is_short = found.is_none();
        findings.extend(found);
        is_short
    });
    document.incomplete |= document.blocks.len() < blocks;
}

/// The syntax errors of a text that was loaded without a finding; duplicate blocks are not reported.
pub(crate) fn findings_of(file: FileId, text: &str, language: Language) -> Findings {
    let (mut document, mut findings) = (Document::default(), Findings::new());
    let input = Input { file, text, lossy: false };
    language.parse(input, &mut Names::of(text.len()), &mut document, &mut findings);
    match conflict::found(file, text) {
        Some(conflicts) if !findings.is_empty() => conflicts,
        _ => findings,
    }
}

/// The names that a block declares: its label and name, or the attributes of `locals`.
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

/// Whether a word is the kind of a block without a label.
fn is_unlabelled(word: &str) -> bool {
    BlockKind::from_name(word).is_some_and(|kind| !kind.is_labelled())
}

/// The files with a finding of this code.
fn reported(findings: &Findings, code: &'static Code) -> BTreeSet<FileId> {
    let of_code = findings.iter().filter(|finding| finding.code == code);
    of_code.filter_map(|finding| finding.span).map(|span| span.file).collect()
}

/// Whether the word is the kind of a block.
fn is_block_word(word: &str) -> bool {
    BlockKind::from_name(word).is_some()
}

/// Whether an identifier may start with the character.
pub(crate) fn starts_name(letter: char) -> bool {
    letter == '_' || unicode_ident::is_xid_start(letter)
}

/// Whether an identifier may continue with the character.
pub(crate) fn continues_name(letter: char) -> bool {
    letter == '-' || unicode_ident::is_xid_continue(letter)
}

#[cfg(test)]
mod tests;
