//! The forms of expressions that do not have a file of their own.

use super::budget::{self, EXPRESSION};
use super::conversion::string;
use super::typing::{type_of, unify};
use super::{Evaluation, ListKind, Member, NullType, ORIGIN, Reference, Value, ValueKind};
use crate::diagnostic::source::Span;
use crate::diagnostic::{EVALUATION, Finding, WRONG_TYPE};
use crate::language::block::BlockKind;
use crate::syntax::document::{Conditional, Expr, ExprKind, Item, Key, KeyKind, Step, StepKind};
use crate::syntax::{Seen, duplicate_name};
use std::sync::Arc;

/// The key of a member, and the reference that it was written as.
type EvaluatedKey = (Arc<str>, Option<Arc<Reference>>);

impl Evaluation<'_, '_> {
    pub(super) fn value(&mut self, expr: &Expr) -> Value {
        let span = expr.span;
        let kind = match &expr.kind {
            ExprKind::Null => ValueKind::NULL,
            ExprKind::Bool(value) => ValueKind::Bool(*value),
            ExprKind::Number(number) => ValueKind::Number(number.clone()),
            ExprKind::String(text) => ValueKind::String(Arc::clone(text)),
            _ => return self.compound(expr),
        };
        Value::new(span, kind)
    }

    /// A compound value.
    fn compound(&mut self, expr: &Expr) -> Value {
        let span = expr.span;
        let budget = &self.evaluator.budget;
        if budget.is_spent() {
            return Value::failed(span);
        }
        if !budget.allows_depth(self.depth + 1) {
            self.evaluator.lasting.borrow_mut().push(budget.too_deep(span));
            return Value::failed(span);
        }
        if self.charge_expression(span).is_err() {
            return Value::failed(span);
        }
        self.depth += 1;
        let value = match &expr.kind {
            // A lone `${…}` is what is in it, place and all.
            ExprKind::Template(parts) => self.template(parts, span),
            ExprKind::List(elements) => Value::new(span, self.list(elements, span)),
            ExprKind::Object(items) => Value::new(span, self.object(items, span)),
            ExprKind::Variable(name) => self.variable(name, span),
            ExprKind::Dotted(dotted) => self.dotted(dotted, span),
            ExprKind::Access(access) => self.access(access, span),
            ExprKind::Unary(unary) => Value::new(span, self.unary(unary)),
            ExprKind::Binary(chain) => Value::new(span, self.chain(chain)),
            ExprKind::Conditional(conditional) => self.conditional(conditional, span),
            ExprKind::Call(call) => self.call(call, span),
            ExprKind::For(of) => Value::new(span, self.comprehension(of, span)),
            _ => Value::failed(span),
        };
        self.depth -= 1;
        value
    }

    fn list(&mut self, elements: &[Expr], span: Span) -> ValueKind {
        if self.charge_values(budget::list(elements.len()), span).is_err() {
            return ValueKind::Failed;
        }
        let elements = elements.iter().map(|element| self.value(element)).collect();
        self.list_of(ListKind::Tuple, elements, span)
    }

    fn object(&mut self, items: &[Item], span: Span) -> ValueKind {
        if self.charge_values(budget::object(items.len()), span).is_err() {
            return ValueKind::Failed;
        }
        let mut members = Vec::with_capacity(items.len());
        let (mut texts, mut references) = (Seen::of(items.len()), Seen::default());
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
            match seen.given(&key, key_span) {
                Some(first) => self.findings.push(duplicate_name("key", &key, key_span, first)),
                None => members.push(Member { key, key_span, reference, value }),
            }
        }
        if failed { ValueKind::Failed } else { self.object_of(members, span) }
    }

    fn key(&mut self, key: &Key) -> Option<EvaluatedKey> {
        match &key.kind {
            KeyKind::Plain(name) => Some((Arc::clone(name), None)),
            KeyKind::Expr(expr) => {
                if let Some(written) = self.ambiguous(expr) {
                    let message = format!("`{written}` is not a key: it could be a reference or a name");
                    let finding = Finding::new(&EVALUATION, key.span, message);
                    let help = format!("write `({written})` for its value, or `\"{written}\"` for the name");
                    return self.refuse(finding.help(help));
                }
                let value = self.value(expr);
                self.key_of(value, "a key")
            }
        }
    }

    /// A path of names without parentheses, such as `local.a`, which is no reference to a block.
    fn ambiguous(&self, key: &Expr) -> Option<String> {
        let steps = match &key.kind {
            ExprKind::Dotted(dotted) => {
                return Some(dotted.0.to_string()).filter(|_| !self.is_block_word(dotted.words().0));
            }
            // In parentheses, the path is further inside than the key.
            ExprKind::Access(access) if access.root.span.start == key.span.start => access,
            _ => return None,
        };
        let ExprKind::Variable(root) = &steps.root.kind else { return None };
        let name = |step: &Step| {
            if let StepKind::Attribute(name) = &step.kind { Some(name.to_string()) } else { None }
        };
        let names: Vec<_> = steps.steps.iter().map(name).collect::<Option<_>>()?;
        Some(format!("{root}.{}", names.join("."))).filter(|_| !self.is_block_word(root))
    }

    /// A value as the key of an object: a reference as it is, all else as text.
    pub(super) fn key_of(&mut self, value: Value, what: &str) -> Option<EvaluatedKey> {
        if let ValueKind::Reference(reference) = value.kind {
            return Some((reference.to_string().into(), Some(reference)));
        }
        self.text(value, what).map(|text| (text, None))
    }

    /// Evaluates both results: the type of the conditional is one that both can be converted to.
    fn conditional(&mut self, conditional: &Conditional, span: Span) -> Value {
        let condition = self.value(&conditional.condition);
        let Some(holds) = self.truth(condition, "a condition") else {
            self.names_only(|evaluation| evaluation.value(&conditional.then));
            self.names_only(|evaluation| evaluation.value(&conditional.otherwise));
            return Value::failed(span);
        };
        let (chosen, other) = match holds {
            true => (&conditional.then, &conditional.otherwise),
            false => (&conditional.otherwise, &conditional.then),
        };
        let other = self.names_only(|evaluation| evaluation.value(other));
        let chosen = self.value(chosen);
        if chosen.has_failed() || matches!(other.kind, ValueKind::Failed) {
            return chosen;
        }
        let of = type_of(&chosen.kind);
        let both = [of, type_of(&other.kind)];
        let weight = chosen.weight().min(other.weight());
        if self.charge_steps(weight, span).is_err() {
            return Value::failed(span);
        }
        if matches!(chosen.kind, ValueKind::Null(NullType::Other)) {
            return Value { kind: ValueKind::Null(NullType::like(&other.kind)), ..chosen };
        }
        match unify(both.iter()) {
            Some(result) if both.first() == Some(&result) => chosen,
            Some(result) => match self.converted(&chosen, &result) {
                Ok(value) => value,
                Err(mismatch) => {
                    let finding = Finding::new(&WRONG_TYPE, chosen.span, mismatch.message());
                    Value::new(span, self.fail(finding.related(chosen.from, ORIGIN)))
                }
            },
            None => {
                let (then, otherwise) = if holds { (&chosen, &other) } else { (&other, &chosen) };
                let message = format!(
                    "the results of a conditional have incompatible types: {} and {}",
                    then.kind.name(),
                    otherwise.kind.name()
                );
                let finding = Finding::new(&WRONG_TYPE, then.span.to(otherwise.span), message);
                Value::new(span, self.fail(finding))
            }
        }
    }

    /// A value as text, for templates and keys.
    pub(super) fn text(&mut self, value: Value, what: &str) -> Option<Arc<str>> {
        let span = value.span;
        if let Some(text) = string(&value) {
            return Some(text);
        }
        let finding = match value.kind {
            ValueKind::Failed => return None,
            ValueKind::Null(_) => Finding::new(&EVALUATION, span, format!("{what} cannot be null")),
            ValueKind::Reference(reference) => opaque(&reference, span),
            kind => Finding::new(&WRONG_TYPE, span, format!("{what} cannot be {}", kind.name())),
        };
        self.refuse(finding.related(value.from, ORIGIN))
    }

    pub(super) fn charge_expression(&mut self, span: Span) -> Result<(), ()> {
        self.charge_steps(EXPRESSION, span)
    }

    pub(super) fn charge_steps(&mut self, count: usize, span: Span) -> Result<(), ()> {
        let charged = self.evaluator.budget.steps(count);
        charged.map_err(|_| self.exceeded(span))
    }

    /// Refuses a value that is too large, even if it shares memory.
    pub(super) fn allow_weight(&mut self, weight: usize, span: Span) -> Result<(), ()> {
        if self.evaluator.budget.allows_weight(weight) {
            return Ok(());
        }
        self.exceeded(span);
        Err(())
    }

    pub(super) fn charge_values(&mut self, count: usize, span: Span) -> Result<(), ()> {
        let charged = self.evaluator.budget.values(count);
        charged.map_err(|_| self.exceeded(span))
    }

    pub(super) fn charge_bytes(&mut self, count: usize, span: Span) -> Result<(), ()> {
        let charged = self.evaluator.budget.bytes(count);
        charged.map_err(|_| self.exceeded(span))
    }

    /// Reports, once, that the budget is exhausted.
    pub(super) fn exceeded(&mut self, span: Span) {
        self.evaluator.lasting.borrow_mut().extend(self.evaluator.budget.exceeded(span));
    }
}

/// The finding for a reference where a value of another type is required.
pub(super) fn opaque(reference: &Reference, span: Span) -> Finding {
    let message = format!("`{reference}` is a reference, not a value");
    let help = match reference.kind {
        BlockKind::Namespace => format!("write `{reference}.name` or `{reference}.id`"),
        _ => format!("write `{reference}.name`"),
    };
    Finding::new(&WRONG_TYPE, span, message).help(help)
}
