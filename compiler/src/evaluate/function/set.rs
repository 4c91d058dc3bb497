//! Sets.

use super::Invocation;
use crate::evaluate::collection::SORTING;
use crate::evaluate::order::{compare, set};
use crate::evaluate::typing::{Type, unify};
use crate::evaluate::{List, ListKind, Value, ValueKind};
use std::sync::Arc;

pub(super) fn setunion(of: &mut Invocation) -> Option<Value> {
    let (sets, common) = sets(of)?;
    let elements = sets.iter().flat_map(|set| set.iter().cloned()).collect();
    made(of, elements, &common)
}

pub(super) fn setintersection(of: &mut Invocation) -> Option<Value> {
    let (sets, common) = sets(of)?;
    let (first, rest) = sets.split_first()?;
    let everywhere = |element: &&Value| rest.iter().all(|set| holds(set, element));
    let elements = first.iter().filter(everywhere).cloned().collect();
    made(of, elements, &common)
}

pub(super) fn setsubtract(of: &mut Invocation) -> Option<Value> {
    let (sets, common) = sets(of)?;
    let (first, rest) = sets.split_first()?;
    let nowhere = |element: &&Value| !rest.iter().any(|set| holds(set, element));
    let elements = first.iter().filter(nowhere).cloned().collect();
    made(of, elements, &common)
}

fn made(of: &mut Invocation, elements: Vec<Value>, common: &Type) -> Option<Value> {
    of.evaluation.charge_values(elements.len(), of.span).ok()?;
    Some(of.made(ValueKind::List(set(elements, common))))
}

fn holds(set: &List, element: &Value) -> bool {
    set.binary_search_by(|known| compare(known, element)).is_ok()
}

/// All arguments as sets whose elements have one type, and that type.
fn sets(of: &mut Invocation) -> Option<(Vec<List>, Type)> {
    let mut lists = Vec::with_capacity(of.values.len());
    for index in 0..of.values.len() {
        lists.push(of.of_type(index, &Type::Set(Arc::new(Type::Any)))?);
    }
    let list =
        |value: &Value| if let ValueKind::List(list) = &value.kind { Some(list.clone()) } else { None };
    let types: Vec<_> = lists.iter().filter_map(list).map(|list| list.element_type()).collect();
    let Some(common) = unify(types.iter()) else {
        return of.refuse("the elements of the sets have incompatible types");
    };
    let wanted = Type::Set(Arc::new(common.clone()));
    let mut sets = Vec::with_capacity(lists.len());
    for value in &lists {
        let set = list(&of.evaluation.converted(value, &wanted).ok()?)?;
        let elements = set.iter().map(|element| element.given_by(value.span)).collect();
        sets.push(List::typed(ListKind::Set, elements, &common));
    }
    let walked = sets.iter().map(|list| SORTING * list.weight()).sum();
    of.charge(walked)?;
    Some((sets, common))
}

/// Every combination of an element of each: a list, or where a set is among them a set.
pub(super) fn setproduct(of: &mut Invocation) -> Option<Value> {
    let mut lists = Vec::with_capacity(of.values.len());
    let mut is_set = false;
    for index in 0..of.values.len() {
        let list = of.sequence(index)?;
        is_set |= list.is_set();
        lists.push(of.list_of(index, Type::Any)?);
    }
    let types: Box<[Type]> = lists.iter().map(List::element_type).collect();
    let combined = Type::Tuple(Arc::new(types.into()));
    if lists.iter().any(|list| list.is_empty()) {
        let kind = if is_set { ListKind::Set } else { ListKind::List };
        return of.made_typed(kind, Vec::new(), &combined);
    }
    let total = lists.iter().try_fold(1_usize, |total, list| total.checked_mul(list.len()));
    let cost = total.and_then(|total| total.checked_mul(3 + lists.len())).unwrap_or(usize::MAX);
    of.evaluation.charge_values(cost, of.span).ok()?;
    let mut product = vec![Vec::new()];
    for list in &lists {
        let longer = |head: &Vec<Value>| {
            let head = head.clone();
            list.iter().map(move |element| {
                let mut combination = head.clone();
                combination.push(element.clone());
                combination
            })
        };
        product = product.iter().flat_map(longer).collect();
    }
    let span = of.span;
    let tuple = |combination| Value::new(span, ValueKind::List(List::tuple(combination)));
    let combinations: Vec<_> = product.into_iter().map(tuple).collect();
    if is_set {
        return Some(of.made(ValueKind::List(set(combinations, &combined))));
    }
    let kind = of.evaluation.list_of(ListKind::List, combinations, span);
    Some(of.made(kind))
}
