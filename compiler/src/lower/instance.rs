//! A block to lower: the block itself, or one of its `for_each` instances.

use crate::diagnostic::source::Span;
use crate::diagnostic::{Code, Finding, Findings};
use crate::evaluate::{Each, Evaluator, Expansion, Reference, ValueKind};
use crate::language::block::BlockKind;
use crate::syntax::document::{Block, Name};
use std::collections::{HashMap, HashSet};
use std::ops::Deref;
use std::rc::Rc;
use std::sync::Arc;

/// A block or one of its instances. It derefs to the block.
#[derive(Clone, Copy)]
pub struct Instance<'a> {
    /// The kind of the block.
    pub kind: BlockKind,
    /// The block.
    pub block: &'a Block,
    /// The value of `each` in it.
    pub each: Option<&'a Each>,
}

impl Instance<'_> {
    /// The `for_each` key.
    pub fn key(&self) -> Option<&str> {
        self.each?.key.as_str()
    }

    /// The key, shared.
    pub fn shared_key(&self) -> Option<Arc<str>> {
        match &self.each?.key.kind {
            ValueKind::String(key) => Some(Arc::clone(key)),
            _ => None,
        }
    }

    /// The instance as reports show it: `endpoint.payments`, `user["ana@acme.example"]`, `endpoint.cart["eu"]`.
    pub fn name(&self) -> Reference {
        let key = self.shared_key().or_else(|| second_label_of(self.block));
        Reference { kind: self.kind, label: label_of(self.block), key }
    }
}

impl Deref for Instance<'_> {
    type Target = Block;

    fn deref(&self) -> &Block {
        self.block
    }
}

/// A block as reports show it, without the key of an instance.
pub fn instance_of(block: &Block) -> Option<Reference> {
    Some(Reference { kind: block.known_kind()?, label: label_of(block), key: second_label_of(block) })
}

fn label_of(block: &Block) -> Name {
    block.label.as_ref().map_or_else(|| Name::from(""), |label| Name::clone(&label.text))
}

/// `removed "endpoint" "payments"` is shown as `removed.endpoint["payments"]`.
fn second_label_of(block: &Block) -> Option<Name> {
    block.second_label().map(|label| Name::clone(&label.text))
}

/// Calls `visit` for a block, or for each of its instances, and adds the instance to its findings. Where there are no
/// instances, or they cannot be known, it is called once with nothing known of `each`, and what it gives is dropped:
/// this reports errors that do not depend on `each`. Returns the expansion of the block.
pub fn for_each_instance<T>(
    (kind, block): (BlockKind, &Block),
    evaluator: &Evaluator,
    findings: &mut Findings,
    mut visit: impl FnMut(&Instance, &mut Findings) -> T,
    mut keep: impl FnMut(T),
) -> Rc<Expansion> {
    let expansion = evaluator.expansion(block);
    let instances = match &*expansion {
        Expansion::Whole => {
            keep(visit(&Instance { kind, block, each: None }, findings));
            return expansion;
        }
        Expansion::Instances(instances) => &**instances,
        Expansion::Unknown => &[],
    };
    let unknown = Each::unknown(block.span);
    if instances.is_empty() {
        visit(&Instance { kind, block, each: Some(&unknown) }, findings);
        return expansion;
    }
    let mut found = Vec::with_capacity(instances.len());
    for each in instances {
        let instance = Instance { kind, block, each: Some(each) };
        let mut own = Findings::new();
        keep(visit(&instance, &mut own));
        found.extend(own.into_iter().map(|finding| match is_within(finding.span, block) {
            true => (true, finding.instance(&instance.name())),
            false => (false, finding),
        }));
    }
    report(found, instances.len(), findings);
    expansion
}

fn is_within(span: Option<Span>, block: &Block) -> bool {
    span.is_some_and(|span| {
        span.file == block.span.file && block.span.start <= span.start && span.start <= block.body.end
    })
}

/// Reports findings with their instance. A finding that all of several instances have is reported once, for the block.
fn report(found: Vec<(bool, Finding)>, instances: usize, findings: &mut Findings) {
    let mut counts: HashMap<(&'static Code, Option<Span>, String), usize> = HashMap::new();
    let key = |finding: &Finding| (finding.code, finding.span, finding.message.clone());
    for (_, finding) in found.iter().filter(|(own, _)| *own) {
        *counts.entry(key(finding)).or_insert(0) += 1;
    }
    let mut reported = HashSet::new();
    for (own, finding) in found {
        let key = key(&finding);
        if !own || instances == 1 || counts.get(&key) != Some(&instances) {
            findings.push(finding);
        } else if reported.insert(key) {
            findings.push(Finding { instance: None, ..finding });
        }
    }
}
