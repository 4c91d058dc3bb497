//! Private connections that cannot be checked because the account's rules cannot be read: `unproven`.

use super::CheckContext;
use crate::diagnostic::{Finding, Findings, UNPROVEN};
use crate::policy::DeclaredPrivatelink;

/// What the account holds decides whether a connection is a Namespace's first, and where it is to be detached.
pub(super) fn check(context: &CheckContext, findings: &mut Findings) {
    let policy = context.policy;
    let Some(facts) = context.facts else { return };
    let mut unproven = |privatelink: &DeclaredPrivatelink, message: String, help: &str| {
        let finding = Finding::new(&UNPROVEN, privatelink.span, message).help(help);
        findings.push(finding.instance(&privatelink.instance));
    };
    if let (Some(reason), Some(first)) =
        (&facts.connectivity.incomplete, policy.changeable_privatelinks().next())
    {
        let message = format!("cannot read the connectivity rules of the account: {reason}");
        return unproven(first, message, "use an API key of a Developer or higher");
    }
    let is_held = |privatelink: &&DeclaredPrivatelink| {
        privatelink.connection.as_ref().is_some_and(|used| facts.connectivity.private(&used.id).is_some())
    };
    if let Some(first) = policy.changeable_privatelinks().find(is_held).filter(|_| !facts.all_namespaces) {
        let message = "cannot determine whether it must be detached from Namespaces that cannot be read";
        unproven(first, message.to_owned(), "use an API key of a Global Admin or Owner");
    }
}
