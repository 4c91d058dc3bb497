//! Limits on the total memory and time of evaluation, so that a small policy cannot use a large amount of either.

use super::Value;
use crate::diagnostic::source::Span;
use crate::diagnostic::{Finding, NESTING_TOO_DEEP, TOO_LARGE};
use crate::language::limit::{Limit, limit};
use std::cell::Cell;

/// The maximum number of bytes of strings that evaluation may create.
pub const BYTES: usize = 64 << 20;

/// The maximum number of values that evaluation may create: elements of lists and members of objects. Also the limit of one
/// value.
pub const VALUES: usize = 2 << 20;

/// The maximum number of steps: an expression takes a few, an element processed by a function takes one.
pub const STEPS: usize = 16 << 20;

/// The additional bytes, values and steps for each object of a guard.
const OBJECT_BYTES: usize = 1 << 8;
const OBJECT_VALUES: usize = 1 << 4;
const OBJECT_STEPS: usize = 1 << 7;

/// The maximum number of values in the attributes of all blocks; those of a local count wherever it is used.
const USES: usize = 2 << 20;

/// The maximum number of bytes of strings in the attributes of all blocks; those of a local count wherever it is used. What
/// is made of an attribute may copy them.
const USED_BYTES: usize = 64 << 20;

/// The maximum number of `for_each` instances of all blocks.
pub const INSTANCES: usize = 100_000;

/// The maximum depth of nested expressions, across references to other blocks.
const DEPTH: u32 = 250;

/// The steps that an expression takes.
pub(super) const EXPRESSION: usize = 6;

/// How many bytes of a string are read in the time of a step.
pub(super) const READ_AT_ONCE: usize = 256;

/// The limits of evaluation.
pub(super) fn limits() -> [Limit; 8] {
    [
        limit("levels of nested expressions, across references to locals and blocks", DEPTH as usize),
        limit("values that evaluation makes, and values in one value", VALUES),
        limit("values in the attributes of all blocks; those of a local count wherever it is used", USES),
        limit("bytes of strings that evaluation makes", BYTES),
        limit(
            "bytes of strings in the attributes of all blocks; those of a local count wherever it is used",
            USED_BYTES,
        ),
        limit("steps of evaluation: an expression takes 6, an element that a function processes 1", STEPS),
        limit("instances of all `for_each`", INSTANCES),
        limit("further steps for each object of a guard", OBJECT_STEPS),
    ]
}

#[derive(Clone)]
pub(super) struct Budget {
    bytes: Cell<usize>,
    values: Cell<usize>,
    steps: Cell<usize>,
    uses: Cell<usize>,
    used_bytes: Cell<usize>,
    instances: Cell<usize>,
    spent: Cell<bool>,
}

impl Default for Budget {
    fn default() -> Self {
        Self {
            bytes: Cell::new(BYTES),
            values: Cell::new(VALUES),
            steps: Cell::new(STEPS),
            uses: Cell::new(USES),
            used_bytes: Cell::new(USED_BYTES),
            instances: Cell::new(INSTANCES),
            spent: Cell::new(false),
        }
    }
}

/// The values charged for a list: the list itself takes the memory of two elements.
pub(super) fn list(elements: usize) -> usize {
    2 + elements
}

/// The values charged for an object: a member takes the memory of two elements.
pub(super) fn object(members: usize) -> usize {
    2 + 2 * members
}

/// The budget is exhausted.
pub(super) struct Spent;

impl Budget {
    /// A budget of so many bytes and values.
    #[cfg(test)]
    pub(super) fn of(bytes: usize, values: usize) -> Self {
        Self { bytes: Cell::new(bytes), values: Cell::new(values), ..Self::default() }
    }

    pub(super) fn bytes(&self, count: usize) -> Result<(), Spent> {
        take(&self.bytes, count)
    }

    pub(super) fn values(&self, count: usize) -> Result<(), Spent> {
        take(&self.values, count)
    }

    pub(super) fn steps(&self, count: usize) -> Result<(), Spent> {
        take(&self.steps, count)
    }

    /// Restores an earlier state.
    pub(super) fn restore(&self, was: &Self) {
        let Self { bytes, values, steps, uses, used_bytes, instances, spent } = was;
        self.bytes.set(bytes.get());
        self.values.set(values.get());
        self.steps.set(steps.get());
        self.uses.set(uses.get());
        self.used_bytes.set(used_bytes.get());
        self.instances.set(instances.get());
        self.spent.set(spent.get());
    }

    /// Extends the budget for so many objects of guards.
    pub(super) fn grow(&self, objects: usize) {
        let grow = |left: &Cell<usize>, each: usize| {
            left.set(left.get().saturating_add(objects.saturating_mul(each)));
        };
        grow(&self.bytes, OBJECT_BYTES);
        grow(&self.values, OBJECT_VALUES);
        grow(&self.steps, OBJECT_STEPS);
    }

    /// Charges a value of an attribute.
    pub(super) fn uses(&self, value: &Value) -> Result<(), Spent> {
        take(&self.uses, value.weight())?;
        take(&self.used_bytes, value.bytes())
    }

    /// Charges instances, or returns a finding that there are too many.
    pub(super) fn instances(&self, count: usize, span: Span) -> Result<(), Box<Finding>> {
        take(&self.instances, count).map_err(|Spent| {
            let message = format!("`for_each` creates more than {INSTANCES} instances");
            Box::new(Finding::new(&TOO_LARGE, span, message))
        })
    }

    /// Whether a value may have this weight.
    pub(super) fn allows_weight(&self, weight: usize) -> bool {
        weight <= VALUES
    }

    /// Whether it is exhausted; then everything else fails too.
    pub(super) fn is_spent(&self) -> bool {
        self.spent.get()
    }

    /// The finding that it is exhausted, once.
    pub(super) fn exceeded(&self, span: Span) -> Option<Finding> {
        if self.spent.replace(true) {
            return None;
        }
        let message = format!(
            "evaluation produces more than {VALUES} values or {} MiB of text, or takes more than {STEPS} steps",
            BYTES >> 20
        );
        Some(Finding::new(&TOO_LARGE, span, message))
    }

    /// The finding that blocks use too many values, once.
    pub(super) fn used_up(&self, span: Span) -> Option<Finding> {
        if self.spent.replace(true) {
            return None;
        }
        let message = format!(
            "the attributes of all blocks hold more than {USES} values or {} MiB of text",
            USED_BYTES >> 20
        );
        Some(Finding::new(&TOO_LARGE, span, message))
    }

    pub(super) fn allows_depth(&self, depth: u32) -> bool {
        depth <= DEPTH
    }

    pub(super) fn too_deep(&self, span: Span) -> Finding {
        let message = format!("values are nested more than {DEPTH} levels deep");
        Finding::new(&NESTING_TOO_DEEP, span, message)
    }
}

fn take(left: &Cell<usize>, count: usize) -> Result<(), Spent> {
    match left.get().checked_sub(count) {
        Some(rest) => {
            left.set(rest);
            Ok(())
        }
        None => Err(Spent),
    }
}
