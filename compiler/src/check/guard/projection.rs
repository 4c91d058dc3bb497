//! The parts of an object that a condition reads. Most parts are read by no guard, and many objects are equal in those
//! that are. Building whole objects, with Namespaces looked up by text, takes 20 to 25 ms more for 80,000 calls.

use crate::syntax::document::{Access, Call, Expr, ExprKind, Name, StepKind};

/// Something that is read from an object.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Path {
    /// The names of the path, outermost first; at least one.
    pub(super) names: Vec<Name>,
    /// Whether only its length is read.
    pub(super) is_length: bool,
}

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
    /// Variables of `for` may shadow the object: then more seems to be read than is.
    fn of(&mut self, expr: &Expr) {
        match &expr.kind {
            ExprKind::Variable(name) => self.all |= **name == *self.object,
            ExprKind::Dotted(dotted) if dotted.words().0 == self.object => {
                self.paths.push(Path { names: vec![dotted.words().1.into()], is_length: false });
            }
            ExprKind::Access(access) if self.is_object(&access.root) => self.access(access),
            ExprKind::Call(call) if self.is_length(call) => {}
            _ => expr.for_each_part(&mut |part| self.of(part)),
        }
    }

    fn is_object(&self, root: &Expr) -> bool {
        matches!(&root.kind, ExprKind::Variable(name) if **name == *self.object)
    }

    /// The leading names are the path; what follows reads no more than what is there.
    fn access(&mut self, access: &Access) {
        let names = leading_names(access);
        self.all |= names.is_empty();
        self.paths.push(Path { names, is_length: false });
        access.indexes().for_each(|index| self.of(index));
    }

    /// Records `length(object.a.b)`.
    fn is_length(&mut self, call: &Call) -> bool {
        let [argument] = &*call.arguments else { return false };
        let (names, steps) = match &argument.kind {
            ExprKind::Dotted(dotted) if dotted.words().0 == self.object => (vec![dotted.words().1.into()], 1),
            ExprKind::Access(access) if self.is_object(&access.root) => {
                (leading_names(access), access.steps.len())
            }
            _ => return false,
        };
        let is_length = &*call.name == "length" && !call.expand && names.len() == steps;
        if is_length {
            self.paths.push(Path { names, is_length });
        }
        is_length
    }
}

fn leading_names(access: &Access) -> Vec<Name> {
    let name = |kind: &StepKind| match kind {
        StepKind::Attribute(name) => Some(Name::clone(name)),
        StepKind::Index(Expr { kind: ExprKind::String(name), .. }) => Some(Name::clone(name)),
        _ => None,
    };
    access.steps.iter().map_while(|step| name(&step.kind)).collect()
}

/// The part of an object that is built: all of it, or some of its members.
pub(super) enum Projection {
    All,
    Members(Vec<(Name, Self)>),
}

impl Projection {
    /// What these paths read.
    pub(super) fn of<'p>(paths: impl IntoIterator<Item = &'p Path>) -> Self {
        let mut wanted = Self::Members(Vec::new());
        paths.into_iter().for_each(|path| wanted.add(&path.names));
        wanted
    }

    fn add(&mut self, names: &[Name]) {
        let Self::Members(members) = self else { return };
        let Some((first, rest)) = names.split_first() else {
            *self = Self::All;
            return;
        };
        match members.iter_mut().find(|(known, _)| known == first) {
            Some((_, member)) => member.add(rest),
            None => {
                let mut member = Self::Members(Vec::new());
                member.add(rest);
                members.push((Name::clone(first), member));
            }
        }
    }

    /// The part of a member that is built; `None` if it is not.
    pub(super) fn member(&self, name: &str) -> Option<&Self> {
        match self {
            Self::All => Some(self),
            Self::Members(members) => {
                members.iter().find(|(known, _)| **known == *name).map(|(_, wanted)| wanted)
            }
        }
    }
}
