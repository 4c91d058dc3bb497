//! Private connections that cannot be checked because the account's rules cannot be read: `unproven`.

use super::CheckContext;
use crate::diagnostic::source::Span;
use crate::diagnostic::{Finding, Findings, UNPROVEN};
use crate::evaluate::Reference;

/// What the account holds decides whether a connection is a Namespace's first, and where it is to be detached.
pub(super) fn check(context: &CheckContext, findings: &mut Findings) {
    let policy = context.policy;
    let Some(facts) = context.facts else { return };
    let mut unproven = |(span, instance): (Span, &Reference), message: String, help: &str| {
        findings.push(Finding::new(&UNPROVEN, span, message).help(help).instance(instance));
    };
    let declared = policy.changeable_privatelinks().map(|it| (it.span, &it.instance));
    let removed = policy.removed.iter().filter(|_| policy.scope.is_none());
    let removed = removed.filter_map(|it| Some((it.connection_id()?, (it.span, &it.instance))));
    let mut all = declared.chain(removed.clone().map(|(_, block)| block));
    if let (Some(reason), Some(first)) = (&facts.connectivity.incomplete, all.next()) {
        let message = format!("cannot read the connectivity rules of the account: {reason}");
        return unproven(first, message, "use an API key of a Developer or higher");
    }
    let held = policy.changeable_privatelinks().filter_map(|it| {
        let used = it.connection.as_ref()?;
        facts.connectivity.private(&used.id).map(|_| (it.span, &it.instance))
    });
    let is_held = |id: &str| facts.connectivity.private_rules().any(|(_, held)| held.connection_id == id);
    let removed = removed.filter(|(id, _)| is_held(id)).map(|(_, block)| block);
    if let Some(first) = held.chain(removed).next().filter(|_| !facts.all_namespaces) {
        let message = "cannot determine whether it must be detached from Namespaces that cannot be read";
        unproven(first, message.to_owned(), "use an API key of a Global Admin or Owner");
    }
}
