//! Parts of lists.

use super::Invocation;
use crate::evaluate::conversion::string;
use crate::evaluate::order::equal;
use crate::evaluate::typing::{Type, unify};
use crate::evaluate::{List, ListKind, Member, Value, ValueKind};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The elements from one index to another, which is not among them.
pub(super) fn slice(of: &mut Invocation) -> Option<Value> {
    let (list, start, end) = (of.ordered(0)?, of.integer(1)?, of.integer(2)?);
    let length = i64::try_from(list.len()).unwrap_or(i64::MAX);
    if !(0..=length).contains(&end) {
        return of.refuse_argument(2, format!("the end must be from 0 to {length}, not {end}"));
    }
    if !(0..=end).contains(&start) {
        return of.refuse_argument(1, format!("the start must be from 0 to the end, {end}, not {start}"));
    }
    let index = |at: i64| usize::try_from(at).unwrap_or(usize::MAX);
    let elements = list.get(index(start)..index(end)).unwrap_or_default().to_vec();
    of.made_part(&list, list.kind(), elements)
}

/// Lists of so many elements each, the last with the rest; 0 is one list of all.
pub(super) fn chunklist(of: &mut Invocation) -> Option<Value> {
    let (list, size) = (of.list_of(0, Type::Any)?, of.integer(1)?);
    let Ok(size) = usize::try_from(size) else {
        return of.refuse_argument(1, "the size must not be negative");
    };
    let size = if size == 0 { list.len().max(1) } else { size };
    of.evaluation.charge_values(2 * list.len(), of.span).ok()?;
    let span = of.span;
    let mut chunks = Vec::new();
    for chunk in list.chunks(size) {
        chunks.push(Value::new(span, ValueKind::List(list.of_same_type(ListKind::List, chunk.to_vec()))));
    }
    let element = Type::List(Arc::new(list.element_type()));
    of.made_typed(ListKind::List, chunks, &element)
}

/// The index of the first element that equals the value.
pub(super) fn index(of: &mut Invocation) -> Option<Value> {
    let (list, searched) = (of.ordered(0)?, of.argument(1)?);
    of.charge(list.weight())?;
    match list.iter().position(|element| equal(element, &searched)) {
        Some(at) => Some(of.made(ValueKind::Number(at.into()))),
        None => of.refuse("no element equals the value"),
    }
}

/// The first list that is not empty.
pub(super) fn coalescelist(of: &mut Invocation) -> Option<Value> {
    for index in 0..of.values.len() {
        let value = of.given(index)?;
        if !of.ordered(index)?.is_empty() {
            return Some(value.passed_on(of.span));
        }
    }
    of.refuse("every list is empty")
}

/// The values whose keys, which stand at the same index of another list, are among those searched for.
pub(super) fn matchkeys(of: &mut Invocation) -> Option<Value> {
    let (values, keys) = (of.list_of(0, Type::Any)?, of.list_of(1, Type::Any)?);
    let searched = of.list_of(2, Type::Any)?;
    if values.len() != keys.len() {
        return of.refuse(format!("{} values but {} keys", values.len(), keys.len()));
    }
    let types = [keys.element_type(), searched.element_type()];
    let Some(common) = unify(types.iter()) else {
        return of.refuse("the keys and those searched for have incompatible types");
    };
    let (keys, searched) = (of.list_of(1, common.clone())?, of.list_of(2, common)?);
    of.charge(keys.weight().saturating_mul(searched.len().max(1)))?;
    let is_searched = |key: &Value| searched.iter().any(|searched| equal(key, searched));
    let matched = values.iter().zip(keys.iter()).filter(|(_, key)| is_searched(key));
    let matched = matched.map(|(value, _)| value.clone()).collect();
    of.made_part(&values, ListKind::List, matched)
}

/// A map of lists of strings, from each string to the keys of the lists that have it.
pub(super) fn transpose(of: &mut Invocation) -> Option<Value> {
    let strings = Type::List(Arc::new(Type::String));
    let map = of.of_type(0, &Type::Map(Arc::new(strings.clone())))?;
    let ValueKind::Object(map) = &map.kind else { return None };
    let mut transposed: BTreeMap<Arc<str>, Vec<Value>> = BTreeMap::new();
    for member in map.sorted() {
        let ValueKind::List(list) = &member.value.kind else {
            return of.refuse_argument(0, format!("the list `{}` is null", member.key));
        };
        of.evaluation.charge_values(2 * list.len(), of.span).ok()?;
        for element in list.iter() {
            let Some(key) = string(element) else {
                return of.refuse_argument(0, format!("an element of the list `{}` is null", member.key));
            };
            let value = Value::new(member.key_span, ValueKind::String(Arc::clone(&member.key)));
            transposed.entry(key).or_default().push(value);
        }
    }
    let span = of.span;
    let member = |(key, keys)| {
        let value = Value::new(span, ValueKind::List(List::new(ListKind::List, keys)));
        Member { key, key_span: span, reference: None, value }
    };
    let members = transposed.into_iter().map(member).collect();
    of.made_map(members, &strings)
}

impl Invocation<'_, '_, '_> {
    /// A new list of elements of another one, which keeps its type.
    pub(super) fn made_part(&mut self, list: &List, kind: ListKind, elements: Vec<Value>) -> Option<Value> {
        if kind == ListKind::Tuple {
            return self.made_list(kind, elements);
        }
        self.made_typed(kind, elements, &list.element_type())
    }
}
