//! JSON, Base64 and hashes.

use super::Invocation;
use super::formatted::json;
use crate::digest;
use crate::evaluate::{List, Member, Object, Value, ValueKind};
use crate::language::number::Number;
use crate::language::text::normalized;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jsonc_parser::ast::Value as Json;
use jsonc_parser::{CollectOptions, ParseOptions, parse_to_ast};
use std::collections::BTreeMap;
use std::sync::Arc;

pub(super) fn jsonencode(of: &mut Invocation) -> Option<Value> {
    let value = of.argument(0)?;
    of.charge(value.weight())?;
    match json(&value) {
        Some(text) => of.made_text(text),
        None => of.wrong(&value, "a value without references"),
    }
}

/// JSON without any extension.
const STRICT: ParseOptions =
    ParseOptions { allow_comments: false, allow_trailing_commas: false, ..crate::syntax::JSON_OPTIONS };

pub(super) fn jsondecode(of: &mut Invocation) -> Option<Value> {
    let text = of.text(0)?;
    of.charge(text.len())?;
    // The parser takes a form feed as a space, and control characters in strings.
    let is_plain = text.bytes().all(|byte| byte >= b' ' || matches!(byte, b'\n' | b'\r' | b'\t'));
    let parsed = parse_to_ast(&text, &CollectOptions::default(), &STRICT);
    match parsed.ok().and_then(|parsed| parsed.value).filter(|_| is_plain) {
        Some(json) => decoded(of, &json),
        None => of.refuse_argument(0, "this is not JSON"),
    }
}

/// No deeper than the parser nests.
fn decoded(of: &mut Invocation, json: &Json<'_>) -> Option<Value> {
    let kind = match json {
        Json::NullKeyword(_) => ValueKind::NULL,
        Json::BooleanLit(literal) => ValueKind::Bool(literal.value),
        Json::StringLit(literal) => return of.made_text(&*literal.value),
        Json::NumberLit(literal) => match Number::parse(literal.value) {
            Ok(number) => ValueKind::Number(number),
            Err(error) => return of.refuse_argument(0, error.to_string()),
        },
        Json::Array(array) => {
            of.evaluation.charge_values(2 + array.elements.len(), of.span).ok()?;
            let elements = array.elements.iter().map(|element| decoded(of, element));
            ValueKind::List(List::tuple(elements.collect::<Option<Vec<_>>>()?))
        }
        Json::Object(object) => {
            of.evaluation.charge_values(2 + 2 * object.properties.len(), of.span).ok()?;
            let mut members = BTreeMap::new();
            for property in &object.properties {
                let key: Arc<str> = normalized(property.name.as_str()).into();
                of.evaluation.charge_bytes(key.len(), of.span).ok()?;
                members.insert(key, decoded(of, &property.value)?);
            }
            let key_span = of.span;
            let member = |(key, value)| Member { key, key_span, reference: None, value };
            ValueKind::Object(Object::new(members.into_iter().map(member).collect()))
        }
    };
    Some(of.made(kind))
}

pub(super) fn base64encode(of: &mut Invocation) -> Option<Value> {
    let text = of.text(0)?;
    of.made_text(STANDARD.encode(text.as_bytes()))
}

pub(super) fn base64decode(of: &mut Invocation) -> Option<Value> {
    let text = of.text(0)?;
    // Line breaks are passed over, as in Terraform.
    let letters: String = text.chars().filter(|letter| !matches!(letter, '\n' | '\r')).collect();
    match STANDARD.decode(letters).ok().map(String::from_utf8) {
        Some(Ok(decoded)) => of.made_text(decoded),
        Some(Err(_)) => of.refuse_argument(0, "the decoded bytes are not UTF-8"),
        None => of.refuse_argument(0, "this is not Base64"),
    }
}

/// The SHA-256 of the text's UTF-8, in hexadecimal digits.
pub(super) fn sha256(of: &mut Invocation) -> Option<Value> {
    let text = of.text(0)?;
    of.charge(text.len())?;
    of.made_text(digest::sha256(text.as_bytes()))
}
