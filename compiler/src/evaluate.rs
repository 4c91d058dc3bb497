//! From expressions to values. Evaluation cannot fail: it gives a value and pushes findings, and [`ValueKind::Failed`]
//! stands for what was reported already.

mod access;
mod block;
mod budget;
mod expression;
mod function;
mod operator;
mod template;
mod value;

pub use value::{Member, Reference, Value, ValueKind};

use crate::document::{Attribute, Block, Document, Expr};
use block::{Reads, name_value};
use budget::Budget;
use schema::diagnostic::{Code, Finding, Findings};
use schema::source::Span;
use std::cell::{OnceCell, RefCell};
use std::collections::HashMap;
use std::sync::Arc;

/// The kinds of blocks that expressions may refer to.
pub const REFERABLE: &[&str] = &["namespace", "endpoint", "user", "service_account", "group"];

/// Evaluates the expressions of one document. What it may produce in all is bounded, and what was read from a block is
/// kept, so that a document evaluates in time linear in its size.
pub struct Evaluator<'d> {
    document: &'d Document,
    labels: HashMap<(&'d str, &'d str), &'d Block>,
    names: OnceCell<HashMap<&'d str, HashMap<Arc<str>, &'d Block>>>,
    reads: RefCell<Reads>,
    budget: Budget,
    /// Findings that hold wherever the value is used: what was exceeded, and circles.
    lasting: RefCell<Findings>,
}

impl<'d> Evaluator<'d> {
    /// An evaluator for the expressions of `document`.
    #[must_use]
    pub fn new(document: &'d Document) -> Self {
        let labelled = document.blocks.iter().filter(|block| block.label.is_some());
        Self {
            document,
            labels: labelled.map(|block| ((&*block.kind, block.label_text()), block)).collect(),
            names: OnceCell::new(),
            reads: RefCell::default(),
            budget: Budget::default(),
            lasting: RefCell::default(),
        }
    }

    /// The value of an expression of the document.
    pub fn value(&self, expr: &Expr, findings: &mut Findings) -> Value {
        let mut names = Findings::new();
        let value =
            Evaluation { evaluator: self, findings, names: &mut names, blocks: true, depth: 0 }.value(expr);
        findings.append(&mut names);
        findings.append(&mut self.lasting.borrow_mut());
        value
    }

    /// The `name` of a block: its attribute, else its label. Names are settled before anything may refer to blocks, so
    /// a reference in one is reported.
    pub fn name(&self, block: &Block, findings: &mut Findings) -> Option<Value> {
        let Some(attribute) = block.attribute("name") else { return name_value(block) };
        let value = self.settled(attribute, findings);
        findings.append(&mut self.lasting.borrow_mut());
        if matches!(value.kind, ValueKind::Null) { name_value(block) } else { Some(value) }
    }

    /// The block of this kind with this label, or else with this name.
    #[must_use]
    pub fn declared(&self, kind: &str, label: &str) -> Option<&'d Block> {
        self.labelled(kind, label).or_else(|| self.by_name().get(kind)?.get(label).copied())
    }

    /// The labels and names under which blocks of a kind are declared, for "did you mean".
    pub fn declared_names(&self, kind: &str) -> impl Iterator<Item = &str> {
        let labels =
            self.document.of_kind(kind).filter_map(|block| block.label.as_ref()).map(|label| &*label.text);
        let names = self.by_name().get(kind).into_iter().flat_map(HashMap::keys).map(|name| &**name);
        let mut all: Vec<_> = labels.chain(names).collect();
        all.sort_unstable();
        all.into_iter()
    }

    /// Whether what is not declared may yet be: a file or a header could not be read.
    #[must_use]
    pub fn is_incomplete(&self) -> bool {
        self.document.incomplete
    }

    fn labelled(&self, kind: &str, label: &str) -> Option<&'d Block> {
        self.labels.get(&(kind, label)).copied()
    }

    fn by_name(&self) -> &HashMap<&'d str, HashMap<Arc<str>, &'d Block>> {
        self.names.get_or_init(|| {
            let mut names: HashMap<&str, HashMap<_, _>> = HashMap::new();
            for block in &self.document.blocks {
                let value =
                    block.attribute("name").map(|attribute| self.settled(attribute, &mut Findings::new()));
                if let Some(Value { kind: ValueKind::String(name), .. }) = value {
                    names.entry(&*block.kind).or_default().entry(name).or_insert(block);
                }
            }
            names
        })
    }

    /// The value of an attribute that may not refer to blocks.
    fn settled(&self, attribute: &Attribute, findings: &mut Findings) -> Value {
        let mut names = Findings::new();
        let mut evaluation =
            Evaluation { evaluator: self, findings, names: &mut names, blocks: false, depth: 0 };
        let value = evaluation.value(&attribute.value);
        findings.append(&mut names);
        value
    }
}

/// One walk over an expression.
struct Evaluation<'e, 'd> {
    evaluator: &'e Evaluator<'d>,
    /// What is wrong with values: nothing, where the value turns out not to be needed.
    findings: &'e mut Findings,
    /// What is wrong with names: reported wherever they stand.
    names: &'e mut Findings,
    /// Whether blocks may be referred to.
    blocks: bool,
    depth: u32,
}

impl Evaluation<'_, '_> {
    /// Reports and gives what stands for the missing value.
    fn fail(&mut self, finding: Finding) -> ValueKind {
        self.findings.push(finding);
        ValueKind::Failed
    }

    /// Reports that something has no value.
    fn refuse<T>(&mut self, finding: Finding) -> Option<T> {
        self.findings.push(finding);
        None
    }

    fn fail_name(&mut self, finding: Finding) -> ValueKind {
        self.names.push(finding);
        ValueKind::Failed
    }

    /// Evaluates what is not needed, for its names: a wrong name is wrong wherever it stands.
    fn aside<T>(&mut self, evaluate: impl FnOnce(&mut Evaluation<'_, '_>) -> T) {
        let mut unneeded = Findings::new();
        evaluate(&mut Evaluation {
            evaluator: self.evaluator,
            findings: &mut unneeded,
            names: self.names,
            blocks: self.blocks,
            depth: self.depth,
        });
    }

    /// Says that this version of the language has no `what` yet.
    fn unsupported(&mut self, span: Span, what: &str) -> ValueKind {
        let message = format!("this version of nexusc does not evaluate {what} yet");
        self.fail(Finding::new(Code::Unsupported, span, message))
    }
}

#[cfg(test)]
mod tests;
