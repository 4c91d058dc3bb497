//! What evaluation may produce and do in all, so that a small policy cannot ask for a large amount of memory or time.

use crate::diagnostic::source::Span;
use crate::diagnostic::{Finding, NESTING_TOO_DEEP, TOO_LARGE};
use std::cell::Cell;

/// The bytes of strings that evaluation may put together.
const BYTES: usize = 64 << 20;

/// The values that evaluation may produce: elements of lists and members of objects. No value may hold more either.
const VALUES: usize = 2 << 20;

/// The steps that evaluation may take: an expression is a few, an element that a function looks at is one.
const STEPS: usize = 16 << 20;

/// The bytes, values and steps more for each object that a guard looks at.
const OBJECT_BYTES: usize = 1 << 8;
const OBJECT_VALUES: usize = 1 << 4;
const OBJECT_STEPS: usize = 1 << 7;

/// The values that the attributes of all blocks may hold: what a local holds counts wherever it is used.
const USES: usize = 2 << 20;

/// The instances that `for_each` may make of all blocks.
const INSTANCES: usize = 100_000;

/// The depth of expressions in each other, across what is read from other blocks.
const DEPTH: u32 = 250;

/// The steps that an expression is.
pub(super) const EXPRESSION: usize = 6;

#[derive(Clone)]
pub(super) struct Budget {
    bytes: Cell<usize>,
    values: Cell<usize>,
    steps: Cell<usize>,
    uses: Cell<usize>,
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
            instances: Cell::new(INSTANCES),
            spent: Cell::new(false),
        }
    }
}

/// What evaluating an expression takes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cost {
    bytes: usize,
    values: usize,
    steps: usize,
    /// How much the value holds.
    weight: usize,
    instances: usize,
}

/// The values that a list takes: a list of its own takes the memory of two elements.
pub(super) fn list(elements: usize) -> usize {
    2 + elements
}

/// The values that an object takes: a member takes the memory of two elements.
pub(super) fn object(members: usize) -> usize {
    2 + 2 * members
}

/// Nothing is left.
pub(super) struct Spent;

impl Budget {
    /// One with only so many bytes and values left.
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

    /// Takes all of this, or nothing where that is not left.
    pub(super) fn try_charge(&self, cost: Cost) -> bool {
        let of = [
            (&self.bytes, cost.bytes),
            (&self.values, cost.values),
            (&self.steps, cost.steps),
            (&self.uses, cost.weight),
            (&self.instances, cost.instances),
        ];
        let is_left = !self.is_spent() && of.iter().all(|(left, count)| left.get() >= *count);
        is_left && of.into_iter().all(|(left, count)| take(left, count).is_ok())
    }

    /// What was taken of all that there was; `None` where that was not enough.
    pub(super) fn consumed(&self) -> Option<Cost> {
        let cost = || Cost {
            bytes: BYTES - self.bytes.get(),
            values: VALUES - self.values.get(),
            steps: STEPS - self.steps.get(),
            weight: USES - self.uses.get(),
            instances: INSTANCES - self.instances.get(),
        };
        (!self.is_spent()).then(cost)
    }

    /// Makes what is left what it was.
    pub(super) fn restore(&self, was: &Self) {
        let Self { bytes, values, steps, uses, instances, spent } = was;
        self.bytes.set(bytes.get());
        self.values.set(values.get());
        self.steps.set(steps.get());
        self.uses.set(uses.get());
        self.instances.set(instances.get());
        self.spent.set(spent.get());
    }

    /// Adds what may be produced and done for so many objects more: what guards take grows with what they guard.
    pub(super) fn grow(&self, objects: usize) {
        let grow = |left: &Cell<usize>, each: usize| {
            left.set(left.get().saturating_add(objects.saturating_mul(each)));
        };
        grow(&self.bytes, OBJECT_BYTES);
        grow(&self.values, OBJECT_VALUES);
        grow(&self.steps, OBJECT_STEPS);
    }

    pub(super) fn uses(&self, count: usize) -> Result<(), Spent> {
        take(&self.uses, count)
    }

    /// Takes so many instances, or says that there are none left.
    pub(super) fn instances(&self, count: usize, span: Span) -> Result<(), Finding> {
        take(&self.instances, count).map_err(|Spent| {
            let message = format!("`for_each` makes more than {INSTANCES} blocks of this policy");
            Finding::new(&TOO_LARGE, span, message)
        })
    }

    /// Whether a value may hold so many others.
    pub(super) fn allows_weight(&self, weight: usize) -> bool {
        weight <= VALUES
    }

    /// Whether it is spent; then everything else fails too.
    pub(super) fn is_spent(&self) -> bool {
        self.spent.get()
    }

    /// The one finding that says so.
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

    /// The one finding that says that blocks use too much.
    pub(super) fn used_up(&self, span: Span) -> Option<Finding> {
        if self.spent.replace(true) {
            return None;
        }
        let message = format!("the attributes of all blocks hold more than {USES} values");
        Some(Finding::new(&TOO_LARGE, span, message))
    }

    pub(super) fn allows_depth(&self, depth: u32) -> bool {
        depth <= DEPTH
    }

    pub(super) fn too_deep(&self, span: Span) -> Finding {
        let message = format!("values are nested more than {DEPTH} levels deep in each other");
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
