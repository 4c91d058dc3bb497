//! Sets: elements in canonical order, so that sets with the same elements are equal.

use super::Value;

/// Elements without order or duplicates.
///
/// Elements with unknown values are never merged: they may turn out to be different.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Set(Vec<Value>);

impl Set {
    /// The set of these elements.
    pub fn new(elements: impl IntoIterator<Item = Value>) -> Self {
        let mut elements: Vec<Value> = elements.into_iter().map(Value::normalized).collect();
        elements.sort_unstable();
        elements.dedup_by(|later, earlier| later == earlier && earlier.is_wholly_known());
        Self(elements)
    }

    /// In canonical order.
    pub fn elements(&self) -> &[Value] {
        &self.0
    }

    /// In canonical order, owned.
    pub fn into_elements(self) -> Vec<Value> {
        self.0
    }
}
