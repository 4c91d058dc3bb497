//! The forms of expressions that do not have a file of their own.

use super::{Evaluation, Member, Value, ValueKind};
use crate::document::{Conditional, Expr, ExprKind, Item, Key, KeyKind};
use crate::syntax::{Seen, duplicate_name};
use schema::diagnostic::{Code, Finding};
use schema::source::Span;
use std::sync::Arc;

/// The key of a member, and the reference that it was written as.
type EvaluatedKey = (Arc<str>, Option<super::Reference>);

impl Evaluation<'_, '_> {
    pub(super) fn value(&mut self, expr: &Expr) -> Value {
        let span = expr.span;
        let kind = match &expr.kind {
            ExprKind::Null => ValueKind::Null,
            ExprKind::Bool(value) => ValueKind::Bool(*value),
            ExprKind::Number(number) => ValueKind::Number(number.clone()),
            ExprKind::String(text) => ValueKind::String(Arc::clone(text)),
            _ => return self.deeper(expr),
        };
        Value { span, kind }
    }

    /// A value that is made of others.
    fn deeper(&mut self, expr: &Expr) -> Value {
        let span = expr.span;
        let budget = &self.evaluator.budget;
        if budget.is_spent() {
            return Value::failed(span);
        }
        if !budget.allows_depth(self.depth + 1) {
            self.evaluator.lasting.borrow_mut().push(budget.too_deep(span));
            return Value::failed(span);
        }
        self.depth += 1;
        let value = match &expr.kind {
            // A lone `${…}` is what is in it, place and all.
            ExprKind::Template(parts) => self.template(parts, span),
            ExprKind::List(elements) => Value { span, kind: self.list(elements, span) },
            ExprKind::Object(items) => Value { span, kind: self.object(items, span) },
            ExprKind::Variable(name) => Value { span, kind: self.variable(name, span) },
            ExprKind::Access(access) => Value { span, kind: self.access(access, span) },
            ExprKind::Unary(unary) => Value { span, kind: self.unary(unary) },
            ExprKind::Binary(chain) => Value { span, kind: self.chain(chain) },
            ExprKind::Conditional(conditional) => self.conditional(conditional, span),
            ExprKind::Call(call) => Value { span, kind: self.call(call, span) },
            ExprKind::For(_) => Value { span, kind: self.unsupported(span, "`for` expressions") },
            _ => Value::failed(span),
        };
        self.depth -= 1;
        value
    }

    fn list(&mut self, elements: &[Expr], span: Span) -> ValueKind {
        if self.charge_values(elements.len(), span).is_err() {
            return ValueKind::Failed;
        }
        ValueKind::List(elements.iter().map(|element| self.value(element)).collect())
    }

    fn object(&mut self, items: &[Item], span: Span) -> ValueKind {
        if self.charge_values(items.len(), span).is_err() {
            return ValueKind::Failed;
        }
        let mut members = Vec::with_capacity(items.len());
        let (mut texts, mut references) = (Seen::default(), Seen::default());
        let mut failed = false;
        for item in items {
            let key = self.key(&item.key);
            let value = self.value(&item.value);
            let Some((key, reference)) = key else {
                failed = true;
                continue;
            };
            let key_span = item.key.span;
            let seen = if reference.is_some() { &mut references } else { &mut texts };
            match seen.first(&key, key_span) {
                Some(first) => self.findings.push(duplicate_name("key", &key, key_span, first)),
                None => members.push(Member { key, key_span, reference, value }),
            }
        }
        if failed { ValueKind::Failed } else { ValueKind::Object(members) }
    }

    fn key(&mut self, key: &Key) -> Option<EvaluatedKey> {
        let expr = match &key.kind {
            KeyKind::Plain(name) => return Some((Arc::clone(name), None)),
            KeyKind::Expr(expr) => expr,
        };
        let value = self.value(expr);
        if let ValueKind::Reference(reference) = value.kind {
            return Some((reference.to_string().into(), Some(reference)));
        }
        self.text(value, "a key").map(|text| (text, None))
    }

    fn conditional(&mut self, conditional: &Conditional, span: Span) -> Value {
        let condition = self.value(&conditional.condition);
        let Some(holds) = self.truth(condition, "a condition") else {
            self.aside(|evaluation| evaluation.value(&conditional.then));
            self.aside(|evaluation| evaluation.value(&conditional.otherwise));
            return Value::failed(span);
        };
        let (chosen, other) = match holds {
            true => (&conditional.then, &conditional.otherwise),
            false => (&conditional.otherwise, &conditional.then),
        };
        self.aside(|evaluation| evaluation.value(other));
        self.value(chosen)
    }

    /// A value as text: what templates and keys are made of.
    pub(super) fn text(&mut self, value: Value, what: &str) -> Option<Arc<str>> {
        let span = value.span;
        let finding = match value.kind {
            ValueKind::String(text) => return Some(text),
            ValueKind::Number(number) => return Some(number.to_string().into()),
            ValueKind::Bool(value) => return Some(if value { "true" } else { "false" }.into()),
            ValueKind::Failed => return None,
            ValueKind::Null => Finding::new(Code::Evaluation, span, format!("{what} cannot be null")),
            ValueKind::Reference(reference) => opaque(&reference, span),
            kind => Finding::new(Code::WrongType, span, format!("{what} cannot be {}", kind.name())),
        };
        self.findings.push(finding);
        None
    }

    pub(super) fn charge_values(&mut self, count: usize, span: Span) -> Result<(), ()> {
        let charged = self.evaluator.budget.values(count);
        charged.map_err(|_| self.exceeded(span))
    }

    pub(super) fn charge_bytes(&mut self, count: usize, span: Span) -> Result<(), ()> {
        let charged = self.evaluator.budget.bytes(count);
        charged.map_err(|_| self.exceeded(span))
    }

    fn exceeded(&mut self, span: Span) {
        self.evaluator.lasting.borrow_mut().extend(self.evaluator.budget.exceeded(span));
    }
}

/// A reference stands where a value of another type is needed.
pub(super) fn opaque(reference: &super::Reference, span: Span) -> Finding {
    let message = format!("`{reference}` is a reference, not a value");
    let help = match &*reference.kind {
        "namespace" => format!("write `{reference}.name` or `{reference}.id`"),
        _ => format!("write `{reference}.name`"),
    };
    Finding::new(Code::WrongType, span, message).help(help)
}
