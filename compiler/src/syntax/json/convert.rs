//! Converts JSON values to expressions.

use super::super::Seen;
use super::super::hcl::{DEEPEST, EmbeddedTemplate};
use super::super::names::Names;
use super::Place;
use crate::diagnostic::source::Span;
use crate::diagnostic::{Finding, Findings, NESTING_TOO_DEEP, SYNTAX, TOO_LARGE};
use crate::language::number::Number;
use crate::syntax::document::{Attribute, Expr, ExprKind, Item, Key, KeyKind, Name};
use jsonc_parser::ast::{Object, ObjectPropName, StringLit, Value};
use jsonc_parser::common::{Range, Ranged};
use std::borrow::Cow;

pub(super) struct Converter<'a> {
    /// The whole text, including a byte order mark.
    pub(super) text: &'a str,
    pub(super) place: Place,
    pub(super) lossy: bool,
    /// Whether strings are templates.
    pub(super) templates: bool,
    pub(super) names: &'a mut Names,
    pub(super) findings: &'a mut Findings,
}

/// A finding that invalidates its block.
type Converted<T> = Result<T, Box<Finding>>;

impl Converter<'_> {
    pub(super) fn attributes(&mut self, body: &Object<'_>) -> Converted<Vec<Attribute>> {
        let mut seen = Seen::default();
        let mut attributes: Vec<Attribute> = Vec::with_capacity(body.properties.len());
        for property in &body.properties {
            if is_comment(&property.name) {
                continue;
            }
            let (name, name_span) = self.key(&property.name);
            self.refuse_control_characters(name_span)?;
            let value = self.expr(&property.value, 1)?;
            match seen.given(&name, name_span) {
                Some(first) => {
                    self.findings.push(super::super::duplicate_name("attribute", &name, name_span, first));
                }
                None => attributes.push(Attribute { name, name_span, value }),
            }
        }
        Ok(attributes)
    }

    /// The attribute `name` of a block with invalid attributes.
    pub(super) fn plain_name(&mut self, body: &Object<'_>) -> Option<Attribute> {
        let property = body.properties.iter().find(|property| property.name.as_str() == "name")?;
        let value = self.expr(&property.value, 1).ok()?;
        let (name, name_span) = self.key(&property.name);
        Some(Attribute { name, name_span, value })
    }

    /// The text of a key, which is never a template, and its location.
    pub(super) fn key(&mut self, name: &ObjectPropName<'_>) -> (Name, Span) {
        (self.names.name(name.as_str()), self.span(name.range()))
    }

    pub(super) fn value_span(&self, value: &Value<'_>) -> Span {
        self.span(value.range())
    }

    /// Whether the span has replaced bytes, which were not UTF-8.
    pub(super) fn is_replaced(&self, span: Span) -> bool {
        self.lossy
            && self.text.get(span.range()).is_some_and(|text| text.contains(char::REPLACEMENT_CHARACTER))
    }

    fn span(&self, range: Range) -> Span {
        self.place.span(range.start, range.end)
    }

    fn expr(&mut self, value: &Value<'_>, depth: u32) -> Converted<Expr> {
        let span = self.value_span(value);
        let kind = match value {
            Value::NullKeyword(_) => ExprKind::Null,
            Value::BooleanLit(literal) => ExprKind::Bool(literal.value),
            Value::StringLit(literal) => self.string(literal, depth)?,
            Value::NumberLit(literal) => match Number::parse(literal.value) {
                Ok(number) => ExprKind::Number(number),
                Err(error) => return Err(Finding::new(&TOO_LARGE, span, error.to_string()).into()),
            },
            Value::Array(array) => {
                refuse_depth(depth, span)?;
                // Collecting results would reallocate the list repeatedly.
                let mut elements = Vec::with_capacity(array.elements.len());
                for element in &array.elements {
                    elements.push(self.expr(element, depth + 1)?);
                }
                ExprKind::List(elements.into())
            }
            Value::Object(object) => {
                refuse_depth(depth, span)?;
                let mut items = Vec::with_capacity(object.properties.len());
                for property in &object.properties {
                    items.push(self.item(property, depth + 1)?);
                }
                ExprKind::Object(items.into())
            }
        };
        Ok(Expr { span, kind })
    }

    fn item(&mut self, property: &jsonc_parser::ast::ObjectProp<'_>, depth: u32) -> Converted<Item> {
        let (key, span) = self.key(&property.name);
        self.refuse_control_characters(span)?;
        let value = self.expr(&property.value, depth)?;
        Ok(Item { key: Key { span, kind: KeyKind::Plain(key) }, value })
    }

    fn string(&mut self, literal: &StringLit<'_>, depth: u32) -> Converted<ExprKind> {
        let span = self.span(literal.range);
        self.refuse_control_characters(span)?;
        if !self.templates || !is_template(&literal.value) {
            return Ok(ExprKind::String(self.names.name(&literal.value)));
        }
        let (start, end) = (span.start as usize + 1, span.end as usize - 1);
        let file = self.place.file;
        match &literal.value {
            Cow::Borrowed(_) => {
                let text = self.text.get(..end).unwrap_or_default();
                EmbeddedTemplate { text, start, places: &[], file, depth }.parse(self.names, self.findings)
            }
            Cow::Owned(text) => {
                let places = places(self.text.get(start..end).unwrap_or_default(), span.start + 1);
                EmbeddedTemplate { text, start: 0, places: &places, file, depth }
                    .parse(self.names, self.findings)
            }
        }
    }

    /// Refuses raw control characters in strings, which the parser accepts.
    pub(super) fn refuse_control_characters(&self, span: Span) -> Converted<()> {
        let text = self.text.get(span.range()).unwrap_or_default();
        if text.bytes().fold(u8::MAX, u8::min) >= 0x20 {
            return Ok(());
        }
        let Some((at, byte)) = text.bytes().enumerate().find(|(_, byte)| *byte < 0x20) else { return Ok(()) };
        let start = span.start + u32::try_from(at).unwrap_or(0);
        let message = format!("unescaped control character U+{byte:04X} in a string");
        let finding = Finding::new(&SYNTAX, Span::new(span.file, start, start + 1), message);
        Err(finding.help("write it as an escape, such as `\\n`").into())
    }
}

/// Whether a member of a block is a comment, as in Terraform: `"//"`.
pub(super) fn is_comment(name: &ObjectPropName<'_>) -> bool {
    name.as_str() == "//"
}

fn is_template(text: &str) -> bool {
    let opens = |pair: &[u8]| matches!(pair, [b'$' | b'%', b'{']);
    text.contains('{') && text.as_bytes().windows(2).any(opens)
}

fn refuse_depth(depth: u32, span: Span) -> Converted<()> {
    if depth < DEEPEST {
        return Ok(());
    }
    let span = Span::new(span.file, span.start, span.start + 1);
    Err(Finding::new(&NESTING_TOO_DEEP, span, format!("nested more than {DEEPEST} levels deep")).into())
}

/// Maps offsets in the unescaped string to the file: a pair of both offsets after each escape.
fn places(raw: &str, start: u32) -> Vec<(u32, u32)> {
    let mut places = vec![(0, start)];
    let (mut said, mut written) = (0, 0);
    let bytes = raw.as_bytes();
    while let Some(byte) = bytes.get(written) {
        if *byte != b'\\' {
            (said, written) = (said + 1, written + 1);
            continue;
        }
        let (length, says) = escape(bytes.get(written..).unwrap_or_default());
        (said, written) = (said + says, written + length);
        places.push((offset(said), start + offset(written)));
    }
    places
}

/// The number of bytes of an escape, and of the character that it encodes.
fn escape(escape: &[u8]) -> (usize, usize) {
    if escape.get(1) != Some(&b'u') {
        return (2, 1);
    }
    let digits = escape.get(2..6).and_then(|digits| std::str::from_utf8(digits).ok()).unwrap_or_default();
    match u32::from_str_radix(digits, 16).unwrap_or(0) {
        // Half of a surrogate pair.
        0xD800..=0xDFFF => (12, 4),
        number => (6, char::from_u32(number).map_or(1, char::len_utf8)),
    }
}

fn offset(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}
