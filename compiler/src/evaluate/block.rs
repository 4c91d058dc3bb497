//! References to blocks and their readable attributes: `.name`, and for a Namespace `.id`, `.tags` and `.regions`.

use super::access::no_instances;
use super::memo::Read;
use super::value::contains;
use super::{Each, Evaluation, Expansion, Object, Reference, Stage, Value, ValueKind};
use crate::diagnostic::source::Span;
use crate::diagnostic::{DANGLING_ENDPOINT, DANGLING_NAMESPACE, DANGLING_PRINCIPAL, EVALUATION, Finding};
use crate::language::block::BlockKind;
use crate::syntax::document::{Block, Name, Step, StepKind};
use std::sync::Arc;

/// The attributes that may be read from a reference.
fn readable(kind: BlockKind) -> &'static [&'static str] {
    if kind == BlockKind::Namespace { &["name", "id", "tags", "regions"] } else { &["name"] }
}

/// A block's label as a value.
pub(super) fn name_value(block: &Block) -> Option<Value> {
    let label = block.label.as_ref()?;
    Some(Value::new(label.span, ValueKind::String(Arc::clone(&label.text))))
}

impl<'d> Evaluation<'_, 'd> {
    /// `kind.label`, `kind["label"]`, `kind.label["key"]`, and further steps.
    pub(super) fn reference(
        &mut self,
        kind: BlockKind,
        kind_span: Span,
        steps: &[Step],
        span: Span,
    ) -> Value {
        let Some((first, rest)) = steps.split_first() else { return Value::failed(span) };
        let mut from = None;
        let written = match &first.kind {
            StepKind::Attribute(name) => Some(Name::clone(name)),
            StepKind::Index(index) => {
                let index = self.value(index);
                from = Some(index.written()).filter(|written| !contains(span, *written));
                self.text(index, "a label")
            }
            StepKind::AttributeSplat | StepKind::FullSplat => {
                let message = format!("`{kind}` alone is not a list");
                return Value::new(span, self.fail_name(Finding::new(&EVALUATION, kind_span, message)));
            }
        };
        let Some(label) = written else { return Value::failed(span) };
        let read = kind_span.to(first.span);
        if self.stage < Stage::Block {
            let (what, settled) = self.stage.words();
            let message = format!(
                "{what} cannot refer to the {} `{label}`: {settled} are evaluated first",
                kind.title()
            );
            return Value::new(span, self.fail_name(Finding::new(&EVALUATION, read, message)));
        }
        if let Some(reference) = self.to_whole_block(kind, &label) {
            return self.steps(Value { from, ..Value::new(read, ValueKind::Reference(reference)) }, rest);
        }
        let (reference, read, rest) = match self.resolved(kind, label, (read, &mut from), rest) {
            Ok(resolved) => resolved,
            Err(()) => return Value::failed(span),
        };
        self.steps(Value { from, ..Value::new(read, ValueKind::Reference(reference.into())) }, rest)
    }

    /// A reference to the block of this label, if it certainly has no instances.
    pub(super) fn to_whole_block(&self, kind: BlockKind, label: &str) -> Option<Arc<Reference>> {
        let block = self.evaluator.labelled(kind, label)?;
        if block.broken || block.attribute("for_each").is_some() {
            return None;
        }
        let label = Name::clone(&block.label.as_ref()?.text);
        Some(Arc::new(Reference { kind, label, key: None }))
    }

    /// The block or instance, the span of the reference, and the remaining steps. `from` becomes where the key was written,
    /// if elsewhere.
    fn resolved<'s>(
        &mut self,
        kind: BlockKind,
        label: Name,
        (read, from): (Span, &mut Option<Span>),
        rest: &'s [Step],
    ) -> Result<(Reference, Span, &'s [Step]), ()> {
        let of = |label: Name, key| Reference { kind, label, key };
        let key_step = match rest {
            [Step { kind: StepKind::Index(index), span }, rest @ ..] => Some((index, read.to(*span), rest)),
            _ => None,
        };
        let block = self.evaluator.labelled(kind, &label);
        let expansion = block.map(|block| self.evaluator.expansion(block));
        // Attributes after a syntax error, such as `for_each`, were not read.
        let is_broken = block.is_some_and(|block| block.broken);
        match (expansion.as_deref(), key_step) {
            (Some(Expansion::Whole), step) if !is_broken || step.is_none() => {
                Ok((of(label, None), read, rest))
            }
            (Some(_) | None, Some((index, read, rest)))
                if block.is_some() || !self.is_named(kind, &label) =>
            {
                let key = self.value(index);
                *from = Some(key.written()).filter(|written| !contains(read, *written)).or(*from);
                let key = self.text(key, "the key of an instance").ok_or(())?;
                Ok((of(label, Some(key)), read, rest))
            }
            (Some(expansion), _) => match self.named(kind, &label) {
                Some(reference) => Ok((reference, read, rest)),
                None => self.several(&of(label, None), expansion, read),
            },
            (None, _) => Ok((self.named(kind, &label).unwrap_or_else(|| of(label, None)), read, rest)),
        }
    }

    fn is_named(&self, kind: BlockKind, name: &str) -> bool {
        self.evaluator.by_name().get(&kind).is_some_and(|names| names.contains_key(name))
    }

    /// The block or instance with this name.
    fn named(&self, kind: BlockKind, name: &str) -> Option<Reference> {
        let (block, key) = self.evaluator.by_name().get(&kind)?.get(name)?;
        let label = Name::clone(&block.label.as_ref()?.text);
        Some(Reference { kind, label, key: key.clone() })
    }

    /// The finding for a reference to a block with `for_each` that lacks the key.
    fn several<T>(&mut self, reference: &Reference, expansion: &Expansion, read: Span) -> Result<T, ()> {
        if matches!(expansion, Expansion::Instances(_)) {
            let message =
                format!("`{reference}` is not a single {}: it has `for_each`", reference.kind.title());
            let keys: Vec<_> =
                expansion.keys().take(SHOWN).map(|key| format!("`{reference}[{key:?}]`")).collect();
            let finding = Finding::new(&EVALUATION, read, message);
            self.names.push(match keys.is_empty() {
                true => finding.help("its `for_each` is empty"),
                false => finding.help(format!("write {}", keys.join(" or "))),
            });
        }
        Err(())
    }

    /// Reads an attribute of a reference at `span`; the whole expression is at `read`.
    pub(super) fn property(&mut self, reference: &Reference, span: Span, name: &Name, read: Span) -> Value {
        let known = readable(reference.kind);
        let Some(property) = known.iter().find(|known| **known == &**name).copied() else {
            let message = format!("`.{name}` cannot be read from the reference `{reference}`");
            let known: Vec<_> = known.iter().map(|known| format!("`.{known}`")).collect();
            let help = format!("readable attributes: {}", known.join(", "));
            let finding = Finding::new(&EVALUATION, read, message).help(help);
            return Value::new(read, self.fail_name(finding));
        };
        let Some(block) = self.evaluator.labelled(reference.kind, &reference.label) else {
            return Value::new(read, self.dangling(reference, span));
        };
        let expansion = self.evaluator.expansion(block);
        let each = match (&*expansion, &reference.key) {
            (Expansion::Whole, None) => None,
            (Expansion::Unknown, _) => return Value::failed(read),
            (Expansion::Whole, Some(_)) if block.broken => return Value::failed(read),
            (Expansion::Whole, Some(_)) => {
                let whole = Reference { key: None, ..reference.clone() };
                return Value::new(read, self.fail_name(no_instances(&whole, span)));
            }
            (_, key) => match key.as_ref().and_then(|key| expansion.instance(key)) {
                Some(each) => Some(each),
                None => return Value::new(read, self.dangling(reference, span)),
            },
        };
        let key = Read::Property(std::ptr::from_ref(block), reference.key.clone(), property);
        let path = || format!("{reference}.{name}");
        let value = self.once(key, path, read, |evaluation| evaluation.property_value(block, each, property));
        value.passed_on(read)
    }

    fn dangling(&mut self, reference: &Reference, span: Span) -> ValueKind {
        let (kind, label) = (reference.kind, &*reference.label);
        if self.evaluator.may_declare(label) {
            return ValueKind::Failed;
        }
        let code = match kind {
            BlockKind::Namespace => &DANGLING_NAMESPACE,
            BlockKind::Endpoint => &DANGLING_ENDPOINT,
            _ => &DANGLING_PRINCIPAL,
        };
        let written = match &reference.key {
            Some(_) => reference.to_string(),
            None => label.to_owned(),
        };
        let finding =
            Finding::new(code, span, format!("the {} `{written}` is not in the policy", kind.title()));
        let block = self.evaluator.labelled(kind, label);
        let effort = &self.evaluator.effort;
        let close = match (&reference.key, block) {
            _ if effort.is_spent() => None,
            (Some(key), Some(block)) => self
                .evaluator
                .effort
                .closest(key, self.evaluator.expansion(block).keys())
                .map(|key| Reference { key: Some(key.into()), ..reference.clone() }.to_string()),
            (key, _) => {
                let close = effort.closest(label, self.evaluator.declared_names(kind));
                close.map(|close| match key {
                    Some(_) => Reference { label: close.into(), ..reference.clone() }.to_string(),
                    None => close.to_owned(),
                })
            }
        };
        self.fail_name(finding.help(match close {
            Some(close) => format!("did you mean `{close}`?"),
            None if block.is_some() => "its `for_each` has no such key".to_owned(),
            None => format!("declare it to read from it: `{kind} \"{label}\" {{ … }}`"),
        }))
    }

    /// Errors in the other block are reported when that block is evaluated.
    fn property_value(&mut self, block: &'d Block, each: Option<&Each>, property: &str) -> Value {
        let failed = || Value::failed(block.span);
        match property {
            "name" => self.name_of(block, each).unwrap_or_else(failed),
            "id" => self.id_of(block, each).unwrap_or_else(failed),
            _ if block.broken => failed(),
            _ => match block.attribute(property) {
                Some(attribute) => self.evaluate_other(Stage::Block, each, &attribute.value).0,
                None if property == "tags" => {
                    Value::new(block.span, ValueKind::Object(Object::new(Vec::new())))
                }
                None => failed(),
            },
        }
    }

    fn name_of(&mut self, block: &Block, each: Option<&Each>) -> Option<Value> {
        let Some(attribute) = block.attribute("name") else {
            return name_value(block).filter(|_| !block.broken && each.is_none());
        };
        let (value, _) = self.evaluate_other(Stage::Name, each, &attribute.value);
        match &value.kind {
            ValueKind::Null(_) => name_value(block).filter(|_| each.is_none()),
            ValueKind::String(_) => Some(value),
            _ => None,
        }
    }

    /// The name and the account id; self-hosted Temporal has names only.
    fn id_of(&mut self, block: &Block, each: Option<&Each>) -> Option<Value> {
        let name = self.name_of(block, each)?;
        let account =
            self.evaluator.document.of_kind(BlockKind::Account).next().filter(|account| !account.broken)?;
        let read = |name: &str| {
            let attribute = account.attribute(name)?;
            Some(self.evaluate_other(Stage::Block, None, &attribute.value).0.kind)
        };
        let kind = match (read("backend"), read("id")) {
            (Some(ValueKind::String(backend)), _) if &*backend == "self_hosted" => name.kind.clone(),
            (_, Some(ValueKind::String(id))) => ValueKind::text(format!("{}.{id}", name.as_str()?)),
            _ => return None,
        };
        Some(Value { kind, ..name })
    }
}

/// The maximum number of suggested instances.
const SHOWN: usize = 3;
