//! Guards that cannot be judged because the account does not show what their conditions depend on: one finding for all.

use super::value::{Hidden, Values};
use crate::check::unmanaged::listed;
use crate::diagnostic::source::Span;
use crate::diagnostic::{Finding, Findings, UNPROVEN};
use crate::policy::{DeclaredGuard, Policy};
use std::collections::BTreeSet;

/// The guards that could not be judged, and what of the account is missing for that.
#[derive(Debug, Default)]
pub struct Unjudged {
    hidden: BTreeSet<Hidden>,
    guards: BTreeSet<(Span, String)>,
}

impl Unjudged {
    /// Adds the guards of one run that could not be judged.
    pub(super) fn extend(&mut self, values: &Values) {
        let guards = values.unjudged.take();
        if !guards.is_empty() {
            self.guards.extend(guards);
            self.hidden.extend(values.hidden.take());
        }
    }

    /// Reports all of them at once.
    pub fn report(self, policy: &Policy, findings: &mut Findings) {
        let Some((first, _)) = self.guards.first() else { return };
        let message = format!("{} cannot be seen, so {} cannot be judged", self.what(), self.which());
        let help = "use an API key that can read them, pass `--account FILE` with a snapshot that such a key took, or \
                    declare the Namespaces here";
        let finding = Finding::new(&UNPROVEN, policy.account.span.unwrap_or(*first), message).help(help);
        let guards = self.guards.iter().take(SHOWN);
        findings.push(guards.fold(finding, |finding, (span, _)| finding.related(*span, "this guard")));
    }

    fn what(&self) -> String {
        let (mut namespaces, mut principals) = (Vec::new(), Vec::new());
        for hidden in &self.hidden {
            match hidden {
                Hidden::Namespace(id) => namespaces.push(format!("`{}`", id.name())),
                Hidden::Principal(id) => principals.push(format!("`{id}`")),
            }
        }
        let several = |names: &[String], what: &str, kind: &str| {
            let plural = if names.len() == 1 { "" } else { "s" };
            format!("the {what} of the {kind}{plural} {}", listed(names))
        };
        let both = [
            (!namespaces.is_empty()).then(|| several(&namespaces, "tags and regions", "Namespace")),
            (!principals.is_empty()).then(|| several(&principals, "access", "principal")),
        ];
        both.into_iter().flatten().collect::<Vec<_>>().join(" and ")
    }

    fn which(&self) -> String {
        match self.guards.len() {
            1 => self.guards.iter().map(|(_, name)| format!("`{name}`")).collect(),
            count => format!("{count} guards"),
        }
    }
}

/// How many of the guards are shown.
const SHOWN: usize = 5;

/// Notes a guard whose condition depends on something that the account does not show.
pub(super) fn note(guard: &DeclaredGuard, values: &Values) {
    values.unjudged.borrow_mut().insert((guard.span, guard.instance.to_string()));
}
