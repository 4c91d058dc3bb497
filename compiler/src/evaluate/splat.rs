//! Splats: `list[*].name` and `list.*.name`. A value that is not a list is a list of one, and null is an empty list.

use super::{Evaluation, List, ListKind, Value, ValueKind};
use crate::diagnostic::source::Span;
use crate::syntax::document::{Expr, Step, StepKind};

impl Evaluation<'_, '_> {
    /// `value[*]`: all following steps apply to each element.
    pub(super) fn full_splat(&mut self, value: Value, each: &[Step], read: Span) -> Value {
        self.splat(value, each, read)
    }

    /// `value.*`: the `.name` and `.0` that follow apply to each element, the rest to the list.
    pub(super) fn attribute_splat(&mut self, value: Value, steps: &[Step], read: Span) -> Value {
        let of_each = steps.iter().take_while(|step| is_dotted(step)).count();
        let (each, rest) = steps.split_at_checked(of_each).unwrap_or((steps, &[]));
        let splat = self.splat(value, each, read);
        self.steps(splat, rest)
    }

    fn splat(&mut self, value: Value, each: &[Step], read: Span) -> Value {
        let span = each.last().map_or(read, |last| read.to(last.span));
        let elements = match &value.kind {
            ValueKind::Failed => return Value::failed(span),
            ValueKind::Null => return Value::new(span, ValueKind::List(List::tuple(Vec::new()))),
            ValueKind::List(list) => list.to_vec(),
            _ => vec![value.clone()],
        };
        let elements: Vec<_> = elements.iter().map(|element| element.passed_on(read)).collect();
        if self.charge_values(elements.len(), span).is_err() {
            return Value::failed(span);
        }
        let before = self.findings.len();
        let mut caps = super::comprehension::Caps::new(before, self.names.len());
        let mut read = Vec::with_capacity(elements.len());
        for element in elements {
            if self.charge_expression(span).is_err() {
                return Value::failed(span);
            }
            read.push(self.steps(element, each));
            caps.limit(self.findings, self.names);
        }
        // If the elements have one type, their attributes have one too.
        let kind = match &value.kind {
            ValueKind::List(list) if list.kind() != ListKind::Tuple => ListKind::List,
            _ => ListKind::Tuple,
        };
        Value::new(span, self.list_of(kind, read, span))
    }
}

/// Whether a step is `.name` or `.0`; `[0]` is one byte longer than its index at its end.
fn is_dotted(step: &Step) -> bool {
    match &step.kind {
        StepKind::Attribute(_) => true,
        StepKind::Index(Expr { span, .. }) => span.end == step.span.end,
        StepKind::AttributeSplat | StepKind::FullSplat => false,
    }
}
