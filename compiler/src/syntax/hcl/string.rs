//! Quoted strings. They end at the end of the line, so that a missing quote invalidates one line.

use super::cursor::Cursor;
use super::fault::{Fault, Parsed};
use super::template::Ending;
use crate::diagnostic::SYNTAX;
use crate::syntax::document::{Expr, ExprKind, Name};

impl<'a> Cursor<'a> {
    /// A quoted string or template.
    pub(super) fn quoted(&mut self) -> Parsed<Expr> {
        let open = self.at;
        let kind = match self.simple_string() {
            Some(text) => ExprKind::String(self.names.name(text)),
            None => {
                self.at = open + 1;
                self.template(Ending::Quote { open })?
            }
        };
        Ok(Expr { span: self.span(open, self.at), kind })
    }

    /// A quoted string without interpolation, such as a label.
    pub(super) fn plain_string(&mut self) -> Parsed<Name> {
        let open = self.at;
        let quoted = self.quoted()?;
        match quoted.kind {
            ExprKind::String(text) => Ok(text),
            _ => Err(self.fault(&SYNTAX, open, self.at, "a label must be a plain string, without `${…}`")),
        }
    }

    /// Consumes a string without escapes, interpolations and line breaks; otherwise returns `None`.
    pub(super) fn simple_string(&mut self) -> Option<&'a str> {
        let start = self.at + 1;
        let inside = self.bytes.get(start..)?;
        let special = |byte: &u8| matches!(byte, b'"' | b'\\' | b'\n' | b'\r' | b'$' | b'%');
        let mut length = 0;
        loop {
            length += inside.get(length..)?.iter().position(special)?;
            match inside.get(length)? {
                b'"' => break,
                b'\\' | b'\n' | b'\r' => return None,
                _ if inside.get(length + 1) == Some(&b'{') => return None,
                _ => length += 1,
            }
        }
        self.at = start + length + 1;
        self.text.get(start..start + length)
    }

    pub(super) fn not_closed(&mut self, open: usize) -> Box<Fault> {
        let line = self.text.get(open..self.line_end_from(open)).unwrap_or_default();
        self.at = open + line.len();
        let fault =
            self.fault(&SYNTAX, open, open + line.trim_end().len(), "the string is not closed on this line");
        fault.map(|finding| finding.help("close it with `\"`; for several lines use a heredoc, `<<EOT`"))
    }

    /// The character of an escape sequence.
    pub(super) fn escape(&mut self) -> Parsed<char> {
        let start = self.at;
        let letter = match self.byte_after(1) {
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'"') => '"',
            Some(b'\\') => '\\',
            Some(b'u') => return self.unicode_escape(start, 4),
            Some(b'U') => return self.unicode_escape(start, 8),
            _ => return Err(self.bad_escape(start)),
        };
        self.at += 2;
        Ok(letter)
    }

    fn unicode_escape(&mut self, start: usize, digits: usize) -> Parsed<char> {
        let digits_start = start + 2;
        let number = self
            .text
            .get(digits_start..digits_start + digits)
            .filter(|text| text.bytes().all(|byte| byte.is_ascii_hexdigit()))
            .and_then(|text| u32::from_str_radix(text, 16).ok());
        let Some(letter) = number.and_then(char::from_u32) else {
            let form = if digits == 4 {
                "`\\u` and four hexadecimal digits"
            } else {
                "`\\U` and eight hexadecimal digits"
            };
            let fault = self.fault(&SYNTAX, start, digits_start, "invalid character code");
            return Err(fault.map(|finding| finding.help(format!("write {form}"))));
        };
        self.at = digits_start + digits;
        Ok(letter)
    }

    fn bad_escape(&self, start: usize) -> Box<Fault> {
        let letter = self
            .text
            .get(start + 1..)
            .and_then(|rest| rest.chars().next())
            .filter(|letter| !letter.is_control());
        let letter = letter.map(String::from).unwrap_or_default();
        let fault =
            self.fault(&SYNTAX, start, start + 1 + letter.len(), format!("invalid escape `\\{letter}`"));
        fault.map(|finding| finding.help("write a backslash as `\\\\`"))
    }
}
