//! `variable` blocks: their types and values, the input value or else `default`.

use super::memo::{Read, sorted};
use super::type_expression::constraint;
use super::{Evaluation, Field, GivenValue, Member, Origin, Stage, Type, Value, ValueKind, unknown};
use crate::diagnostic::source::Span;
use crate::diagnostic::{
    EVALUATION, Finding, Findings, MISSING_VARIABLE, TOO_LARGE, UNKNOWN_ATTRIBUTE, WRONG_TYPE,
};
use crate::language::block::{BlockKind, quoted};
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
        let is_text = matches!(given, GivenValue::Text { .. });
        let expr = match given {
            GivenValue::Text { text, span, .. } if literal => {
                return Some(Value::new(*span, ValueKind::text(Arc::clone(text))));
            }
            GivenValue::Text { expr: Err(finding), .. } => {
                findings.push((**finding).clone());
                return None;
            }
            GivenValue::Text { expr: Ok(expr), .. } | GivenValue::Expr(expr) => expr,
        };
        let (value, mut found) = self.evaluate_other(Stage::Variable, None, expr);
        for finding in found.iter_mut().filter(|finding| is_text && finding.code == &EVALUATION) {
            finding.help = Some(as_expression(of));
        }
        findings.append(&mut found);
        Some(value)
    }

    /// The value as the variable's type has it.
    fn typed(&mut self, value: Value, of: Option<&(Type, Span)>, findings: &mut Findings) -> Option<Value> {
        let Some((of, asked)) = of else { return Some(value) };
        let (span, reported) = (value.span, findings.len());
        self.unknown_keys(&value, of, span, findings);
        let has_unknown = findings.len() > reported;
        match self.converted(&value, of) {
            Ok(value) => Some(value).filter(|_| !has_unknown),
            // The key that it lacks is probably the misspelt one.
            Err(mismatch) if has_unknown && mismatch.is_missing_key() => None,
            Err(mismatch) => {
                let place = Origin::of(mismatch.span, mismatch.from, span);
                let finding = place.finding(&WRONG_TYPE, mismatch.message());
                findings.push(finding.related(*asked, "the type asked for"));
                None
            }
        }
    }

    /// Reports the keys of objects that their types do not have; a conversion drops them.
    fn unknown_keys(&mut self, value: &Value, of: &Type, within: Span, findings: &mut Findings) {
        if findings.last().is_some_and(|last| last.code == &TOO_LARGE) {
            return;
        }
        match (of, &value.kind) {
            (Type::Object(fields), ValueKind::Object(object)) => {
                for member in object.iter() {
                    let known = fields.parts.iter().find(|field| field.name == member.key);
                    match known.filter(|_| member.reference.is_none()) {
                        Some(field) => self.unknown_keys(&member.value, &field.of, within, findings),
                        None => self.unknown_key(member, &fields.parts, within, findings),
                    }
                }
            }
            (Type::Map(of), ValueKind::Object(object)) => {
                object.iter().for_each(|member| self.unknown_keys(&member.value, of, within, findings));
            }
            (Type::List(of) | Type::Set(of), ValueKind::List(list)) => {
                list.iter().for_each(|element| self.unknown_keys(element, of, within, findings));
            }
            (Type::Tuple(types), ValueKind::List(list)) => {
                let elements = list.iter().zip(&types.parts);
                elements.for_each(|(element, of)| self.unknown_keys(element, of, within, findings));
            }
            _ => {}
        }
    }

    fn unknown_key(&self, member: &Member, fields: &[Field], within: Span, findings: &mut Findings) {
        let at = Origin::of(member.key_span, None, within);
        // A `for` gives all its objects keys that stand at one place.
        let is_same = |last: &Finding| last.code == &UNKNOWN_ATTRIBUTE && last.span == Some(at.span);
        if findings.last().is_some_and(is_same) {
            return;
        }
        if findings.iter().filter(|finding| finding.code == &UNKNOWN_ATTRIBUTE).count() == MOST_KEYS {
            let message = format!("more than {MOST_KEYS} keys are unknown: further ones are not reported");
            return findings.push(at.finding(&TOO_LARGE, message));
        }
        let names: Vec<_> = fields.iter().map(|field| &*field.name).collect();
        let finding =
            at.finding(&UNKNOWN_ATTRIBUTE, format!("the object type has no attribute `{}`", member.key));
        findings.push(match self.evaluator.effort.closest(&member.key, names.iter().copied()) {
            Some(close) => finding.help(format!("did you mean `{close}`?")),
            None if names.is_empty() => finding.help("remove it: the type is `object({})`"),
            None => finding.help(format!("it has {}", quoted(&names).replace(" or ", " and "))),
        });
    }
}

/// How many unknown keys of a variable's values are reported.
const MOST_KEYS: usize = 1_000;

/// How the text of an option or of the environment is written for a variable of this type.
fn as_expression(of: Option<&Type>) -> String {
    let example = match of {
        Some(Type::List(_) | Type::Set(_) | Type::Tuple(_)) => "`[\"a\", \"b\"]`",
        Some(Type::Map(_) | Type::Object(_)) => "`{ a = \"b\" }`",
        _ => "`\"a\"`",
    };
    format!("for a variable of this type write an expression without names, such as {example}")
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
