//! Maps and objects. Keys may be references, which are told from names that read the same.

use super::Invocation;
use crate::evaluate::{List, ListKind, Member, Object, Reference, Type, Value, ValueKind};
use std::collections::HashMap;
use std::sync::Arc;

/// The keys, in their order.
pub(super) fn keys(of: &mut Invocation) -> Option<Value> {
    let object = of.object(0)?;
    let keys = object.sorted().map(|member| {
        let kind = match &member.reference {
            Some(reference) => ValueKind::Reference(Arc::clone(reference)),
            None => ValueKind::String(Arc::clone(&member.key)),
        };
        Value::new(member.key_span, kind)
    });
    let keys = keys.collect();
    if !object.is_map() {
        return of.made_list(ListKind::Tuple, keys);
    }
    of.made_typed(ListKind::List, keys, &Type::String)
}

/// The values, in the order of their keys.
pub(super) fn values(of: &mut Invocation) -> Option<Value> {
    let object = of.object(0)?;
    let values = object.sorted().map(|member| member.value.clone()).collect();
    if !object.is_map() {
        return of.made_list(ListKind::Tuple, values);
    }
    of.made_typed(ListKind::List, values, &object.element_type())
}

/// The value of a key, or else the default.
pub(super) fn lookup(of: &mut Invocation) -> Option<Value> {
    let (object, key) = (of.given(0)?, of.given(1)?);
    let ValueKind::Object(object) = &object.kind else { return of.wrong(&object, "a map or an object") };
    let reference = if let ValueKind::Reference(key) = &key.kind { Some(Arc::clone(key)) } else { None };
    let key = match &reference {
        Some(reference) => reference.to_string().into(),
        None => of.text(1)?,
    };
    let default = of.argument(2);
    let default = match default {
        Some(default) if object.is_map() => {
            let element = object.element_type();
            match of.evaluation.converted(&default, &element) {
                Ok(default) if default.has_failed() => return None,
                Ok(default) => Some(default),
                Err(_) => return of.wrong(&default, "a default of the type of the map's values"),
            }
        }
        default => default,
    };
    match (object.member(&key, reference.as_deref()), default) {
        (Some(member), _) => Some(member.value.passed_on(of.span)),
        (None, Some(default)) => Some(default.passed_on(of.span)),
        (None, None) => of.refuse(format!("there is no key `{key}`, and no default")),
    }
}

/// The members of all; of those with the same key the last.
pub(super) fn merge(of: &mut Invocation) -> Option<Value> {
    let mut all = Vec::new();
    let mut maps = !of.values.is_empty();
    for index in 0..of.values.len() {
        if of.argument(index).is_some_and(|value| matches!(value.kind, ValueKind::Null(_))) {
            continue;
        }
        let object = of.object(index)?;
        maps &= object.is_map();
        all.push(object);
    }
    let types: Vec<_> = all.iter().map(Object::element_type).collect();
    let alike = types.windows(2).all(|pair| matches!(pair, [left, right] if left == right));
    let members = all.iter().flat_map(|object| object.sorted().cloned());
    let merged = distinct(members);
    of.evaluation.charge_values(2 * merged.len(), of.span).ok()?;
    let kind = of.evaluation.object_of(merged, of.span);
    let kind = match kind {
        ValueKind::Object(object) if maps && alike => {
            ValueKind::Object(object.retyped(types.first().unwrap_or(&Type::Any)))
        }
        kind => kind,
    };
    Some(of.made(kind))
}

/// The last member of each key, where the first of it stood.
fn distinct(members: impl Iterator<Item = Member>) -> Vec<Member> {
    let mut places: HashMap<(Arc<str>, Option<Arc<Reference>>), usize> = HashMap::new();
    let mut kept: Vec<Member> = Vec::new();
    for member in members {
        let place = *places.entry((Arc::clone(&member.key), member.reference.clone())).or_insert(kept.len());
        match kept.get_mut(place) {
            Some(known) => *known = member,
            None => kept.push(member),
        }
    }
    kept
}

/// An object of keys and values that stand at the same places of two lists.
pub(super) fn zipmap(of: &mut Invocation) -> Option<Value> {
    let (keys, values) = (zipped_keys(of)?, of.ordered(1)?);
    if keys.len() != values.len() {
        return of.refuse(format!("{} keys but {} values", keys.len(), values.len()));
    }
    let mut members = Vec::with_capacity(keys.len());
    for (key, value) in keys.iter().zip(values.iter()) {
        let (text, reference) = match &key.kind {
            ValueKind::String(text) => (Arc::clone(text), None),
            ValueKind::Reference(reference) => (reference.to_string().into(), Some(Arc::clone(reference))),
            _ => return of.refuse_argument(0, "a key is null"),
        };
        members.push(Member { key: text, key_span: key.written(), reference, value: value.clone() });
    }
    let members = distinct(members.into_iter());
    of.evaluation.charge_values(2 * members.len(), of.span).ok()?;
    let kind = of.evaluation.object_of(members, of.span);
    let is_map = values.kind() == ListKind::List;
    Some(of.made(match kind {
        ValueKind::Object(object) if is_map => ValueKind::Object(object.retyped(&values.element_type())),
        kind => kind,
    }))
}

/// Strings, or references.
fn zipped_keys(of: &mut Invocation) -> Option<List> {
    let keys = of.sequence(0)?;
    let references = keys.iter().all(|key| matches!(key.kind, ValueKind::Reference(_)));
    if references { Some(keys) } else { of.list_of(0, Type::String) }
}
