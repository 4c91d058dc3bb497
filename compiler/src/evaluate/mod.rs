//! Evaluates expressions to values. Evaluation cannot fail: it returns a value and pushes findings, and
//! [`ValueKind::Failed`] is a value whose error was reported.
//!
//! Values are evaluated in stages: variables, then locals, then `for_each` and `name`, then everything else, which alone
//! may refer to blocks. Each is evaluated on first use and memoized.

mod access;
mod block;
mod budget;
mod collection;
mod comprehension;
mod conversion;
mod expression;
mod function;
mod given;
mod guard;
mod instance;
mod memo;
mod operator;
mod order;
mod shape;
mod splat;
mod template;
mod type_expression;
mod typing;
mod value;
mod variable;

pub use budget::{BYTES, INSTANCES, STEPS, VALUES};
pub use collection::{List, ListKind, Object};
pub use function::names as function_names;
pub use given::{Given, GivenValue};
pub use guard::{Bound, is_unknown};
pub use instance::{Each, Expansion};
pub use typing::{Field, Type};
pub use value::{Member, NullType, ORIGIN, Origin, Reference, Value, ValueKind};

use crate::diagnostic::{Code, Finding, Findings, INVALID_NAME};
use crate::fast::hash::FastMap;
use crate::language::block::BlockKind;
use crate::language::limit::Limit;
use crate::language::suggest;
use crate::syntax::document::{Block, Document, Expr, Name};
use block::name_value;
use budget::Budget;
use function::Patterns;
use instance::Expansions;
use memo::Reads;
use std::cell::{OnceCell, RefCell};
use std::rc::Rc;
use std::sync::Arc;

/// The limits of evaluation.
#[must_use]
pub fn limits() -> Vec<Limit> {
    budget::limits().into_iter().chain(function::limits()).collect()
}

/// A block, and the `for_each` key where it is an instance.
type Declared<'d> = (&'d Block, Option<Arc<str>>);

/// Evaluates the expressions of one document. Its cost is bounded, and attributes of blocks, locals and variables are
/// memoized, so that a document evaluates in time linear in its size.
pub struct Evaluator<'d> {
    document: &'d Document,
    given: &'d Given,
    /// The blocks by their kind and label.
    labels: OnceCell<FastMap<BlockKind, FastMap<&'d str, &'d Block>>>,
    /// The locals; `None` for one of a block with a syntax error, which may have been read as a part of another.
    locals: FastMap<&'d str, Option<&'d Expr>>,
    names: OnceCell<FastMap<BlockKind, FastMap<Arc<str>, Declared<'d>>>>,
    reads: RefCell<Reads<'d>>,
    expansions: RefCell<Expansions>,
    whole: Rc<Expansion>,
    patterns: RefCell<Patterns>,
    budget: Budget,
    effort: suggest::SuggestionBudget,
    /// Findings that do not belong to one use: of locals and variables, exceeded limits, and cycles.
    lasting: RefCell<Findings>,
}

impl<'d> Evaluator<'d> {
    /// An evaluator for the expressions of `document`, with the values that were given to its variables.
    #[must_use]
    pub fn new(document: &'d Document, given: &'d Given) -> Self {
        let locals = document.of_kind(BlockKind::Locals).flat_map(|block| {
            let value = |value| Some(value).filter(|_| !block.broken);
            block.attributes.iter().map(move |local| (&*local.name, value(&local.value)))
        });
        Self {
            document,
            given,
            labels: OnceCell::new(),
            locals: locals.collect(),
            names: OnceCell::new(),
            reads: RefCell::default(),
            expansions: RefCell::default(),
            whole: Rc::new(Expansion::Whole),
            patterns: RefCell::default(),
            budget: Budget::default(),
            effort: suggest::SuggestionBudget::default(),
            lasting: RefCell::default(),
        }
    }

    /// The document.
    #[must_use]
    pub fn document(&self) -> &'d Document {
        self.document
    }

    /// The value of an expression of a block, or of one of its instances.
    pub fn value(&self, expr: &Expr, each: Option<&Each>, findings: &mut Findings) -> Value {
        let value = self.charged(self.at(Stage::Block, expr, each, findings), expr);
        self.finish(findings);
        value
    }

    /// The value of an expression of a block; failed if the blocks hold too much.
    fn charged(&self, value: Value, expr: &Expr) -> Value {
        match self.budget.uses(&value) {
            Ok(()) => value,
            Err(_) => {
                self.lasting.borrow_mut().extend(self.budget.used_up(expr.span));
                Value::failed(expr.span)
            }
        }
    }

    /// Whether the budget is exhausted, so that no expression has a value.
    #[must_use]
    pub fn is_spent(&self) -> bool {
        self.budget.is_spent()
    }

    /// The value of an expression whose findings are reported when its block is evaluated.
    pub fn peek(&self, expr: &Expr) -> Value {
        self.at(Stage::Block, expr, None, &mut Findings::new())
    }

    /// The `name` of a block or instance: its attribute, else, for a block, its label. Names are settled before anything may refer to
    /// blocks, so a reference in one is reported.
    pub fn name(&self, block: &Block, each: Option<&Each>, findings: &mut Findings) -> Option<Value> {
        let Some(attribute) = block.attribute("name") else { return name_value(block) };
        let value = self.charged(self.at(Stage::Name, &attribute.value, each, findings), &attribute.value);
        self.finish(findings);
        let is_left_out = matches!(value.kind, ValueKind::Null(_)) && each.is_none();
        if is_left_out { name_value(block) } else { Some(value) }
    }

    /// Evaluates every variable and local, used or not, and reports their findings.
    pub fn evaluate_named(&self, findings: &mut Findings) {
        let (mut unused, mut names) = (Findings::new(), Findings::new());
        let mut evaluation = Evaluation::new(self, Stage::Local, None, &mut unused, &mut names);
        for block in self.document.of_kind(BlockKind::Variable) {
            evaluation.read_variable(block);
            if let Some(label) = &block.label {
                findings.extend(unnameable("variable", &label.text, label.span));
            }
        }
        for attribute in self.document.of_kind(BlockKind::Locals).flat_map(|block| &block.attributes) {
            evaluation.read_local(&attribute.name, attribute.name_span);
            findings.extend(unnameable("local", &attribute.name, attribute.name_span));
        }
        self.finish(findings);
    }

    /// Reports the collected findings, such as those of locals that were read.
    pub fn finish(&self, findings: &mut Findings) {
        findings.append(&mut self.lasting.borrow_mut());
    }

    /// The block of this kind with this label, or else the block or instance with this name.
    #[must_use]
    pub fn declared(&self, kind: BlockKind, label: &str) -> Option<Declared<'d>> {
        let labelled = self.labelled(kind, label).map(|block| (block, None));
        labelled.or_else(|| self.by_name().get(&kind)?.get(label).cloned())
    }

    /// The labels and names under which blocks of a kind are declared, for "did you mean".
    pub fn declared_names(&self, kind: BlockKind) -> impl Iterator<Item = &str> {
        let labels =
            self.document.of_kind(kind).filter_map(|block| block.label.as_ref()).map(|label| &*label.text);
        let names = self.by_name().get(&kind).into_iter().flat_map(FastMap::keys).map(|name| &**name);
        let mut all: Vec<_> = labels.chain(names).collect();
        all.sort_unstable();
        all.into_iter()
    }

    /// Whether an undeclared name may be declared by something that could not be read.
    #[must_use]
    pub fn may_declare(&self, name: &str) -> bool {
        self.document.may_declare(name)
    }

    fn labelled(&self, kind: BlockKind, label: &str) -> Option<&'d Block> {
        let labels = self.labels.get_or_init(|| {
            let mut labels: FastMap<BlockKind, FastMap<_, _>> = FastMap::default();
            for block in &self.document.blocks {
                let Some((kind, label)) = block.known_kind().zip(block.label.as_ref()) else { continue };
                labels.entry(kind).or_default().insert(&*label.text, block);
            }
            labels
        });
        labels.get(&kind)?.get(label).copied()
    }

    fn by_name(&self) -> &FastMap<BlockKind, FastMap<Arc<str>, Declared<'d>>> {
        self.names.get_or_init(|| {
            let mut names: FastMap<BlockKind, FastMap<_, _>> = FastMap::default();
            for block in &self.document.blocks {
                let kind = block.known_kind().filter(|kind| kind.is_referable());
                let Some((kind, attribute)) = kind.zip(block.attribute("name")) else { continue };
                let mut add = |each: Option<&Each>| {
                    let name = self.at(Stage::Name, &attribute.value, each, &mut Findings::new());
                    if let ValueKind::String(name) = name.kind {
                        let key = each.and_then(|each| Some(each.key.as_str()?.into()));
                        names.entry(kind).or_default().entry(name).or_insert((block, key));
                    }
                };
                match &*self.expansion(block) {
                    Expansion::Whole => add(None),
                    Expansion::Instances(instances) => instances.iter().for_each(|each| add(Some(each))),
                    Expansion::Unknown => {}
                }
            }
            names
        })
    }

    fn at(&self, stage: Stage, expr: &Expr, each: Option<&Each>, findings: &mut Findings) -> Value {
        let mut names = Findings::new();
        let value = Evaluation::new(self, stage, each, findings, &mut names).value(expr);
        findings.append(&mut names);
        value
    }
}

/// The stage of evaluation, which determines what an expression may read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Stage {
    Variable,
    Local,
    ForEach,
    Name,
    Block,
}

impl Stage {
    /// Its name in messages, and the values that it evaluates.
    fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Variable => ("a variable", "variables"),
            Self::Local => ("a local", "locals"),
            Self::ForEach => ("`for_each`", "names"),
            Self::Name | Self::Block => ("a name", "names"),
        }
    }
}

/// The evaluation of one expression.
struct Evaluation<'e, 'd> {
    evaluator: &'e Evaluator<'d>,
    /// Findings about values; dropped if the value is not used.
    findings: &'e mut Findings,
    /// Findings about names; always reported.
    names: &'e mut Findings,
    stage: Stage,
    each: Option<&'e Each>,
    /// The name of a guard's object.
    object: Option<&'e str>,
    /// The guard's object and the variables of `for`, the innermost last.
    scope: Vec<(Name, Value)>,
    depth: u32,
}

impl<'e, 'd> Evaluation<'e, 'd> {
    fn new(
        evaluator: &'e Evaluator<'d>,
        stage: Stage,
        each: Option<&'e Each>,
        findings: &'e mut Findings,
        names: &'e mut Findings,
    ) -> Self {
        Self { evaluator, findings, names, stage, each, object: None, scope: Vec::new(), depth: 0 }
    }

    /// Reports a finding and returns a failed value.
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

    /// Evaluates an unused expression to check its names.
    fn names_only<T>(&mut self, evaluate: impl FnOnce(&mut Evaluation<'_, 'd>) -> T) -> T {
        self.redirected(&mut Findings::new(), evaluate)
    }

    /// Evaluates with findings about values redirected to `findings`.
    fn redirected<T>(
        &mut self,
        findings: &mut Findings,
        evaluate: impl FnOnce(&mut Evaluation<'_, 'd>) -> T,
    ) -> T {
        let mut inner = Evaluation {
            evaluator: self.evaluator,
            findings,
            names: self.names,
            stage: self.stage,
            each: self.each,
            object: self.object,
            scope: std::mem::take(&mut self.scope),
            depth: self.depth,
        };
        let result = evaluate(&mut inner);
        self.scope = inner.scope;
        result
    }

    /// Evaluates an expression of another stage or block. Its findings are reported there.
    fn evaluate_other(&self, stage: Stage, each: Option<&Each>, expr: &Expr) -> (Value, Findings) {
        let (mut findings, mut names) = (Findings::new(), Findings::new());
        let mut inner = Evaluation::new(self.evaluator, stage, each, &mut findings, &mut names);
        inner.depth = self.depth;
        let value = inner.value(expr);
        findings.append(&mut names);
        (value, findings)
    }
}

/// The finding for a variable or local that no expression can name.
fn unnameable(what: &str, name: &str, span: crate::diagnostic::source::Span) -> Option<Finding> {
    if crate::syntax::is_identifier(name) {
        return None;
    }
    let message = format!("`{}` is not the name of a {what}: no expression can read it", name.escape_debug());
    let help = "names have letters, digits, `_` and `-`, and begin with a letter or `_`";
    Some(Finding::new(&INVALID_NAME, span, message).help(help))
}

/// The finding for an unknown name, with the suggestion `close`.
fn unknown(
    code: &'static Code,
    span: crate::diagnostic::source::Span,
    message: String,
    close: Option<&str>,
) -> Finding {
    let finding = Finding::new(code, span, message);
    match close {
        Some(close) => finding.help(format!("did you mean `{close}`?")),
        None => finding,
    }
}

#[cfg(test)]
mod tests;
