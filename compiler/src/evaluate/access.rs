//! Names and what is read from values: `.name`, `["key"]`, `[0]`.

use super::{Evaluation, Member, REFERABLE, Reference, Value, ValueKind};
use crate::document::{Access, ExprKind, Name, Step, StepKind};
use crate::suggest;
use schema::diagnostic::{Code, Finding};
use schema::source::Span;

/// Names that later versions of the language evaluate.
const LATER: &[&str] = &["local", "var", "each"];

impl Evaluation<'_, '_> {
    /// A name that nothing is read from.
    pub(super) fn variable(&mut self, name: &Name, span: Span) -> ValueKind {
        if LATER.contains(&&**name) {
            return self.unsupported(span, &format!("`{name}`"));
        }
        if REFERABLE.contains(&&**name) {
            let message = format!("`{name}` alone is not a value");
            let help = format!("name the block: `{name}.LABEL`, or `{name}[\"LABEL\"]`");
            return self.fail_name(Finding::new(Code::Evaluation, span, message).help(help));
        }
        let finding = Finding::new(Code::Evaluation, span, format!("unknown name `{name}`"));
        let block = REFERABLE.iter().find(|kind| self.evaluator.labelled(kind, name).is_some());
        let close = suggest::closest(name, REFERABLE.iter().chain(LATER).copied());
        self.fail_name(match (block, close) {
            (Some(kind), _) => {
                finding.help(format!("write `{kind}.{name}` for the block, or quote it for a string"))
            }
            (None, Some(close)) => finding.help(format!("did you mean `{close}`?")),
            (None, None) => finding.help("strings take double quotes"),
        })
    }

    pub(super) fn access(&mut self, access: &Access, span: Span) -> ValueKind {
        let root = &access.root;
        if let ExprKind::Variable(name) = &root.kind {
            if REFERABLE.contains(&&**name) {
                return self.reference(name, root.span, &access.steps, span);
            }
            if LATER.contains(&&**name) {
                return self.unsupported(span, &format!("`{name}`"));
            }
        }
        let value = self.value(root);
        self.steps(&value.kind, value.span, &access.steps, span)
    }

    /// What the steps read, one after the other, from a value that stands at `at`. Only what is read in the end is
    /// copied.
    pub(super) fn steps(&mut self, value: &ValueKind, mut at: Span, steps: &[Step], span: Span) -> ValueKind {
        let mut value = value;
        let mut steps = steps.iter();
        while let Some(step) = steps.next() {
            let read = at.to(step.span);
            let next = match (&step.kind, value) {
                (StepKind::Attribute(name), ValueKind::Reference(reference)) => {
                    let property = self.property(reference, at, name, read);
                    return self.steps(&property, read, steps.as_slice(), span);
                }
                (StepKind::Attribute(name), _) => self.attribute(value, name, read),
                (StepKind::Index(index), _) => {
                    let index = self.value(index);
                    self.index(value, index, read)
                }
                (StepKind::AttributeSplat | StepKind::FullSplat, _) => {
                    return self.unsupported(span, "splats");
                }
            };
            let Some(next) = next else { return ValueKind::Failed };
            (value, at) = (next, read);
        }
        match self.charge_values(weight(value), span) {
            Ok(()) => value.clone(),
            Err(()) => ValueKind::Failed,
        }
    }

    fn attribute<'v>(&mut self, value: &'v ValueKind, name: &Name, read: Span) -> Option<&'v ValueKind> {
        match value {
            ValueKind::Failed => None,
            ValueKind::Object(members) => self.member(members, name, None, read),
            other => self.refuse(Finding::new(
                Code::Evaluation,
                read,
                format!("{} has no attribute `{name}`", other.name()),
            )),
        }
    }

    fn index<'v>(&mut self, value: &'v ValueKind, index: Value, read: Span) -> Option<&'v ValueKind> {
        match (value, index.kind) {
            (ValueKind::Failed, _) | (_, ValueKind::Failed) => None,
            (ValueKind::Reference(_), _) => {
                self.unsupported(read, "`for_each`, which alone gives a block instances");
                None
            }
            (ValueKind::Object(members), ValueKind::Reference(key)) => {
                self.member(members, &key.to_string(), Some(&key), read)
            }
            (ValueKind::Object(members), kind) => {
                let key = self.text(Value { span: index.span, kind }, "a key")?;
                self.member(members, &key, None, read)
            }
            (ValueKind::List(elements), ValueKind::Number(number)) => {
                let element = number.to_usize().and_then(|index| elements.get(index));
                if element.is_none() {
                    let message = format!("there is no element {number}: the list has {}", elements.len());
                    return self.refuse(Finding::new(Code::Evaluation, index.span, message));
                }
                element.map(|element| &element.kind)
            }
            (ValueKind::List(_), kind) => {
                let message = format!("a list is indexed by a number, not by {}", kind.name());
                self.refuse(Finding::new(Code::WrongType, index.span, message))
            }
            (other, _) => {
                self.refuse(Finding::new(Code::Evaluation, read, format!("{} has no elements", other.name())))
            }
        }
    }

    fn member<'v>(
        &mut self,
        members: &'v [Member],
        key: &str,
        by: Option<&Reference>,
        read: Span,
    ) -> Option<&'v ValueKind> {
        let found = members.iter().find(|member| &*member.key == key && member.reference.as_ref() == by);
        if found.is_none() {
            let finding = Finding::new(Code::Evaluation, read, format!("there is no key `{key}`"));
            let close = suggest::closest(key, members.iter().map(|member| &*member.key));
            return self.refuse(match close {
                Some(close) => finding.help(format!("did you mean `{close}`?")),
                None => finding,
            });
        }
        found.map(|member| &member.value.kind)
    }
}

/// The values in a value.
fn weight(kind: &ValueKind) -> usize {
    match kind {
        ValueKind::List(elements) => elements.iter().map(|element| 1 + weight(&element.kind)).sum(),
        ValueKind::Object(members) => members.iter().map(|member| 1 + weight(&member.value.kind)).sum(),
        _ => 0,
    }
}
