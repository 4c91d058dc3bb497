//! Variables and access to parts of values: `.name`, `["key"]`, `[0]`.

use super::memo::sorted;
use super::{Evaluation, ORIGIN, Object, Reference, Stage, Value, ValueKind, unknown};
use crate::diagnostic::source::Span;
use crate::diagnostic::{Code, EVALUATION, Finding, WRONG_TYPE};
use crate::language::block::BlockKind;
use crate::language::guarded;
use crate::language::suggest;
use crate::syntax::document::{Access, Dotted, ExprKind, Name, Step, StepKind};

/// Root names that need an attribute.
const ROOTS: &[&str] = &["local", "var", "each"];

/// The kind of block that a name refers to.
fn referable(name: &str) -> Option<BlockKind> {
    BlockKind::REFERABLE.into_iter().find(|kind| kind.name() == name)
}

impl Evaluation<'_, '_> {
    /// A name without an access.
    pub(super) fn variable(&mut self, name: &str, span: Span) -> Value {
        if let Some(value) = self.in_scope(name) {
            return value.passed_on(span);
        }
        let finding = match name {
            "local" => not_a_value(name, span, "write `local.NAME`"),
            "var" => not_a_value(name, span, "write `var.NAME`"),
            "each" => not_a_value(name, span, "write `each.key` or `each.value`"),
            _ if referable(name).is_some() => {
                not_a_value(name, span, &format!("refer to a block: `{name}.LABEL`, or `{name}[\"LABEL\"]`"))
            }
            _ => self.unknown_name(name, span),
        };
        Value::new(span, self.fail_name(finding))
    }

    /// Whether a name begins references to blocks here.
    pub(super) fn is_block_word(&self, name: &str) -> bool {
        referable(name).is_some() && self.in_scope(name).is_none()
    }

    fn in_scope(&self, name: &str) -> Option<&Value> {
        self.scope.iter().rev().find(|(known, _)| **known == *name).map(|(_, value)| value)
    }

    fn unknown_name(&self, name: &str, span: Span) -> Finding {
        let block =
            BlockKind::REFERABLE.into_iter().find(|kind| self.evaluator.labelled(*kind, name).is_some());
        if let Some(help) = of_another_language(name).filter(|_| block.is_none()) {
            return Finding::new(&EVALUATION, span, format!("unknown name `{name}`")).help(help);
        }
        let known = sorted(self.scope.iter().map(|(known, _)| &**known));
        let known =
            known.into_iter().chain(BlockKind::REFERABLE.map(BlockKind::name)).chain(ROOTS.iter().copied());
        let close = suggest::closest(name, known);
        let finding = unknown(&EVALUATION, span, format!("unknown name `{name}`"), close);
        if let Some(object) = self.object.filter(|_| guarded::is_word(name)) {
            return finding.help(format!("the object of this guard is called `{object}`"));
        }
        if let Some(kind) = block {
            return finding.help(format!("write `{kind}.{name}` for the block, or quote it for a string"));
        }
        if self.evaluator.locals.contains_key(name) {
            return finding.help(format!("write `local.{name}`"));
        }
        if self.evaluator.labelled(BlockKind::Variable, name).is_some() {
            return finding.help(format!("write `var.{name}`"));
        }
        if close.is_none() { finding.help("use double quotes for strings") } else { finding }
    }

    pub(super) fn dotted(&mut self, dotted: &Dotted, span: Span) -> Value {
        let (root, name) = dotted.words();
        let kind = referable(root).filter(|_| self.stage == Stage::Block && self.in_scope(root).is_none());
        if let Some(reference) = kind.and_then(|kind| self.to_whole_block(kind, name)) {
            return Value::new(span, ValueKind::Reference(reference));
        }
        self.access(&dotted.access(span), span)
    }

    pub(super) fn access(&mut self, access: &Access, span: Span) -> Value {
        let root = &access.root;
        if let ExprKind::Variable(name) = &root.kind {
            return self.read_from(name, root.span, &access.steps, span);
        }
        let value = self.value(root);
        self.steps(value, &access.steps)
    }

    /// Evaluates the steps on a name at `root`; the whole expression is at `span`.
    fn read_from(&mut self, name: &str, root: Span, steps: &[Step], span: Span) -> Value {
        if self.in_scope(name).is_none() {
            if let Some(kind) = referable(name) {
                return self.reference(kind, root, steps, span);
            }
            match name {
                "local" => return self.member_of_root(name, root, steps, Self::read_local),
                "var" => return self.member_of_root(name, root, steps, Self::read_var),
                "each" => return self.member_of_root(name, root, steps, Self::read_each),
                _ => {}
            }
        }
        let value = self.variable(name, root);
        self.steps(value, steps)
    }

    /// `local.name`, `var.name`, `each.key`, and further steps.
    fn member_of_root(
        &mut self,
        root: &str,
        span: Span,
        steps: &[Step],
        read: fn(&mut Self, &str, Span) -> Value,
    ) -> Value {
        match steps {
            [Step { kind: StepKind::Attribute(name), span: at }, rest @ ..] => {
                if let Some(finding) = self.unavailable(root, span.to(*at)) {
                    self.names.push(finding);
                    return Value::failed(span);
                }
                let value = read(self, name, span.to(*at));
                self.steps(value, rest)
            }
            _ => {
                let value = self.variable(root, span);
                self.steps(value, steps)
            }
        }
    }

    /// Refuses a root that is not available in this stage: variables are evaluated before locals, and both have no `each`.
    fn unavailable(&self, root: &str, span: Span) -> Option<Finding> {
        let (what, _) = self.stage.words();
        let message = match (root, self.stage) {
            ("each", _) if self.each.is_some() => return None,
            ("each", Stage::ForEach) => "`for_each` cannot refer to `each`, which it defines".to_owned(),
            ("each", Stage::Name | Stage::Block) => {
                "`each` is not available: the block has no `for_each`".to_owned()
            }
            ("local" | "var", stage) if stage > Stage::Variable => return None,
            _ => format!("{what} cannot refer to `{root}`"),
        };
        Some(Finding::new(&EVALUATION, span, message))
    }

    fn read_each(&mut self, name: &str, span: Span) -> Value {
        match (name, self.each) {
            ("key", Some(each)) => each.key.passed_on(span),
            ("value", Some(each)) => each.value.passed_on(span),
            _ => {
                let message = format!("`each` has no `{name}`");
                let finding = Finding::new(&EVALUATION, span, message);
                Value::new(span, self.fail_name(finding.help("write `each.key` or `each.value`")))
            }
        }
    }

    /// Evaluates the steps, one after the other.
    pub(super) fn steps(&mut self, mut value: Value, steps: &[Step]) -> Value {
        let mut rest = steps.iter();
        while let Some(step) = rest.next() {
            let read = value.span.to(step.span);
            value = match (&step.kind, &value.kind) {
                (StepKind::AttributeSplat, _) => return self.attribute_splat(value, rest.as_slice(), read),
                (StepKind::FullSplat, _) => return self.full_splat(value, rest.as_slice(), read),
                (StepKind::Attribute(name), ValueKind::Reference(reference)) => {
                    self.property(reference, value.span, name, read)
                }
                (StepKind::Attribute(name), _) => self.attribute(&value, name, read),
                (StepKind::Index(index), _) => {
                    let index = self.value(index);
                    self.index(&value, &index, read).unwrap_or_else(|| Value::failed(read))
                }
            };
        }
        value
    }

    fn attribute(&mut self, value: &Value, name: &Name, read: Span) -> Value {
        let found = match &value.kind {
            ValueKind::Failed => None,
            ValueKind::Object(object) => self.member(object, name, None, value, read),
            other => {
                let message = format!("{} has no attribute `{name}`", other.name());
                self.refuse(about(value, read, &EVALUATION, message))
            }
        };
        found.unwrap_or_else(|| Value::failed(read))
    }

    fn index(&mut self, value: &Value, index: &Value, read: Span) -> Option<Value> {
        match (&value.kind, &index.kind) {
            (ValueKind::Failed, _) | (_, ValueKind::Failed) => None,
            (ValueKind::Reference(reference), _) => {
                let finding = no_instances(reference, read);
                self.names.push(finding);
                None
            }
            (ValueKind::Object(object), ValueKind::Reference(key)) => {
                self.member(object, &key.to_string(), Some(key), value, read)
            }
            (ValueKind::Object(object), _) => {
                let key = self.text(index.clone(), "a key")?;
                self.member(object, &key, None, value, read)
            }
            (ValueKind::List(list), _) if list.is_set() => {
                let message = "elements of a set have no index";
                let finding = about(value, index.span, &WRONG_TYPE, message);
                self.refuse(finding.help("convert it with `tolist(…)`, or iterate over it with `for`"))
            }
            (ValueKind::List(list), _) => {
                let number = self.number(index.clone(), "the index of a list")?;
                let element = number.to_usize().and_then(|index| list.get(index));
                if element.is_none() {
                    let message =
                        format!("index {number} is out of range: the list has length {}", list.len());
                    let finding = about(value, index.span, &EVALUATION, message);
                    return self.refuse(finding);
                }
                element.map(|element| element.passed_on(read))
            }
            (other, _) => {
                let message = format!("{} has no elements", other.name());
                self.refuse(about(value, read, &EVALUATION, message))
            }
        }
    }

    fn member(
        &mut self,
        object: &Object,
        key: &str,
        by: Option<&Reference>,
        value: &Value,
        read: Span,
    ) -> Option<Value> {
        let found = object.member(key, by);
        if found.is_none() {
            let finding = about(value, read, &EVALUATION, format!("there is no key `{key}`"));
            let effort = &self.evaluator.effort;
            let close = effort.closest(key, object.iter().map(|member| &*member.key));
            return self.refuse(match close {
                Some(close) => finding.help(format!("did you mean `{close}`?")),
                None => finding,
            });
        }
        found.map(|member| member.value.passed_on(read))
    }
}

/// `namespace["orders"]["eu"]` when the block has no `for_each`, or a further key after that of an instance.
pub(super) fn no_instances(reference: &Reference, read: Span) -> Finding {
    let finding = Finding::new(&EVALUATION, read, format!("`{reference}` has no instances"));
    finding.help(format!("only blocks with `for_each` have instances: write `{reference}`"))
}

/// What to write instead of a word of another language, or of another part of Terraform's.
fn of_another_language(name: &str) -> Option<&'static str> {
    Some(match name {
        "True" | "TRUE" => "write `true`",
        "False" | "FALSE" => "write `false`",
        "None" | "nil" | "Null" | "NULL" | "undefined" => "write `null`",
        "if" => "write `CONDITION ? VALUE : OTHERWISE`",
        "not" => "write `!`",
        "and" => "write `&&`",
        "or" => "write `||`",
        "path" | "data" | "resource" | "module" | "terraform" | "self" | "count" => {
            "a policy has `local`, `var`, `each` and references to its blocks; Terraform's other names do not exist"
        }
        _ => return None,
    })
}

fn not_a_value(name: &str, span: Span, help: &str) -> Finding {
    Finding::new(&EVALUATION, span, format!("`{name}` alone is not a value")).help(help)
}

/// A finding at `span` about `value`, which may have been written elsewhere.
fn about(value: &Value, span: Span, code: &'static Code, message: impl Into<String>) -> Finding {
    Finding::new(code, span, message).related(value.from, ORIGIN)
}
