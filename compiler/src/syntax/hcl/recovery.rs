//! Recovery after a syntax error: continues at the next line that opens a block, indented no deeper than the broken one.
//! Skipped text is scanned, so that a block in a comment or heredoc is ignored.

use super::super::{continues_name, is_block_word, is_unlabelled, starts_name};
use super::cursor::Cursor;
use crate::syntax::document::{Attribute, Expr, ExprKind};
use std::collections::HashMap;

/// An index of a file's lines, to avoid repeated unsuccessful searches.
pub(super) struct Lines<'a> {
    /// The last position of each line that is a single word.
    last_word: HashMap<&'a str, usize>,
    /// The last `*/`.
    last_comment_end: usize,
}

impl<'a> Lines<'a> {
    fn new(text: &'a str) -> Self {
        let mut last_word = HashMap::new();
        let mut at = 0;
        for line in text.split_inclusive('\n') {
            let word = line.trim();
            if word.starts_with(starts_name) && word.chars().all(continues_name) {
                last_word.insert(word, at);
            }
            at += line.len();
        }
        Self { last_word, last_comment_end: text.rfind("*/").unwrap_or(0) }
    }
}

/// The text skipped between an error and the next block.
pub(super) struct Skipped {
    /// The attribute `name` of the broken block.
    pub(super) name: Option<Attribute>,
    /// Whether there may be a block whose name was not read.
    pub(super) hides_block: bool,
}

impl<'a> Cursor<'a> {
    /// The start of the line after `from` that is only `word`, and the end of that word.
    pub(super) fn heredoc_end(&mut self, from: usize, word: &str) -> Option<(usize, usize)> {
        let lines = self.lines.get_or_insert_with(|| Lines::new(self.text));
        if lines.last_word.get(word).is_none_or(|last| *last < from) {
            return None;
        }
        let mut at = from;
        for line in self.text.get(from..self.bytes.len())?.split_inclusive('\n') {
            if line.trim() == word {
                let indent = line.len() - line.trim_start().len();
                return Some((at, at + indent + word.len()));
            }
            at += line.len();
        }
        None
    }

    /// Moves to where the next block starts. The broken one starts at `start` and was read up to `resume`.
    pub(super) fn skip_broken(&mut self, start: usize, resume: usize) -> Skipped {
        self.reset();
        let indent = self.indent_of_line(start);
        let line = self.line_start(resume);
        self.at = if line > start { line } else { self.skip_line(resume.max(start)) };
        let mut skipped = Skipped { name: None, hides_block: false };
        while self.at < self.bytes.len() {
            if let Some(depth) = self.block_indent() {
                if depth <= indent {
                    break;
                }
                let word = split_word(self.rest().trim_start()).map(|(word, _)| word);
                skipped.hides_block |= word.is_some_and(is_block_word);
            }
            skipped.name = skipped.name.or_else(|| self.plain_name());
            self.at = self.skip_line(self.at);
        }
        skipped
    }

    /// The indentation of the line of `at`.
    fn indent_of_line(&self, at: usize) -> usize {
        let line = self.text.get(self.line_start(at)..at).unwrap_or_default();
        line.len() - line.trim_start_matches([' ', '\t']).len()
    }

    fn line_start(&self, at: usize) -> usize {
        self.bytes
            .get(..at)
            .and_then(|before| before.iter().rposition(|byte| *byte == b'\n'))
            .map_or(0, |newline| newline + 1)
    }

    /// The indentation of a line that opens a block.
    fn block_indent(&self) -> Option<usize> {
        let rest = self.rest();
        let line = rest.trim_start_matches([' ', '\t']);
        (is_header(line) || is_broken_header(line)).then(|| rest.len() - line.len())
    }

    /// The start of the line after `at`, past comments and heredocs that start on this line.
    pub(super) fn skip_line(&mut self, mut at: usize) -> usize {
        while let Some(byte) = self.bytes.get(at).copied() {
            let next = self.bytes.get(at + 1).copied();
            at = match (byte, next) {
                (b'\n', _) => return at + 1,
                (b'"', _) => self.string_end(at),
                (b'#', _) | (b'/', Some(b'/')) => self.line_end_from(at),
                (b'/', Some(b'*')) => self.comment_end(at),
                (b'<', Some(b'<')) => self.skipped_heredoc(at),
                _ => at + 1,
            };
        }
        at
    }

    /// The end of the line of `at`, without its newline.
    pub(super) fn line_end_from(&self, at: usize) -> usize {
        let rest = self.bytes.get(at..).unwrap_or_default();
        at + rest.iter().position(|byte| *byte == b'\n').unwrap_or(rest.len())
    }

    /// The end of the string that opens at `at`, or the end of the line if it is not closed.
    fn string_end(&self, at: usize) -> usize {
        let mut at = at + 1;
        while let Some(byte) = self.bytes.get(at) {
            at += match byte {
                b'"' => return at + 1,
                b'\n' => return at,
                b'\\' if self.bytes.get(at + 1) != Some(&b'\n') => 2,
                _ => 1,
            };
        }
        at
    }

    fn comment_end(&mut self, at: usize) -> usize {
        let lines = self.lines.get_or_insert_with(|| Lines::new(self.text));
        if lines.last_comment_end < at + 2 {
            return at + 2;
        }
        let inside = self.text.get(at + 2..).unwrap_or_default();
        inside.find("*/").map_or(at + 2, |length| at + length + 4)
    }

    fn skipped_heredoc(&mut self, at: usize) -> usize {
        let line = self.text.get(at + 2..self.line_end_from(at)).unwrap_or_default();
        let word = line.strip_prefix('-').unwrap_or(line).trim_end();
        let found = self.heredoc_end(at, word);
        found.map_or(at + 2, |(_, end)| end)
    }

    /// The attribute `name`, if this line sets it to a plain string.
    fn plain_name(&mut self) -> Option<Attribute> {
        let line = self.text.get(self.at..self.line_end_from(self.at))?;
        let word = line.trim_start();
        let start = self.at + line.len() - word.len();
        let value = word.strip_prefix("name")?.trim_start().strip_prefix('=')?.trim_start();
        let text =
            value.strip_prefix('"')?.split('"').next().filter(|text| !text.contains(['\\', '$', '%']))?;
        let value_start = self.at + line.len() - value.len();
        // The closing quote may be missing.
        let length = value.len().min(1 + text.len() + 1);
        let span = self.span(value_start, value_start + length);
        let (name, text) = (self.names.name("name"), self.names.name(text));
        let value = Expr { span, kind: ExprKind::String(text) };
        Some(Attribute { name, name_span: self.span(start, start + "name".len()), value })
    }
}

/// Whether the line at the start of `text` is `word label… {`, or the bare word of a block that has no label.
pub(in crate::syntax) fn is_header(text: &str) -> bool {
    let Some((word, mut rest)) = split_word(text) else { return false };
    let mut labels = 0;
    loop {
        rest = rest.trim_start_matches([' ', '\t']);
        if rest.starts_with('{') {
            return labels > 0 || is_unlabelled(word);
        }
        let Some(after) = after_label(rest) else { return false };
        rest = after;
        labels += 1;
    }
}

/// Whether the line is probably a block header: the kind of a block and a quote.
fn is_broken_header(text: &str) -> bool {
    split_word(text).is_some_and(|(word, rest)| {
        is_block_word(word) && rest.trim_start_matches([' ', '\t']).starts_with('"')
    })
}

fn after_label(text: &str) -> Option<&str> {
    match text.strip_prefix('"') {
        Some(quoted) => {
            let end = quoted.find(['"', '\n'])?;
            quoted.get(end..)?.strip_prefix('"')
        }
        None => split_word(text).map(|(_, rest)| rest),
    }
}

fn split_word(text: &str) -> Option<(&str, &str)> {
    let end = text.find(|letter| !continues_name(letter)).unwrap_or(text.len());
    text.starts_with(starts_name).then(|| text.split_at(end))
}
