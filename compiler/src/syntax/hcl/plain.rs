//! What policies consist of: plain strings, bare words, and paths of two words such as `namespace.payments`. They are read
//! without asking at every step which of the other forms of an expression they might be.

use super::cursor::Cursor;
use super::fault::Parsed;
use crate::document::{Access, Expr, ExprKind, Step, StepKind};

/// Where a second word stands, with its dot.
struct Second<'a> {
    word: &'a str,
    dot: usize,
}

impl<'a> Cursor<'a> {
    /// A plain string, a word or a path of two words, where it is a whole expression; otherwise nothing is passed but
    /// white space.
    pub(super) fn plain(&mut self) -> Parsed<Option<Expr>> {
        self.skip()?;
        let start = self.at;
        let kind = match self.byte() {
            Some(b'"') => self.plain_text()?,
            _ if self.at_word() => self.plain_path(start)?,
            _ => None,
        };
        match kind {
            Some(_) => self.make_room(1, start)?,
            None => self.at = start,
        }
        Ok(kind.map(|(kind, end)| Expr { span: self.span(start, end), kind }))
    }

    fn plain_text(&mut self) -> Parsed<Option<(ExprKind, usize)>> {
        let Some(text) = self.simple_string() else { return Ok(None) };
        let end = self.at;
        Ok(self.is_over()?.then(|| (ExprKind::String(self.names.name(text)), end)))
    }

    fn plain_path(&mut self, start: usize) -> Parsed<Option<(ExprKind, usize)>> {
        let Some(first) = self.word() else { return Ok(None) };
        let first_end = self.at;
        let second = self.second_word();
        let end = self.at;
        if !self.is_over()? {
            return Ok(None);
        }
        let kind = match (first, second) {
            ("true", None) => ExprKind::Bool(true),
            ("false", None) => ExprKind::Bool(false),
            ("null", None) => ExprKind::Null,
            ("true" | "false" | "null", Some(_)) => return Ok(None),
            (_, None) => ExprKind::Variable(self.names.name(first)),
            (_, Some(second)) => {
                let root = ExprKind::Variable(self.names.name(first));
                let root = Expr { span: self.span(start, first_end), kind: root };
                let kind = StepKind::Attribute(self.names.name(second.word));
                let step = Step { span: self.span(second.dot, end), kind };
                ExprKind::Access(Box::new(Access { root, steps: vec![step] }))
            }
        };
        Ok(Some((kind, end)))
    }

    fn second_word(&mut self) -> Option<Second<'a>> {
        let dot = self.at;
        if self.byte() != Some(b'.') {
            return None;
        }
        self.at += 1;
        match self.word() {
            Some(word) => Some(Second { word, dot }),
            None => {
                self.at = dot;
                None
            }
        }
    }

    /// Whether what follows ends every expression.
    fn is_over(&mut self) -> Parsed<bool> {
        self.skip()?;
        Ok(matches!(self.byte(), Some(b',' | b']' | b'}' | b')' | b'\n')))
    }
}
