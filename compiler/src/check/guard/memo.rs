//! The key of a memoised evaluation: the values that a condition reads. Objects with equal values are evaluated once; a
//! policy has hundreds of times as many calls as kinds of callers and targets. Without it, a check of 80,000 calls takes
//! twice as long.

use super::projection::Path;
use super::value::Values;
use super::view::View;
use crate::evaluate::ValueKind;
use std::borrow::Cow;

/// A value that is read, and the number of steps to it.
#[derive(PartialEq, Eq, Hash)]
pub(super) struct MemoKey<'p>(usize, Seen<'p>);

#[derive(PartialEq, Eq, Hash)]
enum Seen<'p> {
    Absent,
    Null,
    Bool(bool),
    Text(Cow<'p, str>),
    Length(usize),
    /// A value that is not compared: equal to no other.
    Unlike(usize),
}

/// Interns the values that are read.
#[derive(Default)]
pub(super) struct MemoKeys {
    unlike: usize,
}

impl MemoKeys {
    /// The value of `view` along the names of `path` from `start` on. If two are equal, so is everything that the
    /// condition reads there.
    pub(super) fn along<'p>(
        &mut self,
        path: &Path,
        start: usize,
        mut view: View<'p>,
        values: &Values<'p>,
    ) -> MemoKey<'p> {
        for (step, name) in path.names.iter().enumerate().skip(start) {
            if !view.is_object() {
                return MemoKey(step, self.of(view));
            }
            match values.member(&view, name) {
                Some(member) => view = member,
                None => return MemoKey(step, Seen::Absent),
            }
        }
        let length = if path.is_length { values.length(&view) } else { None };
        MemoKey(path.names.len(), length.map_or_else(|| self.of(view), Seen::Length))
    }

    fn of<'p>(&mut self, view: View<'p>) -> Seen<'p> {
        match view {
            View::Text(text) => Seen::Text(Cow::Borrowed(text)),
            View::Value(value) => match value.kind {
                ValueKind::Null(_) => Seen::Null,
                ValueKind::Bool(value) => Seen::Bool(value),
                ValueKind::String(text) => Seen::Text(Cow::Owned(text.to_string())),
                _ => self.other(),
            },
            _ => self.other(),
        }
    }

    fn other<'p>(&mut self) -> Seen<'p> {
        self.unlike += 1;
        Seen::Unlike(self.unlike)
    }
}

impl MemoKey<'_> {
    /// Whether another value may be equal to it.
    pub(super) fn may_recur(&self) -> bool {
        !matches!(self.1, Seen::Unlike(_))
    }
}
