//! References to blocks, and what may be read from them: `.name`, and of a Namespace `.id`, `.tags` and `.regions`.

use super::{Evaluation, Reference, Value, ValueKind};
use crate::document::{Block, Name, Step, StepKind};
use crate::suggest;
use schema::diagnostic::{Code, Finding, Findings};
use schema::source::Span;
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;

/// What was read from blocks, by the block's address, so that each attribute is evaluated once.
#[derive(Default)]
pub(super) struct Reads {
    done: HashMap<Read, Rc<ValueKind>>,
    /// What is being evaluated, from the outside in.
    open: Vec<(Read, String)>,
}

type Read = (*const Block, &'static str);

/// The attributes that may be read from a reference.
fn readable(kind: &str) -> &'static [&'static str] {
    if kind == "namespace" { &["name", "id", "tags", "regions"] } else { &["name"] }
}

/// A block's label as its name.
pub(super) fn name_value(block: &Block) -> Option<Value> {
    let label = block.label.as_ref()?;
    Some(Value { span: label.span, kind: ValueKind::String(Arc::clone(&label.text)) })
}

impl<'d> Evaluation<'_, 'd> {
    /// `kind.label`, `kind["label"]`, and what is read from it.
    pub(super) fn reference(
        &mut self,
        kind: &Name,
        kind_span: Span,
        steps: &[Step],
        span: Span,
    ) -> ValueKind {
        let Some((first, rest)) = steps.split_first() else { return ValueKind::Failed };
        let written = match &first.kind {
            StepKind::Attribute(name) => Some(Name::clone(name)),
            StepKind::Index(index) => {
                let index = self.value(index);
                self.text(index, "a label")
            }
            StepKind::AttributeSplat | StepKind::FullSplat => {
                let message = format!("`{kind}` alone is not a list");
                return self.fail_name(Finding::new(Code::Evaluation, kind_span, message));
            }
        };
        let Some(label) = written else { return ValueKind::Failed };
        let read = kind_span.to(first.span);
        if !self.blocks {
            let message =
                format!("a name cannot refer to the {} `{label}`: names are settled first", describe(kind));
            return self.fail_name(Finding::new(Code::Evaluation, read, message));
        }
        let declared = self.evaluator.declared(kind, &label).and_then(|block| block.label.as_ref());
        let label = declared.map_or(label, |declared| Name::clone(&declared.text));
        let reference = Reference { kind: Name::clone(kind), label, key: None };
        self.steps(&ValueKind::Reference(reference), read, rest, span)
    }

    /// What is read from a reference that stands at `span`; both together stand at `read`.
    pub(super) fn property(
        &mut self,
        reference: &Reference,
        span: Span,
        name: &Name,
        read: Span,
    ) -> Rc<ValueKind> {
        let known = readable(&reference.kind);
        let Some(property) = known.iter().find(|known| **known == &**name).copied() else {
            let message = format!("`.{name}` cannot be read from the reference `{reference}`");
            let known: Vec<_> = known.iter().map(|known| format!("`.{known}`")).collect();
            let help = format!("what can be read is {}", known.join(", "));
            return self.fail_name(Finding::new(Code::Evaluation, read, message).help(help)).into();
        };
        match self.evaluator.declared(&reference.kind, &reference.label) {
            Some(block) => self.read(block, property, format!("{reference}.{name}"), read),
            None if self.evaluator.is_incomplete() => ValueKind::Failed.into(),
            None => {
                let finding = self.dangling(reference, span);
                self.fail_name(finding).into()
            }
        }
    }

    fn dangling(&self, reference: &Reference, span: Span) -> Finding {
        let (kind, label) = (&*reference.kind, &*reference.label);
        let code = match kind {
            "namespace" => Code::DanglingNamespace,
            "endpoint" => Code::DanglingEndpoint,
            _ => Code::DanglingPrincipal,
        };
        let finding =
            Finding::new(code, span, format!("the {} `{label}` is not in the policy", describe(kind)));
        let close = suggest::closest(label, self.evaluator.declared_names(kind));
        finding.help(match close {
            Some(close) => format!("did you mean `{close}`?"),
            None => format!("only what is declared can be read from: `{kind} \"{label}\" {{ … }}`"),
        })
    }

    fn read(&mut self, block: &'d Block, property: &'static str, path: String, span: Span) -> Rc<ValueKind> {
        let key = (std::ptr::from_ref(block), property);
        if let Some(known) = self.evaluator.reads.borrow().done.get(&key) {
            return Rc::clone(known);
        }
        if self.reports_circle(key, &path, span) {
            return ValueKind::Failed.into();
        }
        self.evaluator.reads.borrow_mut().open.push((key, path));
        let value = Rc::new(self.property_value(block, property));
        let mut reads = self.evaluator.reads.borrow_mut();
        reads.open.pop();
        reads.done.insert(key, Rc::clone(&value));
        value
    }

    fn reports_circle(&self, key: Read, path: &str, span: Span) -> bool {
        let reads = self.evaluator.reads.borrow();
        let Some(start) = reads.open.iter().position(|(open, _)| *open == key) else { return false };
        let steps = reads.open.get(start..).unwrap_or_default().iter().map(|(_, path)| format!("`{path}`"));
        let circle: Vec<_> = steps.chain([format!("`{path}`")]).collect();
        let message = format!("values refer to each other in a circle: {}", circle.join(" → "));
        self.evaluator.lasting.borrow_mut().push(Finding::new(Code::ReferenceCycle, span, message));
        true
    }

    /// What is wrong in the other block is reported where that block is evaluated itself.
    fn property_value(&mut self, block: &'d Block, property: &str) -> ValueKind {
        match property {
            "name" => self.name_of(block),
            "id" => self.id_of(block),
            _ if block.broken => ValueKind::Failed,
            _ => match block.attribute(property) {
                Some(attribute) => self.elsewhere(&attribute.value, true),
                None if property == "tags" => ValueKind::Object(Vec::new()),
                None => ValueKind::Failed,
            },
        }
    }

    fn elsewhere(&mut self, expr: &crate::document::Expr, blocks: bool) -> ValueKind {
        let (mut findings, mut names) = (Findings::new(), Findings::new());
        let mut evaluation = Evaluation {
            evaluator: self.evaluator,
            findings: &mut findings,
            names: &mut names,
            blocks,
            depth: self.depth,
        };
        evaluation.value(expr).kind
    }

    fn name_of(&mut self, block: &Block) -> ValueKind {
        let label = || name_value(block).map_or(ValueKind::Failed, |value| value.kind);
        match block.attribute("name") {
            None if block.broken => ValueKind::Failed,
            None => label(),
            Some(attribute) => match self.elsewhere(&attribute.value, false) {
                ValueKind::Null => label(),
                ValueKind::String(name) => ValueKind::String(name),
                _ => ValueKind::Failed,
            },
        }
    }

    /// The name and the account's id; a self-hosted server has names alone.
    fn id_of(&mut self, block: &Block) -> ValueKind {
        let ValueKind::String(name) = self.name_of(block) else { return ValueKind::Failed };
        let Some(account) =
            self.evaluator.document.of_kind("account").next().filter(|account| !account.broken)
        else {
            return ValueKind::Failed;
        };
        let mut read =
            |name: &str| account.attribute(name).map(|attribute| self.elsewhere(&attribute.value, true));
        match (read("id"), read("backend")) {
            (Some(ValueKind::String(id)), _) => ValueKind::String(format!("{name}.{id}").into()),
            (None | Some(ValueKind::Null), Some(ValueKind::String(backend)))
                if &*backend == "self_hosted" =>
            {
                ValueKind::String(name)
            }
            _ => ValueKind::Failed,
        }
    }
}

fn describe(kind: &str) -> &'static str {
    match kind {
        "namespace" => "Namespace",
        "endpoint" => "Endpoint",
        "service_account" => "service account",
        "group" => "group",
        _ => "user",
    }
}
