//! What a condition reads of its object. Objects that look the same to it are judged once: a policy has hundreds of times
//! as many calls as it has kinds of callers and targets.

use crate::document::{Access, Expr, ExprKind, Name, StepKind};
use crate::evaluate::{Value, ValueKind};
use std::sync::Arc;

/// The names by which something is read from an object, the outermost first; at least one.
pub(super) type Path = Vec<Name>;

/// The paths that `condition` reads of what it calls `object`; `None` where it may read all of it.
pub(super) fn paths(condition: &Expr, object: &str) -> Option<Vec<Path>> {
    let mut reads = Reads { object, paths: Vec::new(), all: false };
    reads.of(condition);
    reads.paths.sort_unstable();
    reads.paths.dedup();
    (!reads.all).then_some(reads.paths)
}

struct Reads<'a> {
    object: &'a str,
    paths: Vec<Path>,
    all: bool,
}

impl Reads<'_> {
    /// Names that `for` gives may hide the object's: then more seems to be read than is.
    fn of(&mut self, expr: &Expr) {
        match &expr.kind {
            ExprKind::Variable(name) => self.all |= **name == *self.object,
            ExprKind::Dotted(dotted) if dotted.words().0 == self.object => {
                self.paths.push(vec![dotted.words().1.into()]);
            }
            ExprKind::Access(access) if self.is_object(&access.root) => self.access(access),
            _ => expr.for_each_part(&mut |part| self.of(part)),
        }
    }

    fn is_object(&self, root: &Expr) -> bool {
        matches!(&root.kind, ExprKind::Variable(name) if **name == *self.object)
    }

    /// The leading names are the path; what follows reads no more than what is there.
    fn access(&mut self, access: &Access) {
        let name = |kind: &StepKind| match kind {
            StepKind::Attribute(name) => Some(Name::clone(name)),
            StepKind::Index(Expr { kind: ExprKind::String(name), .. }) => Some(Name::clone(name)),
            _ => None,
        };
        let path: Path = access.steps.iter().map_while(|step| name(&step.kind)).collect();
        self.all |= path.is_empty();
        self.paths.push(path);
        access.indexes().for_each(|index| self.of(index));
    }
}

/// What is to be seen at the end of a path, and how many steps lead there.
#[derive(PartialEq, Eq, Hash)]
pub(super) struct Sight(usize, Seen);

#[derive(PartialEq, Eq, Hash)]
enum Seen {
    Absent,
    Null,
    Bool(bool),
    Text(Arc<str>),
    /// Something that is not compared: it looks like nothing else.
    Unlike(usize),
}

/// Tells what is seen apart.
#[derive(Default)]
pub(super) struct Sights {
    unlike: usize,
}

impl Sights {
    /// What a condition sees of `value` along a path. Where two sights are equal, so is everything that it reads there.
    pub(super) fn along(&mut self, path: &[Name], mut value: &Value) -> Sight {
        for (steps, name) in path.iter().enumerate() {
            if !matches!(value.kind, ValueKind::Object(_)) {
                return Sight(steps, self.of(value));
            }
            match value.member(name) {
                Some(member) => value = &member.value,
                None => return Sight(steps, Seen::Absent),
            }
        }
        Sight(path.len(), self.of(value))
    }

    fn of(&mut self, value: &Value) -> Seen {
        match &value.kind {
            ValueKind::Null => Seen::Null,
            ValueKind::Bool(value) => Seen::Bool(*value),
            ValueKind::String(text) => Seen::Text(Arc::clone(text)),
            _ => {
                self.unlike += 1;
                Seen::Unlike(self.unlike)
            }
        }
    }
}
