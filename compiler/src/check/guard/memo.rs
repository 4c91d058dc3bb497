//! What is to be seen at the end of a path. Objects that look the same to a condition are judged once: a policy has
//! hundreds of times as many calls as it has kinds of callers and targets.

use super::projection::Path;
use super::value::Values;
use super::view::View;
use crate::evaluate::ValueKind;
use std::borrow::Cow;

/// What is to be seen, and how many steps lead there.
#[derive(PartialEq, Eq, Hash)]
pub(super) struct MemoKey<'p>(usize, Seen<'p>);

#[derive(PartialEq, Eq, Hash)]
enum Seen<'p> {
    Absent,
    Null,
    Bool(bool),
    Text(Cow<'p, str>),
    Length(usize),
    /// Something that is not compared: it looks like nothing else.
    Unlike(usize),
}

/// Tells what is seen apart.
#[derive(Default)]
pub(super) struct MemoKeys {
    unlike: usize,
}

impl MemoKeys {
    /// What a condition sees of `view` along the names of `path` from `start` on. Where two sights are equal, so is
    /// everything that it reads there.
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
                ValueKind::Null => Seen::Null,
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
    /// Whether something else may look like it.
    pub(super) fn may_recur(&self) -> bool {
        !matches!(self.1, Seen::Unlike(_))
    }
}
