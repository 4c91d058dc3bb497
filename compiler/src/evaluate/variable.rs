//! `variable` blocks: their types and values, the input value or else `default`.

use super::memo::{Read, sorted};
use super::type_expression::constraint;
use super::{Evaluation, Field, GivenValue, Origin, Stage, Type, Value, ValueKind, unknown};
use crate::diagnostic::source::Span;
use crate::diagnostic::{EVALUATION, Finding, Findings, MISSING_VARIABLE, WRONG_TYPE};
use crate::language::block::BlockKind;
use crate::syntax::document::Block;
use std::sync::Arc;

impl<'d> Evaluation<'_, 'd> {
    /// `var.name`, which is read at `span`.
    pub(super) fn read_var(&mut self, name: &str, span: Span) -> Value {
        if let Some(block) = self.evaluator.labelled(BlockKind::Variable, name) {
            return self.read_variable(block).passed_on(span);
        }
        let evaluator = self.evaluator;
        if !evaluator.may_declare(name) {
            let names = evaluator.document.of_kind(BlockKind::Variable).map(Block::label_text);
            let close = evaluator.effort.closest_of(name, || sorted(names));
            let message = format!("there is no variable `{name}`");
            let finding = unknown(&EVALUATION, span, message, close);
            self.fail_name(match close {
                Some(_) => finding,
                None => finding.help(format!("declare it: `variable \"{name}\" {{ … }}`")),
            });
        }
        Value::failed(span)
    }

    /// The value of a variable. Its findings are reported once, where it is declared.
    pub(super) fn read_variable(&mut self, block: &'d Block) -> Value {
        let path = || format!("var.{}", block.label_text());
        self.once(Read::Variable(std::ptr::from_ref(block)), path, block.span, |evaluation| {
            let mut findings = Findings::new();
            let value = evaluation.variable_value(block, &mut findings);
            evaluation.evaluator.lasting.borrow_mut().append(&mut findings);
            value.unwrap_or_else(|| Value::failed(block.span))
        })
    }

    fn variable_value(&mut self, block: &Block, findings: &mut Findings) -> Option<Value> {
        let wanted = match block.attribute("type") {
            Some(attribute) => Some((self.variable_type(&attribute.value, findings)?, attribute.value.span)),
            None => None,
        };
        let default = block.attribute("default").map(|attribute| &attribute.value);
        // A default of the wrong type is an error, used or not.
        let default = default.map(|expr| {
            let (value, mut found) = self.evaluate_other(Stage::Variable, None, expr);
            findings.append(&mut found);
            self.typed(value, wanted.as_ref(), findings)
        });
        if block.broken {
            return None;
        }
        match self.evaluator.given.get(block.label_text()) {
            Some(given) => {
                let value = self.given_value(given, wanted.as_ref().map(|(of, _)| of), findings)?;
                self.typed(value, wanted.as_ref(), findings)
            }
            None => default.unwrap_or_else(|| {
                findings.push(missing(block));
                None
            }),
        }
    }

    fn variable_type(
        &mut self,
        expr: &crate::syntax::document::Expr,
        findings: &mut Findings,
    ) -> Option<Type> {
        constraint(expr, &mut |default, of| {
            let (value, mut found) = self.evaluate_other(Stage::Variable, None, default);
            findings.append(&mut found);
            self.typed(value, Some(&(of.clone(), default.span)), findings)
        })
        .map_err(|finding| findings.push(*finding))
        .ok()
    }

    fn given_value(
        &mut self,
        given: &GivenValue,
        of: Option<&Type>,
        findings: &mut Findings,
    ) -> Option<Value> {
        let literal = matches!(of, None | Some(Type::String | Type::Number | Type::Bool));
        let expr = match given {
            GivenValue::Text { text, span, .. } if literal => {
                return Some(Value::new(*span, ValueKind::String(Arc::clone(text))));
            }
            GivenValue::Text { expr: Err(finding), .. } => {
                findings.push((**finding).clone());
                return None;
            }
            GivenValue::Text { expr: Ok(expr), .. } | GivenValue::Expr(expr) => expr,
        };
        let (value, mut found) = self.evaluate_other(Stage::Variable, None, expr);
        findings.append(&mut found);
        Some(value)
    }

    /// The value as the variable's type has it.
    fn typed(&mut self, value: Value, of: Option<&(Type, Span)>, findings: &mut Findings) -> Option<Value> {
        let Some((of, asked)) = of else { return Some(value) };
        let span = value.span;
        match self.converted(&value, of) {
            Ok(value) => Some(value),
            Err(mismatch) => {
                let place = Origin::of(mismatch.span, mismatch.from, span);
                let finding = place.finding(&WRONG_TYPE, mismatch.message());
                findings.push(finding.related(*asked, "the type asked for"));
                None
            }
        }
    }
}

fn missing(block: &Block) -> Finding {
    let name = block.label_text();
    let message = format!("the variable `{name}` has no value");
    let help =
        format!("pass `--var {name}=…`, a `--var-file` or `NEXUSC_VAR_{name}`, or give it a `default`");
    Finding::new(&MISSING_VARIABLE, block.span, message).help(help)
}

impl Field {
    /// An attribute that may be left out, and what it is then.
    pub(super) fn optional(name: Arc<str>, of: Type, default: Option<Value>) -> Self {
        Self { name, of, optional: true, default }
    }
}
