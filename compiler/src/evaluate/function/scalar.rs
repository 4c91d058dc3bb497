//! Numbers, conversions, and what takes values of any type.

use super::Invocation;
use crate::evaluate::collection::SORTING;
use crate::evaluate::typing::{Type, type_of, unify};
use crate::evaluate::{NullType, Value, ValueKind};
use crate::language::number::Number;
use std::cmp::Ordering;
use std::sync::Arc;
use unicode_segmentation::UnicodeSegmentation;

/// The first argument that is neither null nor an empty string.
pub(super) fn coalesce(of: &mut Invocation) -> Option<Value> {
    let weights = of.values.iter().map(Value::weight).sum();
    of.charge(weights)?;
    let types: Vec<_> = of.values.iter().map(|value| type_of(&value.kind)).collect();
    let Some(common) = unify(types.iter()) else {
        return of.refuse("the arguments have incompatible types");
    };
    for value in of.values.clone() {
        let Ok(value) = of.evaluation.converted(&value, &common) else {
            return of.refuse("the arguments have incompatible types");
        };
        if value.has_failed() {
            return None;
        }
        let is_empty = value.as_str().is_some_and(str::is_empty);
        if !is_empty && !matches!(value.kind, ValueKind::Null(_)) {
            return Some(value.passed_on(of.span));
        }
    }
    of.refuse("every argument is null or an empty string")
}

/// Characters of a string as people count them, or elements.
pub(super) fn length(of: &mut Invocation) -> Option<Value> {
    let value = of.given(0)?;
    let length = match &value.kind {
        ValueKind::String(text) => {
            of.charge(text.len())?;
            text.graphemes(true).count()
        }
        ValueKind::List(list) => list.len(),
        ValueKind::Object(object) => object.len(),
        _ => return of.wrong(&value, "a list, a set, a map, an object or a string"),
    };
    Some(of.made(ValueKind::Number(length.into())))
}

pub(super) fn max(of: &mut Invocation) -> Option<Value> {
    extreme(of, Ordering::Greater)
}

pub(super) fn min(of: &mut Invocation) -> Option<Value> {
    extreme(of, Ordering::Less)
}

fn extreme(of: &mut Invocation, better: Ordering) -> Option<Value> {
    let mut best: Option<Number> = None;
    for index in 0..of.values.len() {
        let number = of.number(index)?;
        if best.as_ref().is_none_or(|best| number.cmp(best) == better) {
            best = Some(number);
        }
    }
    best.map(|best| of.made(ValueKind::Number(best)))
}

pub(super) fn tolist(of: &mut Invocation) -> Option<Value> {
    converted(of, &Type::List(Arc::new(Type::Any)))
}

pub(super) fn toset(of: &mut Invocation) -> Option<Value> {
    converted(of, &Type::Set(Arc::new(Type::Any)))
}

pub(super) fn tomap(of: &mut Invocation) -> Option<Value> {
    converted(of, &Type::Map(Arc::new(Type::Any)))
}

pub(super) fn tonumber(of: &mut Invocation) -> Option<Value> {
    converted(of, &Type::Number)
}

pub(super) fn tobool(of: &mut Invocation) -> Option<Value> {
    converted(of, &Type::Bool)
}

pub(super) fn tostring(of: &mut Invocation) -> Option<Value> {
    converted(of, &Type::String)
}

/// A conversion; null is null of any type.
fn converted(of: &mut Invocation, to: &Type) -> Option<Value> {
    let value = of.argument(0)?;
    if matches!(value.kind, ValueKind::Null(_)) {
        return Some(Value { kind: ValueKind::Null(NullType::of(to)), ..value });
    }
    let converted = of.of_type(0, to)?;
    if let ValueKind::List(list) = &converted.kind {
        of.charge(SORTING * list.len())?;
        of.evaluation.charge_values(list.len(), of.span).ok()?;
    }
    Some(converted.passed_on(of.span))
}
