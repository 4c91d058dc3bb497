//! The position in the text, and the parts shared by all of the grammar: whitespace, comments, identifiers, depth.

use super::super::{continues_name, starts_name};
use super::EmbeddedTemplate;
use super::fault::{Fault, Parsed};
use super::recovery::Lines;
use crate::diagnostic::source::{FileId, Span};
use crate::diagnostic::{Findings, NESTING_TOO_DEEP, SYNTAX, TOO_LARGE};
use crate::syntax::document::Comment;
use crate::syntax::names::{MOST, Names};

/// The maximum depth of nested brackets, blocks and templates.
pub const DEEPEST: u32 = 100;

pub(super) struct Cursor<'a> {
    /// The whole text, which offsets refer to.
    pub(super) text: &'a str,
    /// The text up to the end of the part that is being parsed.
    pub(super) bytes: &'a [u8],
    /// The next byte.
    pub(super) at: usize,
    /// Whether a newline is a terminator; otherwise it is whitespace.
    pub(super) newline_ends: bool,
    /// What ends at the end of the text, for messages.
    pub(super) ends: &'static str,
    pub(super) names: &'a mut Names,
    pub(super) findings: &'a mut Findings,
    /// An index of the file's lines, computed on first use.
    pub(super) lines: Option<Lines<'a>>,
    file: FileId,
    places: &'a [(u32, u32)],
    depth: u32,
    is_file: bool,
    comments: &'a mut Vec<Comment>,
}

/// Whether each byte continues a name of ASCII letters: names are most of a policy.
#[expect(clippy::indexing_slicing, reason = "the index is below the length")]
static CONTINUES_NAME: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0;
    while byte < table.len() {
        let letter = byte as u8;
        table[byte] = letter.is_ascii_alphanumeric() || matches!(letter, b'_' | b'-');
        byte += 1;
    }
    table
};

fn continues_ascii_name(byte: u8) -> bool {
    CONTINUES_NAME.get(usize::from(byte)).copied().unwrap_or(false)
}

impl<'a> Cursor<'a> {
    pub(super) fn file(
        file: FileId,
        text: &'a str,
        names: &'a mut Names,
        comments: &'a mut Vec<Comment>,
        findings: &'a mut Findings,
    ) -> Self {
        Self {
            text,
            bytes: text.as_bytes(),
            at: if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 },
            newline_ends: true,
            ends: "the file",
            names,
            findings,
            lines: None,
            file,
            places: &[],
            depth: 0,
            is_file: true,
            comments,
        }
    }

    pub(super) fn embedded(
        template: &EmbeddedTemplate<'a>,
        names: &'a mut Names,
        comments: &'a mut Vec<Comment>,
        findings: &'a mut Findings,
    ) -> Self {
        Self {
            at: template.start,
            ends: "the string",
            places: template.places,
            depth: template.depth,
            is_file: false,
            ..Self::file(template.file, template.text, names, comments, findings)
        }
    }

    /// Resets the state after an error.
    pub(super) fn reset(&mut self) {
        self.bytes = self.text.as_bytes();
        self.newline_ends = true;
        self.ends = "the file";
        self.depth = 0;
    }

    pub(super) fn byte(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    pub(super) fn byte_after(&self, distance: usize) -> Option<u8> {
        self.bytes.get(self.at + distance).copied()
    }

    pub(super) fn starts_with(&self, text: &[u8]) -> bool {
        self.bytes.get(self.at..).is_some_and(|rest| rest.starts_with(text))
    }

    /// The text from the next byte to the end of the part.
    pub(super) fn rest(&self) -> &'a str {
        self.text.get(self.at..self.bytes.len()).unwrap_or_default()
    }

    /// The end of the text without trailing whitespace, where a missing token is reported.
    pub(super) fn text_end(&self) -> usize {
        let read = self.text.get(..self.bytes.len()).unwrap_or_default();
        read.trim_end().len()
    }

    pub(super) fn span(&self, start: usize, end: usize) -> Span {
        Span::new(self.file, self.place(start), self.place(end))
    }

    /// Whether the text is that of the file: unescaped text has other offsets.
    pub(super) fn is_as_written(&self) -> bool {
        self.places.is_empty()
    }

    /// The offset in the file of an offset in the text.
    fn place(&self, at: usize) -> u32 {
        let at = u32::try_from(at).unwrap_or(u32::MAX);
        if self.places.is_empty() {
            return at;
        }
        let before = self.places.partition_point(|(text, _)| *text <= at);
        match before.checked_sub(1).and_then(|index| self.places.get(index)) {
            Some((text, file)) => file + (at - text),
            None => at,
        }
    }

    /// Skips whitespace and comments. Usually there is one space, or nothing.
    #[inline]
    pub(super) fn skip(&mut self) -> Parsed<()> {
        self.at += usize::from(self.byte() == Some(b' '));
        match self.byte() {
            Some(b'!' | b'"' | b'$'..=b'.' | b'0'..) => Ok(()),
            _ => self.skip_any(),
        }
    }

    fn skip_any(&mut self) -> Parsed<()> {
        // A newline that is a terminator is not whitespace.
        let newline = if self.newline_ends { b' ' } else { b'\n' };
        loop {
            let rest = self.bytes.get(self.at..).unwrap_or_default();
            let is_space = |byte: &u8| matches!(byte, b' ' | b'\t') || *byte == newline;
            self.at += rest.iter().position(|byte| !is_space(byte)).unwrap_or(rest.len());
            match self.byte() {
                // Alone it is no white space: other tools show it as the end of a line.
                Some(b'\r') if matches!(self.byte_after(1), Some(b'\n') | None) => self.at += 1,
                Some(b'#') => self.line_comment(),
                Some(b'/') if self.byte_after(1) == Some(b'/') => self.line_comment(),
                Some(b'/') if self.byte_after(1) == Some(b'*') => self.block_comment()?,
                _ => return Ok(()),
            }
        }
    }

    /// Skips whitespace, comments and newlines.
    pub(super) fn skip_lines(&mut self) -> Parsed<()> {
        let newline_ends = std::mem::replace(&mut self.newline_ends, false);
        let skipped = self.skip();
        self.newline_ends = newline_ends;
        skipped
    }

    fn line_comment(&mut self) {
        let start = self.at;
        let rest = self.bytes.get(start..).unwrap_or_default();
        let length = rest.iter().position(|byte| *byte == b'\n').unwrap_or(rest.len());
        let text = rest.get(..length).unwrap_or_default();
        self.at += length;
        self.comment(start, start + length - usize::from(text.ends_with(b"\r")));
    }

    fn block_comment(&mut self) -> Parsed<()> {
        let start = self.at;
        let inside = self.bytes.get(start + 2..).unwrap_or_default();
        let Some(length) = inside.windows(2).position(|pair| pair == b"*/") else {
            self.at += 2;
            let fault = self.fault(&SYNTAX, start, start + 2, "the comment is not closed");
            return Err(fault.map(|finding| finding.help("close it with `*/`")));
        };
        self.at += length + 4;
        self.comment(start, self.at);
        Ok(())
    }

    /// Records a comment, once: a key that is parsed again skips its comments again.
    fn comment(&mut self, start: usize, end: usize) {
        let span = self.span(start, end);
        let is_new = self.comments.last().is_none_or(|last| last.span.start < span.start);
        if self.is_file && is_new && self.names.make_room(1) {
            self.comments.push(Comment { span });
        }
    }

    /// Charges for what starts at `start` and counts as so many expressions.
    pub(super) fn make_room(&mut self, count: usize, start: usize) -> Parsed<()> {
        if self.names.make_room(count) {
            return Ok(());
        }
        let message = format!("the policy has more than {MOST} expressions and comments");
        Err(self.fault(&TOO_LARGE, start, start + 1, message))
    }

    /// Whether the next token is an identifier.
    pub(super) fn at_word(&self) -> bool {
        match self.byte() {
            Some(byte) if byte.is_ascii() => byte.is_ascii_alphabetic() || byte == b'_',
            Some(_) => self.rest().chars().next().is_some_and(starts_name),
            None => false,
        }
    }

    /// Consumes an identifier.
    pub(super) fn word(&mut self) -> Option<&'a str> {
        if !self.at_word() {
            return None;
        }
        let start = self.at;
        loop {
            let rest = self.bytes.get(self.at..).unwrap_or_default();
            self.at += rest.iter().position(|byte| !continues_ascii_name(*byte)).unwrap_or(rest.len());
            match self.byte() {
                Some(byte) if !byte.is_ascii() => {}
                _ => break,
            }
            match self.rest().chars().next() {
                Some(letter) if continues_name(letter) => self.at += letter.len_utf8(),
                _ => break,
            }
        }
        self.text.get(start..self.at)
    }

    /// Whether the next token is `=`, not part of `==` or `=>`.
    pub(super) fn is_equals(&self) -> bool {
        self.byte() == Some(b'=') && !matches!(self.byte_after(1), Some(b'=' | b'>'))
    }

    /// Enters a nesting level that starts at `start`.
    pub(super) fn enter(&mut self, start: usize) -> Parsed<()> {
        if self.depth >= DEEPEST {
            return Err(self.too_deep(start));
        }
        self.depth += 1;
        Ok(())
    }

    pub(super) fn leave(&mut self) {
        self.depth = self.depth.saturating_sub(1);
    }

    fn too_deep(&self, start: usize) -> Box<Fault> {
        let message = format!("nested more than {DEEPEST} levels deep");
        self.fault(&NESTING_TOO_DEEP, start, start + 1, message)
    }

    /// Parses with newlines as whitespace, one level deeper.
    pub(super) fn nested<T>(
        &mut self,
        start: usize,
        parse: impl FnOnce(&mut Self) -> Parsed<T>,
    ) -> Parsed<T> {
        self.enter(start)?;
        let newline_ends = std::mem::replace(&mut self.newline_ends, false);
        let parsed = parse(self)?;
        self.newline_ends = newline_ends;
        self.leave();
        Ok(parsed)
    }

    /// Consumes `byte`, or reports what was expected, inside brackets that opened at `open`.
    pub(super) fn close(&mut self, byte: u8, what: &str, open: usize) -> Parsed<()> {
        self.skip()?;
        if self.byte() != Some(byte) {
            return Err(self.expected_in(what, open));
        }
        self.at += 1;
        Ok(())
    }

    /// Whether a top-level block starts here: `word label {` at the start of a line.
    pub(super) fn at_block_start(&self) -> bool {
        self.is_file
            && (self.at == 0 || self.bytes.get(self.at - 1) == Some(&b'\n'))
            && super::recovery::is_header(self.rest())
    }
}
