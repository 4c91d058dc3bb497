//! Heredocs: `<<EOT` and, without the common indentation, `<<-EOT`.

use super::cursor::Cursor;
use super::fault::Parsed;
use super::template::{Ending, simplified, without_empty};
use crate::diagnostic::SYNTAX;
use crate::syntax::document::{Expr, Name, Part, PartKind};
use crate::syntax::names::Names;

impl Cursor<'_> {
    /// A heredoc, up to the newline after its delimiter.
    pub(super) fn heredoc(&mut self) -> Parsed<Expr> {
        let start = self.at;
        self.at += 2;
        let outdented = self.byte() == Some(b'-');
        self.at += usize::from(outdented);
        let Some(word) = self.word() else {
            return Err(self.expected("a heredoc delimiter, such as `EOT`"));
        };
        let intro_end = self.at;
        while matches!(self.byte(), Some(b' ' | b'\t' | b'\r')) {
            self.at += 1;
        }
        if self.byte() != Some(b'\n') {
            return Err(self.expected(&format!("a new line after `<<{word}`")));
        }
        let blank = self.text.get(intro_end..self.at).unwrap_or_default().trim_end_matches('\r');
        if !blank.is_empty() {
            let message = format!("white space after `<<{word}`");
            let fault = self.fault(&SYNTAX, intro_end, intro_end + blank.len(), message);
            return Err(fault.map(|finding| finding.help("end the line after the word")));
        }
        self.at += 1;
        let Some((text_end, end)) = self.heredoc_end(self.at, word) else {
            let fault = self.fault(
                &SYNTAX,
                start,
                intro_end,
                format!("the heredoc is not closed by a line `{word}`"),
            );
            return Err(
                fault.map(|finding| finding.help(format!("close it with a line that has only `{word}`")))
            );
        };
        let (outer, ends) = (self.bytes, self.ends);
        (self.bytes, self.ends) = (outer.get(..text_end).unwrap_or(outer), "the heredoc");
        let ending = Ending::Text { by_line: outdented };
        let mut parts = self.whole(ending).map_err(|fault| fault.resume_at(text_end))?;
        if outdented {
            let mut indentation = Indentation::new(None, false);
            indentation.visit(&mut parts);
            Indentation::new(indentation.least, true).visit(&mut parts);
            parts = joined(parts, self.names);
        }
        let kind = simplified(parts, || self.names.name(""));
        (self.bytes, self.ends, self.at) = (outer, ends, end);
        Ok(Expr { span: self.span(start, self.at), kind })
    }
}

/// The indentation of the lines of `<<-`, worked out over all parts after strip markers were applied, as Terraform does it. A
/// line is what begins after text that ends in a newline, and has no indentation where it begins with a marker.
struct Indentation {
    /// Whether a line begins with the next part.
    at_start: bool,
    least: Option<usize>,
    /// Whether to remove it; otherwise it is measured.
    removes: bool,
}

impl Indentation {
    fn new(least: Option<usize>, removes: bool) -> Self {
        Self { at_start: true, least, removes }
    }

    fn visit(&mut self, parts: &mut [Part]) {
        for part in parts {
            match &mut part.kind {
                PartKind::Text(text) => self.text(text),
                PartKind::Interpolation(_) => self.marker(),
                PartKind::If(it) => {
                    self.marker();
                    self.visit(&mut it.then);
                    if it.has_else {
                        self.marker();
                    }
                    self.visit(&mut it.otherwise);
                    self.marker();
                }
                PartKind::For(it) => {
                    self.marker();
                    self.visit(&mut it.body);
                    self.marker();
                }
            }
        }
    }

    fn marker(&mut self) {
        if std::mem::take(&mut self.at_start) {
            self.least = Some(0);
        }
    }

    fn text(&mut self, text: &mut Name) {
        let starts = std::mem::replace(&mut self.at_start, text.ends_with('\n'));
        let is_blank = text.trim_start().is_empty() && text.ends_with('\n');
        if !starts || is_blank {
            return;
        }
        let spaces = text.chars().take_while(|letter| letter.is_whitespace());
        if self.removes {
            let removed: usize = spaces.take(self.least.unwrap_or(0)).map(char::len_utf8).sum();
            *text = Name::from(text.get(removed..).unwrap_or_default());
        } else {
            let spaces = spaces.count();
            self.least = Some(self.least.map_or(spaces, |least| least.min(spaces)));
        }
    }
}

/// Joins the lines of text that stand side by side.
fn joined(parts: Vec<Part>, names: &mut Names) -> Vec<Part> {
    let mut kept: Vec<Part> = Vec::with_capacity(parts.len());
    let mut lines = String::new();
    let mut parts = parts.into_iter().peekable();
    while let Some(Part { span, kind }) = parts.next() {
        let kind = match kind {
            PartKind::Text(line) => {
                lines.push_str(&line);
                if matches!(parts.peek(), Some(Part { kind: PartKind::Text(_), .. })) {
                    continue;
                }
                PartKind::Text(names.name(&std::mem::take(&mut lines)))
            }
            PartKind::If(mut it) => {
                it.then = without_empty(joined(std::mem::take(&mut it.then).into_vec(), names)).into();
                it.otherwise =
                    without_empty(joined(std::mem::take(&mut it.otherwise).into_vec(), names)).into();
                PartKind::If(it)
            }
            PartKind::For(mut it) => {
                it.body = without_empty(joined(std::mem::take(&mut it.body).into_vec(), names)).into();
                PartKind::For(it)
            }
            kind => kind,
        };
        kept.push(Part { span, kind });
    }
    kept
}
