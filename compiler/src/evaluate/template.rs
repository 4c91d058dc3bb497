//! Templates.

use super::comprehension::Walked;
use super::value::contains;
use super::{Evaluation, Value, ValueKind};
use crate::diagnostic::source::Span;
use crate::syntax::document::{Expr, Part, PartKind, TemplateFor, TemplateIf};
use std::sync::Arc;

impl Evaluation<'_, '_> {
    /// A template. A single `${…}` keeps the type of its expression, and one beside text the place where its value was
    /// written: a wrong name was probably misspelt there.
    pub(super) fn template(&mut self, parts: &[Part], span: Span) -> Value {
        if let [Part { kind: PartKind::Interpolation(expr), .. }] = parts {
            return self.value(expr);
        }
        if let Some(value) = self.completed(parts, span) {
            return value;
        }
        let mut text = String::new();
        let kind = match self.write(parts, span, &mut text) {
            Ok(()) => ValueKind::text(text),
            Err(()) => ValueKind::Failed,
        };
        Value::new(span, kind)
    }

    /// A template of text and one `${…}`; `None` for any other.
    fn completed(&mut self, parts: &[Part], span: Span) -> Option<Value> {
        let mut only = None;
        for part in parts {
            match (&part.kind, only) {
                (PartKind::Text(_), _) => {}
                (PartKind::Interpolation(expr), None) => only = Some(expr),
                _ => return None,
            }
        }
        let value = self.value(only?);
        let from = Some(value.written()).filter(|written| !contains(span, *written));
        let mut text = String::new();
        let write = || {
            let piece = self.text(value, "a part of a template").ok_or(())?;
            parts.iter().try_for_each(|part| match &part.kind {
                PartKind::Text(text_piece) => self.push(text_piece, span, &mut text),
                _ => self.push(&piece, span, &mut text),
            })
        };
        let kind = match write() {
            Ok(()) => ValueKind::text(text),
            Err(()) => ValueKind::Failed,
        };
        Some(Value { from, ..Value::new(span, kind) })
    }

    /// Writes all parts, also those after a failed one, so that the errors of each are reported.
    fn write(&mut self, parts: &[Part], span: Span, text: &mut String) -> Result<(), ()> {
        let mut result = Ok(());
        for part in parts {
            let written = match &part.kind {
                PartKind::Text(piece) => self.push(piece, span, text),
                PartKind::Interpolation(expr) => self.interpolate(expr, span, text),
                PartKind::If(part) => self.write_if(part, span, text),
                PartKind::For(part) => self.write_for(part, span, text),
            };
            result = result.and(written);
        }
        result
    }

    fn interpolate(&mut self, expr: &Expr, span: Span, text: &mut String) -> Result<(), ()> {
        let value = self.value(expr);
        let piece: Arc<str> = self.text(value, "a part of a template").ok_or(())?;
        self.push(&piece, span, text)
    }

    fn write_if(&mut self, part: &TemplateIf, span: Span, text: &mut String) -> Result<(), ()> {
        let condition = self.value(&part.condition);
        let holds = self.truth(condition, "a condition").ok_or(())?;
        let (then, otherwise) = (&part.then, &part.otherwise);
        let (chosen, other) = if holds { (then, otherwise) } else { (otherwise, then) };
        let _ = self.names_only(|evaluation| evaluation.write(other, span, &mut String::new()));
        self.write(chosen, span, text)
    }

    fn write_for(&mut self, part: &TemplateFor, span: Span, text: &mut String) -> Result<(), ()> {
        let length = text.len();
        let mut written = Ok(());
        let walked = self.walk((&part.key, &part.value), &part.collection, span, |evaluation| {
            written = written.and(evaluation.write(&part.body, span, text));
            Ok(())
        });
        match walked? {
            Walked::Elements => written,
            Walked::Nothing => {
                text.truncate(length);
                Ok(())
            }
        }
    }

    fn push(&mut self, piece: &str, span: Span, text: &mut String) -> Result<(), ()> {
        self.charge_bytes(piece.len(), span)?;
        text.push_str(piece);
        Ok(())
    }
}
