//! Checks what an expression reads of a guard's object before there is one: a misspelt attribute would otherwise show only
//! on an object, and not at all in `try` or `can`. What cannot be decided without a value is left to evaluation.

use crate::diagnostic::source::Span;
use crate::diagnostic::{Finding, Findings, UNKNOWN_ATTRIBUTE};
use crate::language::block::quoted;
use crate::language::guarded::{Shape, shape};
use crate::language::suggest;
use crate::syntax::document::{
    Access, Conditional, Expr, ExprKind, For, KeyKind, Name, Part, PartKind, Step, StepKind, TemplateFor,
};

/// Reports what `expr` reads of the object that no such object has.
pub(super) fn check(expr: &Expr, object: &str, findings: &mut Findings) {
    if let Some(shape) = shape(object) {
        Shapes { scope: vec![(object.into(), Some(shape))], findings }.of(expr);
    }
}

/// What is known of a value before it is evaluated.
type Known = Option<&'static Shape>;

struct Shapes<'f> {
    /// The object, and the variables of `for`, the innermost last.
    scope: Vec<(Name, Known)>,
    findings: &'f mut Findings,
}

impl Shapes<'_> {
    /// Checks an expression and all parts of it, and returns the shape of its value.
    fn of(&mut self, expr: &Expr) -> Known {
        match &expr.kind {
            ExprKind::Variable(name) => self.variable(name),
            ExprKind::Dotted(dotted) => self.access(&dotted.access(expr.span)),
            ExprKind::Access(access) => self.access(access),
            ExprKind::Conditional(it) => self.conditional(it),
            ExprKind::For(it) => self.comprehension(it),
            ExprKind::Template(parts) => match &**parts {
                [Part { kind: PartKind::Interpolation(only), .. }] => self.of(only),
                parts => {
                    self.parts(parts);
                    None
                }
            },
            ExprKind::Object(items) => {
                for item in items {
                    if let KeyKind::Expr(key) = &item.key.kind {
                        self.of(key);
                    }
                    self.of(&item.value);
                }
                None
            }
            _ => {
                expr.for_each_part(&mut |part| {
                    self.of(part);
                });
                None
            }
        }
    }

    fn variable(&self, name: &str) -> Known {
        self.scope.iter().rev().find(|(known, _)| **known == *name).and_then(|(_, shape)| *shape)
    }

    fn access(&mut self, access: &Access) -> Known {
        access.indexes().for_each(|index| {
            self.of(index);
        });
        let shape = self.of(&access.root);
        self.steps(shape, access.root.span, &access.steps)
    }

    /// The shape after all steps on a value at `read`.
    fn steps(&mut self, mut shape: Known, mut read: Span, steps: &[Step]) -> Known {
        // The names after `.*` are read from each element, further steps from the list of what was read.
        let mut is_of_each = false;
        for step in steps {
            let of = shape?;
            read = read.to(step.span);
            shape = match &step.kind {
                StepKind::Attribute(name) => self.attribute(of, name, read),
                StepKind::Index(_) if is_of_each => None,
                StepKind::Index(Expr { kind: ExprKind::String(name), .. }) => match of {
                    Shape::List(_) | Shape::Plain(_) => None,
                    Shape::Map(_) | Shape::Object { .. } => self.attribute(of, name, read),
                },
                StepKind::Index(_) => of.element(),
                StepKind::AttributeSplat | StepKind::FullSplat => {
                    is_of_each |= matches!(step.kind, StepKind::AttributeSplat);
                    match of {
                        Shape::List(element) => Some(*element),
                        // Anything else is a list of one.
                        Shape::Plain(_) | Shape::Map(_) | Shape::Object { .. } => Some(of),
                    }
                }
            };
        }
        let is_list = |step: &Step| matches!(step.kind, StepKind::AttributeSplat | StepKind::FullSplat);
        shape.filter(|_| !steps.iter().any(is_list))
    }

    /// The shape of an attribute that is read at `read`.
    fn attribute(&mut self, of: &'static Shape, name: &str, read: Span) -> Known {
        let found = match of {
            Shape::Map(element) => Some(*element),
            _ => of.attribute(name),
        };
        if found.is_none() {
            self.findings.push(unknown(of, name, read));
        }
        found
    }

    fn conditional(&mut self, it: &Conditional) -> Known {
        self.of(&it.condition);
        let (then, otherwise) = (self.of(&it.then), self.of(&it.otherwise));
        then.filter(|then| otherwise.is_some_and(|otherwise| std::ptr::eq(*then, otherwise)))
    }

    fn comprehension(&mut self, it: &For) -> Known {
        let collection = self.of(&it.collection);
        self.with(it.key.as_ref(), &it.value, collection, |shapes| {
            let parts = [it.result_key.as_ref(), Some(&it.result), it.condition.as_ref()];
            parts.into_iter().flatten().for_each(|part| {
                shapes.of(part);
            });
        });
        None
    }

    fn parts(&mut self, parts: &[Part]) {
        for part in parts {
            match &part.kind {
                PartKind::Text(_) => {}
                PartKind::Interpolation(expr) => {
                    self.of(expr);
                }
                PartKind::If(it) => {
                    self.of(&it.condition);
                    self.parts(&it.then);
                    self.parts(&it.otherwise);
                }
                PartKind::For(it) => {
                    let TemplateFor { key, value, collection, body } = &**it;
                    let collection = self.of(collection);
                    self.with(key.as_ref(), value, collection, |shapes| shapes.parts(body));
                }
            }
        }
    }

    /// Checks with the variables of a `for` over a collection.
    fn with(&mut self, key: Option<&Name>, value: &Name, collection: Known, check: impl FnOnce(&mut Self)) {
        let outer = self.scope.len();
        self.scope.extend(key.map(|key| (Name::clone(key), None)));
        self.scope.push((Name::clone(value), collection.and_then(Shape::element)));
        check(self);
        self.scope.truncate(outer);
    }
}

fn unknown(of: &Shape, name: &str, read: Span) -> Finding {
    let (title, of_element) = match of {
        Shape::Plain(title) | Shape::Object { title, .. } => (*title, false),
        Shape::Map(_) => ("a map", false),
        Shape::List(element) => ("a list", element.attribute(name).is_some()),
    };
    let finding = Finding::new(&UNKNOWN_ATTRIBUTE, read, format!("{title} has no attribute `{name}`"));
    let names: Vec<_> = of.names().collect();
    match suggest::likely(name, names.iter().copied()) {
        Some(close) => finding.help(format!("did you mean `{close}`?")),
        None if of_element => finding.help(format!("read it from each element: `[*].{name}`, or with `for`")),
        None if names.is_empty() => finding,
        None => finding.help(format!("it has {}", quoted(&names).replace(" or ", " and "))),
    }
}
