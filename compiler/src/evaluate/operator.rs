//! Operators. Strings are converted to numbers and bools, as in Terraform.

use super::budget::READ_AT_ONCE;
use super::conversion;
use super::expression::opaque;
use super::order::equal;
use super::{Evaluation, ORIGIN, Value, ValueKind};
use crate::diagnostic::source::Span;
use crate::diagnostic::{EVALUATION, Finding, Findings, TOO_LARGE, WRONG_TYPE};
use crate::language::number::{Number, NumberError};
use crate::syntax::document::{Binary, Chain, Expr, Unary, UnaryKind};
use std::cmp::Ordering;

/// An operand of `&&` or `||`, with findings that count only if it is needed.
struct Operand {
    value: Value,
    found: Findings,
}

/// What a bool is in messages.
const TRUTH: &str = "true or false";

impl Evaluation<'_, '_> {
    pub(super) fn unary(&mut self, unary: &Unary) -> ValueKind {
        let operand = self.value(&unary.operand);
        match unary.operator {
            UnaryKind::Negate => {
                let span = operand.span;
                match self.number(operand, "`-`") {
                    Some(number) => self.made_number(number.negate(), span),
                    None => ValueKind::Failed,
                }
            }
            UnaryKind::Not => {
                self.truth(operand, "`!`").map_or(ValueKind::Failed, |value| ValueKind::Bool(!value))
            }
        }
    }

    /// Operands from left to right.
    pub(super) fn chain(&mut self, chain: &Chain) -> ValueKind {
        let settled = |operator: &Binary| match operator {
            Binary::And => Some(false),
            Binary::Or => Some(true),
            _ => None,
        };
        // All operators of a chain have one precedence: they are all `&&`, all `||`, or neither.
        let is_logic = chain.rest.iter().all(|(operator, ..)| settled(operator).is_some());
        let mut found = Findings::new();
        let mut left = if is_logic {
            self.redirected(&mut found, |evaluation| evaluation.value(&chain.first))
        } else {
            self.value(&chain.first)
        };
        for (operator, at, right) in &chain.rest {
            let span = left.span.to(right.span);
            let kind = match settled(operator) {
                Some(settled) => {
                    let operand = Operand { value: left, found: std::mem::take(&mut found) };
                    self.redirected(&mut found, |evaluation| {
                        evaluation.logic(operand, right, (*operator, settled))
                    })
                }
                None => {
                    let right = self.value(right);
                    self.binary(left, *operator, *at, right)
                }
            };
            left = Value::new(span, kind);
        }
        self.findings.append(&mut found);
        left.kind
    }

    /// Where one operand is false for `&&` or true for `||`, that is the result, and the other one may have failed or be null.
    /// It must not be of another type: that would show only when it is needed.
    fn logic(&mut self, left: Operand, right: &Expr, (operator, settled): (Binary, bool)) -> ValueKind {
        let mut found = Findings::new();
        let right = self.redirected(&mut found, |evaluation| evaluation.value(right));
        let (left, right) = (left, Operand { value: right, found });
        let what = operator.quoted();
        for operand in [&left, &right] {
            let is_typed = conversion::truth(&operand.value).is_some();
            let is_open = matches!(operand.value.kind, ValueKind::Null(_) | ValueKind::Failed);
            if !is_typed && !is_open {
                return self.mismatch(&operand.value, what, TRUTH).unwrap_or(ValueKind::Failed);
            }
        }
        // For `&&` null counts as false.
        let truth = |operand: &Operand| match operand.value.kind {
            ValueKind::Null(_) if !settled => Some(false),
            _ => conversion::truth(&operand.value),
        };
        if truth(&left) == Some(settled) || truth(&right) == Some(settled) {
            return ValueKind::Bool(settled);
        }
        let (left, right) = (self.needed(left), self.needed(right));
        match (self.truth(left, what), self.truth(right, what)) {
            (Some(_), Some(value)) => ValueKind::Bool(value),
            _ => ValueKind::Failed,
        }
    }

    /// The value of an operand that is needed; its findings are reported.
    fn needed(&mut self, mut operand: Operand) -> Value {
        self.findings.append(&mut operand.found);
        operand.value
    }

    fn binary(&mut self, left: Value, operator: Binary, at: Span, right: Value) -> ValueKind {
        match operator {
            Binary::Equal => self.equality(&left, &right).map_or(ValueKind::Failed, ValueKind::Bool),
            Binary::NotEqual => {
                self.equality(&left, &right).map_or(ValueKind::Failed, |equal| ValueKind::Bool(!equal))
            }
            _ => {
                let what = operator.quoted();
                let (left, right) = (self.number(left, what), self.number(right, what));
                let (Some(left), Some(right)) = (left, right) else { return ValueKind::Failed };
                self.arithmetic(&left, operator, at, &right)
            }
        }
    }

    fn arithmetic(&mut self, left: &Number, operator: Binary, at: Span, right: &Number) -> ValueKind {
        let order = left.cmp(right);
        let result = match operator {
            Binary::Add => left.add(right),
            Binary::Subtract => left.subtract(right),
            Binary::Multiply => left.multiply(right),
            Binary::Divide => left.divide(right),
            Binary::Remainder => left.remainder(right),
            Binary::Less => return ValueKind::Bool(order == Ordering::Less),
            Binary::LessOrEqual => return ValueKind::Bool(order != Ordering::Greater),
            Binary::Greater => return ValueKind::Bool(order == Ordering::Greater),
            _ => return ValueKind::Bool(order != Ordering::Less),
        };
        match result {
            Ok(number) => self.made_number(number, at),
            Err(error) => {
                let code = if error == NumberError::TooLarge { &TOO_LARGE } else { &EVALUATION };
                self.fail(Finding::new(code, at, error.to_string()))
            }
        }
    }

    /// A computed number: a long one takes memory as a string does.
    fn made_number(&mut self, number: Number, at: Span) -> ValueKind {
        match self.charge_bytes(number.bytes(), at) {
            Ok(()) => ValueKind::Number(number),
            Err(()) => ValueKind::Failed,
        }
    }

    /// Whether two values are equal; values of different types are not. Comparing a reference with a string is an error,
    /// because it would never be true.
    fn equality(&mut self, left: &Value, right: &Value) -> Option<bool> {
        match (&left.kind, &right.kind) {
            _ if left.has_failed() || right.has_failed() => None,
            (ValueKind::Reference(_), ValueKind::Reference(_) | ValueKind::Null(_)) => {
                Some(equal(left, right))
            }
            (ValueKind::Null(_), ValueKind::Reference(_)) => Some(false),
            (ValueKind::Reference(reference), _) => self.refuse(opaque(reference, left.span)),
            (_, ValueKind::Reference(reference)) => self.refuse(opaque(reference, right.span)),
            _ => {
                let texts = left.as_str().zip(right.as_str());
                let bytes = texts.map_or(0, |(left, right)| left.len().min(right.len()));
                let values = left.weight().min(right.weight());
                self.charge_steps(values + bytes / READ_AT_ONCE, left.span).ok()?;
                Some(equal(left, right))
            }
        }
    }

    pub(super) fn number(&mut self, value: Value, what: &str) -> Option<Number> {
        conversion::number(&value).or_else(|| self.mismatch(&value, what, "a number"))
    }

    pub(super) fn truth(&mut self, value: Value, what: &str) -> Option<bool> {
        conversion::truth(&value).or_else(|| self.mismatch(&value, what, TRUTH))
    }

    fn mismatch<T>(&mut self, value: &Value, what: &str, wanted: &str) -> Option<T> {
        let finding = match &value.kind {
            ValueKind::Failed => return None,
            ValueKind::Null(_) => {
                Finding::new(&EVALUATION, value.span, format!("{what} needs {wanted}, not null"))
            }
            ValueKind::Reference(reference) => opaque(reference, value.span),
            kind => {
                Finding::new(&WRONG_TYPE, value.span, format!("{what} needs {wanted}, not {}", kind.name()))
            }
        };
        self.refuse(finding.related(value.from, ORIGIN))
    }
}
