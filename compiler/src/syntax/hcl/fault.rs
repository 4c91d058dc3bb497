//! A syntax error, which unwinds to its block.

use super::cursor::Cursor;
use crate::diagnostic::source::Span;
use crate::diagnostic::{Code, Finding, SYNTAX};

/// A syntax error, and where to resume.
pub(super) struct Fault {
    pub(super) finding: Finding,
    pub(super) resume: usize,
}

pub(super) type Parsed<T> = Result<T, Box<Fault>>;

impl Fault {
    /// Changes the finding.
    pub(super) fn map(mut self: Box<Self>, change: impl FnOnce(Finding) -> Finding) -> Box<Self> {
        self.finding = change(self.finding);
        self
    }

    /// Resumes parsing at `at`.
    pub(super) fn resume_at(mut self: Box<Self>, at: usize) -> Box<Self> {
        self.resume = self.resume.max(at);
        self
    }
}

/// The maximum number of characters of a token in messages.
const SHOWN: usize = 40;

impl Cursor<'_> {
    /// A fault of `code` at `start..end`.
    pub(super) fn fault(
        &self,
        code: &'static Code,
        start: usize,
        end: usize,
        message: impl Into<String>,
    ) -> Box<Fault> {
        Box::new(Fault { finding: Finding::new(code, self.span(start, end), message), resume: self.at })
    }

    /// A syntax error at an earlier location.
    pub(super) fn fault_at(&self, span: Span, message: impl Into<String>) -> Box<Fault> {
        Box::new(Fault { finding: Finding::new(&SYNTAX, span, message), resume: self.at })
    }

    /// A syntax error at the next token.
    pub(super) fn fault_here(&self, message: impl Into<String>) -> Box<Fault> {
        let (_, start, end) = self.found();
        self.fault(&SYNTAX, start, end, message)
    }

    /// A syntax error at the next token, which is not the expected one.
    pub(super) fn expected(&self, what: &str) -> Box<Fault> {
        let (found, start, end) = self.found();
        let fault = self.fault(&SYNTAX, start, end, format!("expected {what}, found {found}"));
        match self.rest().chars().next() {
            Some('“' | '”' | '„' | '‘' | '’' | '«' | '»') => {
                fault.map(|finding| finding.help("write strings in straight double quotes: `\"…\"`"))
            }
            _ => fault,
        }
    }

    /// Like [`Self::expected`], inside brackets that opened at `open`.
    pub(super) fn expected_in(&self, what: &str, open: usize) -> Box<Fault> {
        let opening: String =
            self.text.get(open..).into_iter().flat_map(str::chars).take_while(is_opening).collect();
        let span = self.span(open, open + opening.len());
        let fault = if self.at_block_start() {
            let (word, start, end) = self.found();
            self.fault(&SYNTAX, start, end, format!("expected {what}, found the block {word}"))
        } else {
            self.expected(what)
        };
        fault.map(|finding| finding.related(span, format!("this `{opening}` is not closed")))
    }

    /// The next token, as messages describe it, and its location.
    fn found(&self) -> (String, usize, usize) {
        let start = self.at;
        let Some(letter) = self.rest().chars().next() else {
            let start = self.text_end();
            return (format!("the end of {}", self.ends), start, start);
        };
        if letter == '\n' || self.rest().starts_with("\r\n") {
            return ("the end of the line".to_owned(), start, start);
        }
        let length = self.token_length(letter);
        let token = self.rest().get(..length).unwrap_or_default();
        (shown(token), start, start + length)
    }

    fn token_length(&self, letter: char) -> usize {
        let rest = self.rest();
        if letter == '"' {
            let line = rest.get(1..).unwrap_or_default();
            return line
                .find(['"', '\n'])
                .map_or(rest.len(), |end| end + 1 + usize::from(line.as_bytes().get(end) == Some(&b'"')));
        }
        let word = rest.find(|letter| !super::super::continues_name(letter)).unwrap_or(rest.len());
        if word > 0 && letter != '-' {
            return word;
        }
        let longest = ["...", "=>", "==", "!=", "<=", ">=", "&&", "||", "<<", "${", "%{"];
        longest
            .iter()
            .find(|symbol| rest.starts_with(**symbol))
            .map_or(letter.len_utf8(), |symbol| symbol.len())
    }
}

fn is_opening(letter: &char) -> bool {
    matches!(letter, '{' | '[' | '(' | '$' | '%')
}

fn shown(token: &str) -> String {
    match token.chars().next() {
        Some(letter) if letter.is_control() || letter.is_whitespace() || letter == '\u{feff}' => {
            format!("U+{:04X}", letter as u32)
        }
        _ if token.chars().count() > SHOWN => format!("`{}…`", token.chars().take(SHOWN).collect::<String>()),
        _ => format!("`{}`", token.trim_end()),
    }
}
