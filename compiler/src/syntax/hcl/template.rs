//! Templates: text with `${…}`, `%{if …}` and `%{for …}`, in quoted strings, heredocs and JSON strings.

use super::cursor::Cursor;
use super::fault::{Fault, Parsed};
use crate::diagnostic::SYNTAX;
use crate::diagnostic::source::Span;
use crate::syntax::document::{ExprKind, Name, Part, PartKind, TemplateFor, TemplateIf};

/// The end of a template, which determines its escapes.
#[derive(Clone, Copy)]
pub(super) enum Ending {
    /// A quote; backslashes are escapes.
    Quote { open: usize },
    /// The end of the text; backslashes are literal. The text of `<<-` is kept line by line, so that its indentation can be
    /// removed after strip markers were applied.
    Text { by_line: bool },
}

/// What ended a sequence of parts.
enum Stop {
    End,
    Else(Span),
    EndIf(Span),
    EndFor(Span),
}

/// Text under construction.
#[derive(Default)]
struct Text {
    text: String,
    start: usize,
    /// Whether to strip leading whitespace, after `~}`.
    strip: bool,
    /// Whether to strip trailing whitespace, before `${~`.
    strips_end: bool,
}

impl Cursor<'_> {
    /// A template whose end is the end of the text.
    pub(super) fn bare_template(&mut self) -> Parsed<ExprKind> {
        self.template(Ending::Text { by_line: false })
    }

    /// Consumes the parts up to and including the ending.
    pub(super) fn template(&mut self, ending: Ending) -> Parsed<ExprKind> {
        let parts = self.whole(ending)?;
        Ok(simplified(parts, || self.names.name("")))
    }

    /// The parts up to and including the ending.
    pub(super) fn whole(&mut self, ending: Ending) -> Parsed<Vec<Part>> {
        let (parts, (stop, _)) = self.parts(ending, Text { start: self.at, ..Text::default() })?;
        let stray = match stop {
            Stop::End => None,
            Stop::Else(span) => Some((span, "`%{else}` outside of `%{if …}`")),
            Stop::EndIf(span) => Some((span, "`%{endif}` without `%{if …}`")),
            Stop::EndFor(span) => Some((span, "`%{endfor}` without `%{for …}`")),
        };
        if let Some((span, message)) = stray {
            return Err(self.fault_at(span, message));
        }
        Ok(parts)
    }

    /// Parts up to the ending or a closing directive or `%{else}`, and whether that strips the following text.
    fn parts(&mut self, ending: Ending, mut text: Text) -> Parsed<(Vec<Part>, (Stop, bool))> {
        let mut parts = Vec::new();
        loop {
            self.literal(ending, &mut text)?;
            let Some(marker) = self.byte().filter(|byte| matches!(byte, b'$' | b'%')) else {
                self.flush(ending, &mut text, &mut parts);
                return Ok((parts, (Stop::End, false)));
            };
            let open = self.at;
            self.at += 2;
            if self.byte() == Some(b'~') {
                self.at += 1;
                text.strips_end = true;
            }
            self.flush(ending, &mut text, &mut parts);
            if marker == b'$' {
                let (value, strip) = self.sequence(open, Self::expression)?;
                parts.push(Part { span: self.span(open, self.at), kind: PartKind::Interpolation(value) });
                text = Text { start: self.at, strip, ..Text::default() };
                continue;
            }
            match self.directive(ending, open)? {
                Directive::Part(part, strip) => {
                    parts.push(part);
                    text = Text { start: self.at, strip, ..Text::default() };
                }
                Directive::Stop(stop, strip) => return Ok((parts, (stop, strip))),
            }
        }
    }

    /// The content between `${` and `}`, and whether it ends in `~}`.
    fn sequence<T>(&mut self, open: usize, parse: impl FnOnce(&mut Self) -> Parsed<T>) -> Parsed<(T, bool)> {
        self.nested(open, |cursor| {
            let inside = parse(cursor)?;
            cursor.skip()?;
            let strip = cursor.starts_with(b"~}");
            cursor.at += usize::from(strip);
            cursor.close(b'}', "`}`", open)?;
            Ok((inside, strip))
        })
    }

    fn directive(&mut self, ending: Ending, open: usize) -> Parsed<Directive> {
        self.skip_lines()?;
        let start = self.at;
        let word = self.word().unwrap_or_default();
        let stop: fn(Span) -> Stop = match word {
            "if" => return self.if_directive(ending, open),
            "for" => return self.for_directive(ending, open),
            "else" => Stop::Else,
            "endif" => Stop::EndIf,
            "endfor" => Stop::EndFor,
            _ => {
                self.at = start;
                return Err(self.expected("`if`, `else`, `endif`, `for` or `endfor`"));
            }
        };
        let ((), strip) = self.sequence(open, |_| Ok(()))?;
        Ok(Directive::Stop(stop(self.span(open, self.at)), strip))
    }

    fn if_directive(&mut self, ending: Ending, open: usize) -> Parsed<Directive> {
        let (condition, strip) = self.sequence(open, Self::expression)?;
        let opened = self.span(open, self.at);
        let (then, stop) = self.inner_parts(ending, open, strip)?;
        let has_else = matches!(stop, (Stop::Else(_), _));
        let (otherwise, stop) = match stop {
            (Stop::Else(_), strip) => self.inner_parts(ending, open, strip)?,
            stop => (Vec::new(), stop),
        };
        let (Stop::EndIf(_), strip) = stop else {
            return Err(self.unclosed_directive(opened, "`%{endif}`", stop.0));
        };
        let part = TemplateIf { condition, then: then.into(), otherwise: otherwise.into(), has_else };
        let kind = PartKind::If(part.into());
        Ok(Directive::Part(Part { span: self.span(open, self.at), kind }, strip))
    }

    fn for_directive(&mut self, ending: Ending, open: usize) -> Parsed<Directive> {
        let (((key, value), collection), strip) = self.sequence(open, |cursor| {
            let names = cursor.for_names()?;
            Ok((names, cursor.expression()?))
        })?;
        let opened = self.span(open, self.at);
        let (body, stop) = self.inner_parts(ending, open, strip)?;
        let (Stop::EndFor(_), strip) = stop else {
            return Err(self.unclosed_directive(opened, "`%{endfor}`", stop.0));
        };
        let kind = PartKind::For(TemplateFor { key, value, collection, body: body.into() }.into());
        Ok(Directive::Part(Part { span: self.span(open, self.at), kind }, strip))
    }

    fn inner_parts(&mut self, ending: Ending, open: usize, strip: bool) -> Parsed<(Vec<Part>, (Stop, bool))> {
        self.enter(open)?;
        let (parts, stop) = self.parts(ending, Text { start: self.at, strip, ..Text::default() })?;
        self.leave();
        let is_final = !matches!(ending, Ending::Text { by_line: true });
        Ok((if is_final { without_empty(parts) } else { parts }, stop))
    }

    fn unclosed_directive(&self, opened: Span, expected: &str, stop: Stop) -> Box<Fault> {
        let (span, found) = match stop {
            Stop::Else(span) => (span, "`%{else}`"),
            Stop::EndIf(span) => (span, "`%{endif}`"),
            Stop::EndFor(span) => (span, "`%{endfor}`"),
            Stop::End => (self.span(self.at, self.at), "the end of the template"),
        };
        let fault = self.fault_at(span, format!("expected {expected}, found {found}"));
        fault.map(|finding| finding.related(opened, "this directive is not closed"))
    }

    /// Collects text up to a `${`, a `%{` or the ending; consumes a closing quote.
    fn literal(&mut self, ending: Ending, text: &mut Text) -> Parsed<()> {
        while let Some(byte) = self.byte() {
            match byte {
                b'$' | b'%' if self.byte_after(1) == Some(b'{') => return Ok(()),
                b'$' | b'%' if self.byte_after(1) == Some(byte) && self.byte_after(2) == Some(b'{') => {
                    text.text.push(char::from(byte));
                    text.text.push('{');
                    self.at += 3;
                }
                _ => match ending {
                    Ending::Quote { open } => match byte {
                        b'"' => {
                            self.at += 1;
                            return Ok(());
                        }
                        b'\n' => return Err(self.not_closed(open)),
                        b'\r' if self.byte_after(1) == Some(b'\n') => return Err(self.not_closed(open)),
                        b'\r' => return Err(self.carriage_return()),
                        b'\\' => text.text.push(self.escape()?),
                        _ => self.run(text),
                    },
                    Ending::Text { .. } => self.run(text),
                },
            }
        }
        match ending {
            Ending::Quote { open } => Err(self.not_closed(open)),
            Ending::Text { .. } => Ok(()),
        }
    }

    fn carriage_return(&self) -> Box<Fault> {
        let fault = self.fault(&SYNTAX, self.at, self.at + 1, "a carriage return in a string");
        fault.map(|finding| finding.help("write it as `\\r`"))
    }

    /// Takes the next byte and all following ordinary ones.
    fn run(&mut self, text: &mut Text) {
        let start = self.at;
        self.at += 1;
        while self.byte().is_some_and(|byte| !matches!(byte, b'$' | b'%' | b'"' | b'\\' | b'\n' | b'\r'))
            && self.bytes.get(self.at - 1) != Some(&b'\n')
        {
            self.at += 1;
        }
        text.text.push_str(self.text.get(start..self.at).unwrap_or_default());
    }

    /// Text that was read: one part in quotes, and in heredocs a part for each line. What strip markers leave nothing of is
    /// still a part, beside which a `${…}` is not alone.
    fn flush(&mut self, ending: Ending, text: &mut Text, parts: &mut Vec<Part>) {
        let text = std::mem::take(text);
        if text.text.is_empty() {
            return;
        }
        let span = self.span(text.start, self.at);
        match ending {
            Ending::Text { by_line: true } => {
                let mut lines = text.text.split_inclusive('\n').peekable();
                let mut is_first = true;
                while let Some(line) = lines.next() {
                    let line = if is_first && text.strip { line.trim_start() } else { line };
                    let is_last = lines.peek().is_none();
                    let line = if is_last && text.strips_end { line.trim_end() } else { line };
                    parts.push(Part { span, kind: PartKind::Text(Name::from(line)) });
                    is_first = false;
                }
            }
            _ => {
                let kept = text.stripped(matches!(ending, Ending::Text { .. }));
                parts.push(Part { span, kind: PartKind::Text(self.names.name(kept)) });
            }
        }
    }
}

enum Directive {
    Part(Part, bool),
    Stop(Stop, bool),
}

impl Text {
    /// The text without what the strip markers around it remove: all white space of a quoted string, and in text of several
    /// lines that of the first and the last line.
    fn stripped(&self, lines: bool) -> &str {
        let mut text = &*self.text;
        if self.strip {
            let line =
                if lines { text.find('\n').map_or(text.len(), |newline| newline + 1) } else { text.len() };
            let (line, _) = text.split_at_checked(line).unwrap_or((text, ""));
            text = text.get(line.len() - line.trim_start().len()..).unwrap_or_default();
        }
        if self.strips_end {
            let body = text.strip_suffix('\n').unwrap_or(text);
            let line = if lines { body.rfind('\n').map_or(0, |newline| newline + 1) } else { 0 };
            let kept = text.get(line..).unwrap_or_default().trim_end().len();
            text = text.get(..line + kept).unwrap_or_default();
        }
        text
    }
}

/// The parts without text of which strip markers leave nothing.
pub(super) fn without_empty(mut parts: Vec<Part>) -> Vec<Part> {
    parts.retain(|part| !is_empty(part));
    parts
}

fn is_empty(part: &Part) -> bool {
    matches!(&part.kind, PartKind::Text(text) if text.is_empty())
}

/// A plain string if there is no interpolation.
pub(super) fn simplified(parts: Vec<Part>, empty: impl FnOnce() -> Name) -> ExprKind {
    // A `${…}` beside text is a string, also if strip markers leave nothing of the text.
    let stripped = parts.iter().position(is_empty).map(|at| parts.get(at).cloned());
    let mut parts = without_empty(parts);
    if matches!(&*parts, [Part { kind: PartKind::Interpolation(_), .. }]) {
        parts.extend(stripped.flatten());
    }
    match parts.pop() {
        None => ExprKind::String(empty()),
        Some(Part { kind: PartKind::Text(text), .. }) if parts.is_empty() => ExprKind::String(text),
        Some(last) => {
            parts.push(last);
            ExprKind::Template(parts.into())
        }
    }
}
