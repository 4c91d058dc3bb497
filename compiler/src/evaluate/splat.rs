//! Splats: `list[*].name` and `list.*.name`. A value that is not a list is a list of one, and null is an empty list unless it
//! is known to be a null list.

use super::{Evaluation, List, ListKind, NullType, Type, Value, ValueKind};
use crate::diagnostic::source::Span;
use crate::diagnostic::{EVALUATION, Finding};
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
            ValueKind::Null(NullType::Sequence) => {
                let message = "a splat cannot be applied to a null list";
                let help = "write `x == null ? [] : x[*]`, or `[]` instead of the null";
                let finding = value.place(value.span).finding(&EVALUATION, message).help(help);
                return Value::new(span, self.fail(finding));
            }
            ValueKind::Null(NullType::Other) => {
                return Value::new(span, ValueKind::List(List::tuple(Vec::new())));
            }
            ValueKind::List(list) => list.to_vec(),
            _ => vec![value.clone()],
        };
        let elements: Vec<_> = elements.iter().map(|element| element.passed_on(read)).collect();
        if self.charge_values(elements.len(), span).is_err() {
            return Value::failed(span);
        }
        let (before, before_names) = (self.findings.len(), self.names.len());
        let mut caps = super::comprehension::Caps::new(before, before_names);
        let mut read = Vec::with_capacity(elements.len());
        for element in elements {
            if self.charge_expression(span).is_err() {
                return Value::failed(span);
            }
            read.push(self.steps(element, each));
            caps.limit(self.findings, self.names);
        }
        // As in Terraform, nothing is known of a splat of which a part failed, not even how many elements it has.
        if self.findings.len() > before || self.names.len() > before_names {
            return Value::failed(span);
        }
        // If the elements have one type, what is read from them has one too.
        let kind = match &value.kind {
            ValueKind::List(list) if list.kind() != ListKind::Tuple => {
                let Some(of) = self.type_read(list.element_type(), each, span) else {
                    return Value::failed(span);
                };
                match self.allow_weight(read.iter().map(Value::weight).sum(), span) {
                    Ok(()) => ValueKind::List(List::typed(ListKind::List, read, &of)),
                    Err(()) => ValueKind::Failed,
                }
            }
            _ => self.list_of(ListKind::Tuple, read, span),
        };
        Value::new(span, kind)
    }
}

impl Evaluation<'_, '_> {
    /// The type of what the steps read from an element of this type; any where only a value shows it. Elements that are there
    /// were read already, so that a wrong step is reported only where there are none.
    fn type_read(&mut self, mut of: Type, each: &[Step], span: Span) -> Option<Type> {
        for step in each {
            let next = match (&step.kind, &of) {
                (StepKind::Attribute(name), Type::Object(fields)) => {
                    let field = fields.parts.iter().find(|field| field.name == *name);
                    field.map(|field| field.of.clone())
                }
                (StepKind::Attribute(_) | StepKind::Index(_), Type::Map(of)) => Some((**of).clone()),
                (StepKind::Index(_), Type::List(of)) => Some((**of).clone()),
                (StepKind::Attribute(_), Type::List(_) | Type::Set(_) | Type::Tuple(_))
                | (_, Type::String | Type::Number | Type::Bool)
                | (StepKind::Index(_), Type::Set(_)) => None,
                _ => return Some(Type::Any),
            };
            let Some(next) = next else {
                let what = match &step.kind {
                    StepKind::Attribute(name) => format!("attribute `{name}`"),
                    _ => "elements".to_owned(),
                };
                let message = format!("a value of the type `{of}` has no {what}");
                return self.refuse(Finding::new(&EVALUATION, span, message));
            };
            of = next;
        }
        Some(of)
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
