//! Memoizes locals, variables and attributes read from blocks, and detects dependency cycles.

use super::{Evaluation, Stage, Value, ValueKind, unknown};
use crate::diagnostic::source::Span;
use crate::diagnostic::{EVALUATION, Finding, REFERENCE_CYCLE};
use crate::fast::hash::FastMap;
use crate::language::block::BlockKind;
use crate::syntax::document::Block;
use std::sync::Arc;

/// The memoized values, and those under evaluation.
#[derive(Default)]
pub(super) struct Reads<'d> {
    done: FastMap<Read<'d>, Value>,
    /// The values under evaluation, outermost first: the path for messages and the span of the read.
    open: Vec<(Read<'d>, String, Span)>,
}

/// A memoized value.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) enum Read<'d> {
    /// A local, by its name.
    Local(&'d str),
    /// A variable, by block address.
    Variable(*const Block),
    /// An attribute of a block, by block address, or of one of its instances.
    Property(*const Block, Option<Arc<str>>, &'static str),
}

impl<'d> Evaluation<'_, 'd> {
    /// The value of `read`, called `path` in messages and read at `span`.
    pub(super) fn once(
        &mut self,
        read: Read<'d>,
        path: impl FnOnce() -> String,
        span: Span,
        evaluate: impl FnOnce(&mut Self) -> Value,
    ) -> Value {
        if let Some(known) = self.evaluator.reads.borrow().done.get(&read) {
            return known.clone();
        }
        let path = path();
        if self.reports_cycle(&read, &path, span) {
            return Value::failed(span);
        }
        self.evaluator.reads.borrow_mut().open.push((read.clone(), path, span));
        let value = evaluate(self);
        let mut reads = self.evaluator.reads.borrow_mut();
        reads.open.pop();
        reads.done.insert(read, value.clone());
        value
    }

    fn reports_cycle(&self, read: &Read<'d>, path: &str, span: Span) -> bool {
        let reads = self.evaluator.reads.borrow();
        let Some(start) = reads.open.iter().position(|(open, ..)| open == read) else { return false };
        let open = reads.open.get(start..).unwrap_or_default();
        let steps = open.iter().map(|(_, path, _)| format!("`{path}`"));
        let circle: Vec<_> = steps.chain([format!("`{path}`")]).collect();
        let message = format!("dependency cycle: {}", circle.join(" → "));
        let finding = Finding::new(&REFERENCE_CYCLE, span, message);
        let between = open.iter().skip(1).take(SHOWN);
        let finding = between.fold(finding, |finding, (_, path, span)| {
            finding.related(*span, format!("`{path}` is read here"))
        });
        self.evaluator.lasting.borrow_mut().push(finding);
        true
    }

    /// `local.name`, which is read at `span`.
    pub(super) fn read_local(&mut self, name: &str, span: Span) -> Value {
        let Some((name, expr)) = self.evaluator.locals.get_key_value(name) else {
            return self.no_local(name, span);
        };
        let Some(expr) = expr else { return Value::failed(span) };
        let value = self.once(
            Read::Local(name),
            || format!("local.{name}"),
            span,
            |evaluation| {
                let (value, mut findings) = evaluation.evaluate_other(Stage::Local, None, expr);
                evaluation.evaluator.lasting.borrow_mut().append(&mut findings);
                value
            },
        );
        value.passed_on(span)
    }

    fn no_local(&mut self, name: &str, span: Span) -> Value {
        let evaluator = self.evaluator;
        if !evaluator.may_declare(name)
            && !evaluator.document.of_kind(BlockKind::Locals).any(|block| block.broken)
        {
            let close = evaluator.effort.closest_of(name, || sorted(evaluator.locals.keys().copied()));
            let message = format!("there is no local `{name}`");
            let finding = unknown(&EVALUATION, span, message, close);
            let finding = if close.is_none() {
                finding.help(format!("add it: `locals {{ {name} = … }}`"))
            } else {
                finding
            };
            self.fail_name(finding);
        }
        Value::new(span, ValueKind::Failed)
    }
}

/// The maximum number of steps of a cycle with a related location.
const SHOWN: usize = 10;

/// Sorted names, so that suggestions are deterministic.
pub(super) fn sorted<'n>(names: impl Iterator<Item = &'n str>) -> Vec<&'n str> {
    let mut names: Vec<_> = names.collect();
    names.sort_unstable();
    names
}
