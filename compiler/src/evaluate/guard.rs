//! Evaluates conditions and messages of guards, with the object bound to a name.

use super::budget::Budget;
use super::conversion;
use super::shape;
use super::{Each, Evaluation, Evaluator, Stage, Value, ValueKind};
use crate::diagnostic::{EVALUATION, Finding, Findings, TOO_LARGE, WRONG_TYPE};
use crate::syntax::document::{Expr, Name};
use std::sync::Arc;

const UNKNOWN: &str = "its value is unknown";

/// Whether a condition could not be evaluated only because it depends on a part of the object without a value.
#[must_use]
pub fn is_unknown(why: &Finding) -> bool {
    why.code == &EVALUATION && why.message == UNKNOWN
}

/// An object and the name that it is bound to.
pub type Bound = (Name, Value);

impl Evaluator<'_> {
    /// Evaluates a guard's attribute with an unknown object, to find errors that do not depend on the object, and checks
    /// what it reads of the object.
    pub fn value_of_any_object(
        &self,
        expr: &Expr,
        each: Option<&Each>,
        object: Option<&str>,
        findings: &mut Findings,
    ) -> Value {
        let Some(object) = object else { return Value::failed(expr.span) };
        let (value, mut found) = self.of_object(expr, each, &(object.into(), Value::failed(expr.span)));
        findings.append(&mut found);
        shape::check(expr, object, findings);
        self.finish(findings);
        value
    }

    /// Resets the budgets of evaluation and suggestions.
    pub fn begin_anew(&self) {
        self.budget.restore(&Budget::default());
        self.effort.renew();
    }

    /// Extends the budget for so many objects.
    pub fn expect_objects(&self, count: usize) {
        self.budget.grow(count);
    }

    /// Whether a condition certainly holds for an object with only the attributes that the condition reads. If not, the trial
    /// is not charged, unless it exhausted the budget.
    pub fn surely_holds(&self, condition: &Expr, each: Option<&Each>, object: &Bound) -> bool {
        let (budget, lasting) = (self.budget.clone(), self.lasting.borrow().len());
        let (value, _) = self.effort.saved(|| self.of_object(condition, each, object));
        let holds = conversion::truth(&value) == Some(true);
        if !holds && !self.budget.is_spent() {
            self.budget.restore(&budget);
            self.lasting.borrow_mut().truncate(lasting);
        }
        holds
    }

    /// Whether a condition holds for an object.
    ///
    /// # Errors
    /// Why it cannot be evaluated; `too-large` if the budget is exhausted. See [`is_unknown`] for a condition that depends on a
    /// part of the object without a value.
    pub fn holds(&self, condition: &Expr, each: Option<&Each>, object: &Bound) -> Result<bool, Box<Finding>> {
        let (value, found) = self.of_object(condition, each, object);
        let span = value.span;
        let (mut wrong, mut names) = (Findings::new(), Findings::new());
        let mut evaluation = Evaluation::new(self, Stage::Block, each, &mut wrong, &mut names);
        if let Some(holds) = evaluation.truth(value, "a condition") {
            return Ok(holds);
        }
        let unknown = || Finding::new(&EVALUATION, span, UNKNOWN);
        Err(Box::new(self.reason(found).or_else(|| wrong.into_iter().next()).unwrap_or_else(unknown)))
    }

    /// The message for an object.
    ///
    /// # Errors
    /// Why it cannot be evaluated; `too-large` if the budget is exhausted.
    pub fn message(
        &self,
        message: &Expr,
        each: Option<&Each>,
        object: &Bound,
    ) -> Result<Arc<str>, Box<Finding>> {
        let (value, found) = self.of_object(message, each, object);
        if let ValueKind::String(text) = value.kind {
            return Ok(text);
        }
        let unknown = || {
            let found = value.kind.name();
            Finding::new(&WRONG_TYPE, message.span, format!("a message must be a string, not {found}"))
        };
        Err(Box::new(self.reason(found).unwrap_or_else(unknown)))
    }

    /// Why an evaluation with these findings failed: that the budget is exhausted, else the first of them.
    fn reason(&self, mut found: Findings) -> Option<Finding> {
        self.finish(&mut found);
        let exceeded = found.iter().position(|finding| finding.code == &TOO_LARGE);
        exceeded.map(|index| found.swap_remove(index)).or_else(|| found.into_iter().next())
    }

    fn of_object(&self, expr: &Expr, each: Option<&Each>, object: &Bound) -> (Value, Findings) {
        let (mut findings, mut names) = (Findings::new(), Findings::new());
        let mut evaluation = Evaluation::new(self, Stage::Block, each, &mut findings, &mut names);
        evaluation.object = Some(&object.0);
        evaluation.scope = vec![object.clone()];
        let value = evaluation.value(expr);
        findings.append(&mut names);
        (value, findings)
    }
}
