//! Equality of values, and the order of sets.

use super::collection::identity;
use super::{List, ListKind, Member, Type, Value, ValueKind};
use std::cmp::Ordering;

/// A set of these values of one type: sorted and unique, keeping the first of equal ones.
pub(super) fn set(mut values: Vec<Value>, of: &Type) -> List {
    values.sort_by(compare);
    values.dedup_by(|later, earlier| compare(earlier, later) == Ordering::Equal);
    List::typed(ListKind::Set, values, of)
}

/// Whether two values are equal. Values of different types are not, but a list equals a tuple of the same elements.
pub(super) fn equal(left: &Value, right: &Value) -> bool {
    let sets = |value: &Value| matches!(&value.kind, ValueKind::List(list) if list.is_set());
    sets(left) == sets(right) && compare(left, right) == Ordering::Equal
}

/// A total order in which equal values are adjacent: numbers by size, strings by characters, null last.
pub(super) fn compare(left: &Value, right: &Value) -> Ordering {
    match (&left.kind, &right.kind) {
        (ValueKind::Bool(left), ValueKind::Bool(right)) => left.cmp(right),
        (ValueKind::Number(left), ValueKind::Number(right)) => left.cmp(right),
        (ValueKind::String(left), ValueKind::String(right)) => left.cmp(right),
        (ValueKind::Reference(left), ValueKind::Reference(right)) => left.cmp(right),
        (ValueKind::List(left), ValueKind::List(right)) => by_elements(left.iter(), right.iter(), compare),
        (ValueKind::Object(left), ValueKind::Object(right)) => {
            by_elements(left.sorted(), right.sorted(), members)
        }
        (left, right) => rank(left).cmp(&rank(right)),
    }
}

fn members(left: &Member, right: &Member) -> Ordering {
    identity(left).cmp(&identity(right)).then_with(|| compare(&left.value, &right.value))
}

fn by_elements<T>(
    mut left: impl Iterator<Item = T>,
    mut right: impl Iterator<Item = T>,
    compare: impl Fn(T, T) -> Ordering,
) -> Ordering {
    loop {
        let order = match (left.next(), right.next()) {
            (None, None) => return Ordering::Equal,
            (None, Some(_)) => Ordering::Less,
            (Some(_), None) => Ordering::Greater,
            (Some(left), Some(right)) => compare(left, right),
        };
        if order != Ordering::Equal {
            return order;
        }
    }
}

fn rank(kind: &ValueKind) -> u8 {
    match kind {
        ValueKind::Bool(_) => 0,
        ValueKind::Number(_) => 1,
        ValueKind::String(_) => 2,
        ValueKind::Reference(_) => 3,
        ValueKind::List(_) => 4,
        ValueKind::Object(_) => 5,
        ValueKind::Null(_) => 6,
        ValueKind::Failed => 7,
    }
}
