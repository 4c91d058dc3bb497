//! Splits the text into tokens and lines.

use super::token::{Bracket, Kind, Line, Token};
use crate::syntax::{continues_name, starts_name};

/// The tokens of a text without syntax errors, and the lines that they stand on.
pub(super) fn scan(text: &str) -> (Vec<Token<'_>>, Vec<Line<'_>>) {
    let mut scanner =
        Scanner { text, at: 0, tokens: Vec::new(), lines: Vec::new(), first: 0, inside: Vec::new() };
    while scanner.at < text.len() {
        scanner.next();
    }
    scanner.end_line("");
    (scanner.tokens, scanner.lines)
}

/// What the scanner is inside of.
#[derive(Clone, Copy)]
enum Inside {
    /// An expression between brackets of this kind.
    Bracket(Bracket),
    Quotes,
    /// A heredoc whose last line begins here, and ends there.
    Heredoc(usize, usize),
}

struct Scanner<'t> {
    text: &'t str,
    at: usize,
    tokens: Vec<Token<'t>>,
    lines: Vec<Line<'t>>,
    /// The first token of the line.
    first: usize,
    inside: Vec<Inside>,
}

/// The operators of more than one character, the longest first.
const LONG_OPERATORS: [&str; 8] = ["...", "==", "!=", "<=", ">=", "&&", "||", "=>"];

impl<'t> Scanner<'t> {
    fn next(&mut self) {
        match self.inside.last().copied() {
            Some(Inside::Quotes) => self.quoted(),
            Some(Inside::Heredoc(text_end, end)) => self.heredoc_text(text_end, end),
            _ => self.code(),
        }
    }

    fn rest(&self) -> &'t str {
        self.text.get(self.at..).unwrap_or_default()
    }

    /// Takes so many bytes as a token.
    fn take(&mut self, kind: Kind, length: usize) {
        let text = self.text.get(self.at..self.at + length).unwrap_or_default();
        self.tokens.push(Token { kind, text, spaces: 0 });
        self.at += length.max(1);
    }

    fn end_line(&mut self, ending: &'t str) {
        let end = self.tokens.len();
        self.lines.push(Line::new(self.first..end, ending));
        self.first = end;
        self.at += ending.len();
    }

    fn code(&mut self) {
        let rest = self.rest();
        let Some(letter) = rest.chars().next() else { return };
        if rest.starts_with('\n') || rest.starts_with("\r\n") {
            return self.end_line(newline(rest));
        }
        if rest.starts_with('#') || rest.starts_with("//") {
            return self.line_comment();
        }
        if rest.starts_with("/*") {
            let end = rest.get(2..).and_then(|inside| inside.find("*/"));
            return self.take(Kind::Comment, end.map_or(rest.len(), |end| end + 4));
        }
        if rest.starts_with("<<") {
            return self.heredoc();
        }
        match letter {
            ' ' | '\t' | '\r' => self.at += 1,
            '"' => {
                self.take(Kind::Quote, 1);
                self.inside.push(Inside::Quotes);
            }
            '0'..='9' => self.take(Kind::Number, number(rest)),
            _ if starts_name(letter) => {
                let end = rest.find(|letter| !continues_name(letter)).unwrap_or(rest.len());
                self.take(Kind::Word, end);
            }
            _ => self.sign(letter),
        }
    }

    fn line_comment(&mut self) {
        let line = self.rest().split('\n').next().unwrap_or_default();
        self.take(Kind::LineComment, line.strip_suffix('\r').unwrap_or(line).len());
        self.end_line(newline(self.rest()));
    }

    fn sign(&mut self, letter: char) {
        let rest = self.rest();
        let in_template = matches!(self.inside.last(), Some(Inside::Bracket(Bracket::Template)));
        if in_template && (letter == '}' || rest.starts_with("~}")) {
            return self.close(Bracket::Template, if letter == '}' { 1 } else { 2 });
        }
        if let Some(operator) = LONG_OPERATORS.iter().find(|operator| rest.starts_with(**operator)) {
            let kind = match *operator {
                "..." => Kind::Ellipsis,
                "=>" => Kind::Arrow,
                _ => Kind::Operator,
            };
            return self.take(kind, operator.len());
        }
        match letter {
            '(' => self.open(Bracket::Round, 1),
            '[' => self.open(Bracket::Square, 1),
            '{' => self.open(Bracket::Curly, 1),
            ')' => self.close(Bracket::Round, 1),
            ']' => self.close(Bracket::Square, 1),
            '}' => self.close(Bracket::Curly, 1),
            '.' => self.take(Kind::Dot, 1),
            ',' => self.take(Kind::Comma, 1),
            // Between the namespace of a function and its name, without spaces, as a dot.
            ':' if rest.starts_with("::") => self.take(Kind::Dot, 2),
            ':' => self.take(Kind::Colon, 1),
            '?' => self.take(Kind::Question, 1),
            '=' => self.take(Kind::Equal, 1),
            '!' => self.take(Kind::Bang, 1),
            '-' => self.take(Kind::Minus, 1),
            _ => self.take(Kind::Operator, letter.len_utf8()),
        }
    }

    fn open(&mut self, bracket: Bracket, length: usize) {
        self.take(Kind::Open(bracket), length);
        self.inside.push(Inside::Bracket(bracket));
    }

    fn close(&mut self, bracket: Bracket, length: usize) {
        self.take(Kind::Close(bracket), length);
        self.inside.pop();
    }

    fn quoted(&mut self) {
        let rest = self.rest();
        let length = literal(rest, true);
        if length > 0 {
            return self.take(Kind::Literal, length);
        }
        if rest.starts_with('"') {
            self.take(Kind::EndQuote, 1);
            self.inside.pop();
        } else {
            self.open_template();
        }
    }

    fn open_template(&mut self) {
        let strips = self.rest().get(2..).is_some_and(|rest| rest.starts_with('~'));
        self.open(Bracket::Template, if strips { 3 } else { 2 });
    }

    /// `<<EOT`, whose blanks at the end of the line are no part of it.
    fn heredoc(&mut self) {
        let rest = self.rest();
        let line = rest.split_inclusive('\n').next().unwrap_or_default();
        let word = line.trim_start_matches(['<', '-']).trim_end();
        let start = self.at + line.len();
        let (text_end, end) = self.heredoc_end(start, word);
        self.take(Kind::Heredoc, line.trim_end().len());
        self.at = start;
        self.tokens.push(Token { kind: Kind::Literal, text: newline_at_end(line), spaces: 0 });
        self.inside.push(Inside::Heredoc(text_end, end));
    }

    /// Where the line that is nothing but `word` begins, and where the word ends.
    fn heredoc_end(&self, from: usize, word: &str) -> (usize, usize) {
        let mut at = from;
        for line in self.text.get(from..).unwrap_or_default().split_inclusive('\n') {
            if line.trim() == word {
                return (at, at + line.trim_end().len());
            }
            at += line.len();
        }
        (self.text.len(), self.text.len())
    }

    fn heredoc_text(&mut self, text_end: usize, end: usize) {
        let rest = self.text.get(self.at..text_end).unwrap_or_default();
        let length = literal(rest, false);
        if length > 0 {
            return self.take(Kind::Literal, length);
        }
        if rest.is_empty() {
            self.take(Kind::EndHeredoc, end.saturating_sub(self.at));
            self.inside.pop();
        } else {
            self.open_template();
        }
    }
}

fn newline(text: &str) -> &str {
    let length = match text.as_bytes() {
        [b'\n', ..] => 1,
        [b'\r', b'\n', ..] => 2,
        _ => 0,
    };
    text.get(..length).unwrap_or_default()
}

/// The newline at the end of a line; what carriage returns stand before it are blanks.
fn newline_at_end(line: &str) -> &'static str {
    if line.ends_with("\r\n") { "\r\n" } else { "\n" }
}

/// The bytes of a number.
fn number(text: &str) -> usize {
    let digits = |from: usize| {
        let rest = text.get(from..).unwrap_or_default();
        rest.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(rest.len())
    };
    let mut end = digits(0);
    if text.get(end..).is_some_and(|rest| rest.starts_with('.')) && digits(end + 1) > 0 {
        end += 1 + digits(end + 1);
    }
    let exponent = text.get(end..).unwrap_or_default();
    if exponent.starts_with(['e', 'E']) {
        let sign = usize::from(exponent.get(1..).is_some_and(|rest| rest.starts_with(['+', '-'])));
        let length = digits(end + 1 + sign);
        end += if length > 0 { 1 + sign + length } else { 0 };
    }
    end
}

/// The bytes up to an interpolation, a directive or, in quotes, the quote that ends the string.
fn literal(text: &str, quoted: bool) -> usize {
    let bytes = text.as_bytes();
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        let next = bytes.get(at + 1);
        at += match byte {
            b'"' if quoted => return at,
            b'\\' if quoted => 2,
            b'$' | b'%' if next == Some(&b'{') => return at,
            b'$' | b'%' if next == Some(byte) && bytes.get(at + 2) == Some(&b'{') => 3,
            _ => 1,
        };
    }
    at.min(bytes.len())
}
