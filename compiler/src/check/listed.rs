//! The Namespaces on lists of callers. Policies list them in hundreds of thousands of places, so the lists are walked once
//! for the two checks that look at each entry.

use super::{CheckContext, duplicate_caller, unused_namespace};
use crate::diagnostic::Findings;
use crate::diagnostic::source::Span;
use crate::fast::hash::Numbers;
use crate::policy::{Policy, Spanned};
use schema::name::NamespaceId;

/// Runs the checks of callers that are listed twice and of Namespaces that nothing uses.
pub(super) fn check(context: &CheckContext, findings: &mut Findings) {
    let policy = context.policy;
    let mut listed = Listed::of(policy);
    for endpoint in policy.endpoints.values() {
        if let Some(callers) = &endpoint.callers {
            duplicate_caller::check(&endpoint.name, callers, &endpoint.instance, &mut listed, findings);
        }
    }
    for allowlist in policy.allowlists.values().flatten() {
        let name = &allowlist.endpoint.id;
        duplicate_caller::check(name, &allowlist.callers, &allowlist.instance, &mut listed, findings);
    }
    unused_namespace::check(context, &listed, findings);
}

/// The Namespaces on lists by number, and of each the last list that it was met on, with where it was written first.
pub(super) struct Listed<'p> {
    numbers: Numbers<'p>,
    last: Vec<Option<(usize, Span)>>,
    list: usize,
}

impl<'p> Listed<'p> {
    fn of(policy: &'p Policy) -> Self {
        let last = vec![None; policy.namespaces.len()];
        Self { numbers: policy.namespaces.keys().collect(), last, list: 0 }
    }

    /// Whether a Namespace is on any list.
    pub(super) fn has(&self, id: &NamespaceId) -> bool {
        self.numbers.known(id).and_then(|number| self.last.get(number)).is_some_and(Option::is_some)
    }

    /// Begins another list.
    pub(super) fn begin_list(&mut self) {
        self.list += 1;
    }

    /// Where a caller was written on this list before, in other words or another place.
    pub(super) fn first_entry(&mut self, caller: &'p Spanned<NamespaceId>) -> Option<Span> {
        let (number, written) = (self.numbers.of(&caller.id), caller.written());
        if number == self.last.len() {
            self.last.push(None);
        }
        let last = self.last.get_mut(number)?;
        match last {
            Some((list, first)) if *list == self.list => Some(*first).filter(|first| *first != written),
            _ => {
                *last = Some((self.list, written));
                None
            }
        }
    }
}
