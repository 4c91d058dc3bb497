//! The HCL front end: a recursive-descent parser that reads each byte a bounded number of times.
//!
//! A syntax error is an `Err` that unwinds to its top-level block. That block is kept and marked as broken, and parsing
//! continues where the next block provably starts.

mod body;
mod collection;
mod cursor;
mod expression;
mod fault;
mod heredoc;
mod plain;
mod recovery;
mod string;
mod template;

use super::Input;
use super::names::Names;
use crate::syntax::document::{Attribute, Block, Document, Expr, ExprKind};
pub use body::BLOCK;
pub use cursor::DEEPEST;
pub(super) use recovery::is_header;

use crate::diagnostic::source::{FileId, Span};
use crate::diagnostic::{Finding, Findings, TOO_LARGE, UNKNOWN_ATTRIBUTE};
use cursor::Cursor;
use fault::{Fault, Parsed};

/// Parses a file into `document`.
pub(super) fn parse(input: Input, names: &mut Names, document: &mut Document, findings: &mut Findings) {
    let mut comments = Vec::new();
    let cursor = Cursor::file(input.file, input.text, names, &mut comments, findings);
    FileParser { cursor, lossy: input.lossy, document }.run();
    document.comments.append(&mut comments);
}

/// Parses lines of `name = value`.
pub(super) fn parse_values(
    file: FileId,
    text: &str,
    names: &mut Names,
    findings: &mut Findings,
) -> Vec<Attribute> {
    let mut comments = Vec::new();
    let mut cursor = Cursor::file(file, text, names, &mut comments, findings);
    let (attributes, fault) = cursor.lone_attributes();
    findings.extend(fault.map(|fault| fault.finding));
    attributes
}

/// Parses a text at `span` as one expression.
pub(super) fn parse_expression(span: Span, text: &str, names: &mut Names) -> Result<Expr, Box<Finding>> {
    let (mut comments, mut findings) = (Vec::new(), Findings::new());
    let places = [(0, span.start)];
    let embedded = EmbeddedTemplate { text, start: 0, places: &places, file: span.file, depth: 0 };
    let parsed = Cursor::embedded(&embedded, names, &mut comments, &mut findings).lone_expression();
    parsed.map_err(|fault| Box::new(fault.finding))
}

/// A string that is a template, such as a JSON string: `text` is its unescaped text.
pub(super) struct EmbeddedTemplate<'a> {
    /// The text with the template, up to the template's end.
    pub text: &'a str,
    /// The start of the template in `text`.
    pub start: usize,
    /// Pairs of an offset in `text` and the file offset, valid from there on; empty if they are equal.
    pub places: &'a [(u32, u32)],
    /// The file.
    pub file: FileId,
    /// The nesting depth.
    pub depth: u32,
}

impl EmbeddedTemplate<'_> {
    /// Parses the template, to a plain string if it has no interpolation.
    pub(super) fn parse(&self, names: &mut Names, findings: &mut Findings) -> Result<ExprKind, Box<Finding>> {
        let mut comments = Vec::new();
        let mut cursor = Cursor::embedded(self, names, &mut comments, findings);
        cursor.bare_template().map_err(|fault| Box::new(fault.finding))
    }
}

struct FileParser<'c, 'a> {
    cursor: Cursor<'a>,
    lossy: bool,
    document: &'c mut Document,
}

impl FileParser<'_, '_> {
    fn run(&mut self) {
        loop {
            self.cursor.reset();
            let start = match self.cursor.next_line_start() {
                Ok(Some(start)) => start,
                Ok(None) => return,
                Err(fault) => {
                    let start = fault.resume;
                    self.recover(*fault, None, start);
                    continue;
                }
            };
            if self.cursor.names.is_full() {
                return self.leave_unread(start);
            }
            let reported = self.cursor.findings.len();
            let mut block = None;
            match self.cursor.top_level(&mut block) {
                Ok(()) => self.keep(block, start),
                Err(fault) => {
                    self.cursor.findings.truncate(reported);
                    self.recover(*fault, block, start);
                }
            }
        }
    }

    /// Skips the rest of a file when the document exceeds its limits.
    fn leave_unread(&mut self, start: usize) {
        self.document.incomplete = true;
        if !self.cursor.findings.iter().any(|finding| finding.code == &TOO_LARGE) {
            let fault = self.cursor.make_room(1, start).err();
            self.cursor.findings.extend(fault.map(|fault| fault.finding));
        }
    }

    fn keep(&mut self, block: Option<Block>, start: usize) {
        let Some(mut block) = block else { return };
        block.broken = self.holds_replaced_bytes(start, self.cursor.at);
        self.document.incomplete |= self.holds_replaced_bytes(start, block.span.end as usize);
        self.document.blocks.push(block);
    }

    /// Reports the error in the block at `start`, keeps what was parsed of it, and continues at the next one.
    fn recover(&mut self, fault: Fault, block: Option<Block>, start: usize) {
        let skipped = self.cursor.skip_broken(start, fault.resume);
        let end = self.cursor.at;
        self.document.incomplete |= skipped.hides_block;
        if !self.holds_replaced_bytes(start, end) {
            self.cursor.findings.push(fault.finding);
        } else if block.as_ref().is_none_or(|block| self.holds_replaced_bytes(start, block.span.end as usize))
        {
            self.document.incomplete = true;
        }
        // Text that does not start with the kind of a block declares nothing.
        let Some(mut block) = block.filter(|block| super::is_block_word(&block.kind)) else { return };
        block.broken = true;
        self.document.incomplete |= block.label.is_none() && !super::is_unlabelled(&block.kind);
        if block.attribute("name").is_none() {
            block.attributes.extend(skipped.name);
        }
        self.document.blocks.push(block);
    }

    fn holds_replaced_bytes(&self, start: usize, end: usize) -> bool {
        self.lossy
            && self.cursor.text.get(start..end).is_some_and(|text| text.contains(char::REPLACEMENT_CHARACTER))
    }
}

impl Cursor<'_> {
    /// Parses one block, or reports an attribute. The block is in `out` from its first word on.
    fn top_level(&mut self, out: &mut Option<Block>) -> Parsed<()> {
        let start = self.at;
        let Some(word) = self.word() else {
            return Err(self.stray_at_top_level());
        };
        let word_span = self.span_from(start);
        self.skip()?;
        if self.is_equals() {
            self.at += 1;
            let _ = self.expression()?;
            let message = format!("attribute `{word}` outside of any block");
            let help = "move it into a block, or into `locals { … }` if several blocks use it";
            self.findings.push(Finding::new(&UNKNOWN_ATTRIBUTE, word_span, message).help(help));
            return self.line_end("attribute");
        }
        let kind = self.names.name(word);
        self.block(out.insert(body::empty_block(kind, word_span)))?;
        self.top_level_end()
    }

    /// An error after a complete block on its line does not invalidate the block.
    fn top_level_end(&mut self) -> Parsed<()> {
        self.skip()?;
        if self.byte() == Some(b'}') {
            // It is reported as one that closes nothing.
            return Ok(());
        }
        if let Err(fault) = self.line_end("block") {
            self.findings.push(fault.finding);
            if !self.at_word() {
                self.at = self.skip_line(self.at);
            }
        }
        Ok(())
    }

    fn stray_at_top_level(&mut self) -> Box<Fault> {
        if self.byte() == Some(b'}') {
            return self.fault_here("unmatched `}`").map(|finding| finding.help("remove it"));
        }
        self.expected("a block such as `endpoint \"payments\" {`")
    }

    fn span_from(&self, start: usize) -> Span {
        self.span(start, self.at)
    }
}
