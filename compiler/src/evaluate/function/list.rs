//! Lists.

use super::{Invocation, element_text};
use crate::evaluate::collection::SORTING;
use crate::evaluate::conversion::truth;
use crate::evaluate::expression::opaque;
use crate::evaluate::order::compare;
use crate::evaluate::typing::{Type, unify};
use crate::evaluate::{List, ListKind, NullType, Value, ValueKind};
use crate::language::number::Number;
use std::cmp::Ordering;

/// Whether every element is true; null is not.
pub(super) fn alltrue(of: &mut Invocation) -> Option<Value> {
    let list = of.list_of(0, Type::Bool)?;
    Some(of.made(ValueKind::Bool(list.iter().all(|element| truth(element) == Some(true)))))
}

/// Whether any element is true.
pub(super) fn anytrue(of: &mut Invocation) -> Option<Value> {
    let list = of.list_of(0, Type::Bool)?;
    Some(of.made(ValueKind::Bool(list.iter().any(|element| truth(element) == Some(true)))))
}

/// The elements that are neither null nor empty strings.
pub(super) fn compact(of: &mut Invocation) -> Option<Value> {
    let list = of.list_of(0, Type::String)?;
    let full = |element: &&Value| element.as_str().is_some_and(|text| !text.is_empty());
    of.made_typed(ListKind::List, list.iter().filter(full).cloned().collect(), &Type::String)
}

/// All elements of all lists. Lists whose elements have a type in common stay lists of that type.
pub(super) fn concat(of: &mut Invocation) -> Option<Value> {
    let mut lists = Vec::with_capacity(of.values.len());
    for index in 0..of.values.len() {
        lists.push(of.ordered(index)?);
    }
    let total = lists.iter().map(|list| list.len()).sum();
    of.evaluation.charge_values(total, of.span).ok()?;
    let types: Vec<_> = lists.iter().map(List::element_type).collect();
    let are_lists = lists.iter().all(|list| list.kind() == ListKind::List);
    let common = if are_lists { unify(types.iter()) } else { None };
    let mut elements = Vec::with_capacity(total);
    for (index, list) in lists.iter().enumerate() {
        let list = match &common {
            Some(common) => of.list_of(index, common.clone())?,
            None => list.clone(),
        };
        let span = of.argument(index)?.span;
        elements.extend(list.iter().map(|element| element.given_by(span)));
    }
    if let Some(common) = &common {
        return of.made_typed(ListKind::List, elements, common);
    }
    let kind = of.evaluation.list_of(ListKind::Tuple, elements, of.span);
    Some(of.made(kind))
}

/// Whether an element equals the value. A reference is not looked for among names, where it would never be found.
pub(super) fn contains(of: &mut Invocation) -> Option<Value> {
    let (value, searched) = (of.given(0)?, of.given(1)?);
    let ValueKind::List(list) = &value.kind else { return of.wrong(&value, "a list") };
    of.charge(list.search_cost())?;
    let (reference, other) = list.kinds();
    let mixed = match (&searched.kind, reference, other) {
        (ValueKind::Reference(reference), _, Some(_)) => Some(opaque(reference, searched.span)),
        (_, Some(Value { kind: ValueKind::Reference(reference), span, .. }), _)
            if !matches!(searched.kind, ValueKind::Reference(_)) =>
        {
            Some(opaque(reference, *span))
        }
        _ => None,
    };
    if let Some(finding) = mixed {
        return of.evaluation.refuse(finding);
    }
    of.charge(COMPARISONS.saturating_mul(searched.weight()))?;
    Some(of.made(ValueKind::Bool(list.holds(&searched))))
}

/// The comparisons that finding an element in a sorted list takes at most.
const COMPARISONS: usize = 32;

/// The elements without repetitions, in the order of the first of each.
pub(super) fn distinct(of: &mut Invocation) -> Option<Value> {
    let list = of.list_of(0, Type::Any)?;
    of.charge(list.weight())?;
    let mut order: Vec<usize> = (0..list.len()).collect();
    let at = |index: &usize| list.get(*index);
    let by_value = |left: &usize, right: &usize| match (at(left), at(right)) {
        (Some(left), Some(right)) => compare(left, right),
        _ => Ordering::Equal,
    };
    // Sorting keeps equal ones in the order of the list, and of those the first is kept.
    order.sort_by(by_value);
    order.dedup_by(|later, earlier| by_value(earlier, later) == Ordering::Equal);
    order.sort_unstable();
    let elements = order.iter().filter_map(at).cloned().collect();
    of.made_part(&list, ListKind::List, elements)
}

/// The element with this index, counting on from the start after the last, and from the end below zero.
pub(super) fn element(of: &mut Invocation) -> Option<Value> {
    let (list, index) = (of.ordered(0)?, of.integer(1)?);
    let length = i64::try_from(list.len()).unwrap_or(i64::MAX);
    let index = index.checked_rem_euclid(length).and_then(|index| usize::try_from(index).ok());
    match index.and_then(|index| list.get(index)) {
        Some(element) => Some(element.passed_on(of.span)),
        None => of.refuse_argument(0, "the list is empty"),
    }
}

/// The elements, those of lists in their place, at any depth.
pub(super) fn flatten(of: &mut Invocation) -> Option<Value> {
    let list = of.sequence(0)?;
    of.charge(list.weight())?;
    let mut elements = Vec::new();
    flatten_into(&list, &mut elements);
    of.made_list(ListKind::Tuple, elements)
}

/// No deeper than lists are nested, which evaluation bounds.
fn flatten_into(list: &List, elements: &mut Vec<Value>) {
    for element in list.iter() {
        match &element.kind {
            ValueKind::List(inner) => flatten_into(inner, elements),
            _ => elements.push(element.clone()),
        }
    }
}

/// The one element, or null where there is none.
pub(super) fn one(of: &mut Invocation) -> Option<Value> {
    let list = of.sequence(0)?;
    match &*list {
        [] => Some(of.made(ValueKind::Null(NullType::of(&list.element_type())))),
        [element] => Some(element.passed_on(of.span)),
        _ => of.refuse_argument(0, format!("there are {} elements, not one or none", list.len())),
    }
}

/// How many numbers `range` makes at most, as in Terraform.
pub(super) const RANGE: usize = 1024;

/// Numbers from a start, 0 unless given, up to an end that is not among them.
pub(super) fn range(of: &mut Invocation) -> Option<Value> {
    let zero = Number::from(0_i64);
    let (start, end) = match of.values.len() {
        1 => (zero.clone(), of.number(0)?),
        _ => (of.number(0)?, of.number(1)?),
    };
    let down = end < start;
    let step = if of.values.len() == 3 { of.number(2)? } else { Number::from(if down { -1_i64 } else { 1 }) };
    match step.sign() {
        Ordering::Equal => return of.refuse_argument(2, "the step must not be zero"),
        Ordering::Less if end > start => {
            return of.refuse_argument(1, "with a negative step the end must be less than the start");
        }
        Ordering::Greater if down => {
            return of.refuse_argument(1, "with a positive step the end must be greater than the start");
        }
        _ => {}
    }
    let mut numbers = Vec::new();
    let mut number = start;
    while if step.sign() == Ordering::Less { number > end } else { number < end } {
        if numbers.len() == RANGE {
            return of.refuse(format!("the range has more than {RANGE} numbers"));
        }
        let next = number.add(&step);
        of.evaluation.charge_bytes(number.bytes(), of.span).ok()?;
        numbers.push(of.made(ValueKind::Number(number)));
        match next {
            Ok(next) => number = next,
            Err(error) => return of.refuse(error.to_string()),
        }
    }
    of.made_typed(ListKind::List, numbers, &Type::Number)
}

pub(super) fn reverse(of: &mut Invocation) -> Option<Value> {
    let list = of.sequence(0)?;
    let kind = if list.kind() == ListKind::Tuple { ListKind::Tuple } else { ListKind::List };
    of.made_part(&list, kind, list.iter().rev().cloned().collect())
}

/// Strings in the order of their characters.
pub(super) fn sort(of: &mut Invocation) -> Option<Value> {
    let list = of.list_of(0, Type::String)?;
    if list.iter().any(|element| element_text(element).is_none()) {
        return of.refuse_argument(0, "an element is null");
    }
    of.charge(SORTING * list.len())?;
    let mut elements = list.to_vec();
    elements.sort_by(compare);
    of.made_typed(ListKind::List, elements, &Type::String)
}
