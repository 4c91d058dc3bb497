//! Which Namespaces the internet reaches: none is closed or opened without a word.

use crate::case::{Case, namespace};
use compiler::diagnostic::Finding;
use compiler::facts::Facts;
use schema::name::NamespaceId;

/// Holds what became of the Namespaces to what the policy and the findings say.
pub fn demand_announced(
    case: &Case,
    findings: &[Finding],
    before: &Facts,
    after: &Facts,
) -> Result<(), String> {
    for number in case.namespaces.keys() {
        let id = namespace(*number);
        let mut links = case.links.values().filter(|link| link.namespaces.contains(number));
        let told = match (is_open(before, &id), is_open(after, &id)) {
            (true, false) => links.any(|link| link.allow_public_lockout),
            (false, true) => links.any(|link| link.keep_public) || is_reopened(findings, &id),
            _ => true,
        };
        if !told {
            return Err(format!("accepted, and `{id}` was opened or closed without a word"));
        }
    }
    Ok(())
}

/// While no rule is attached to it, or the public one is.
pub fn is_open(facts: &Facts, id: &NamespaceId) -> bool {
    let attached = facts.connectivity.attached_to(id);
    attached.is_empty() || facts.connectivity.public().is_some_and(|public| attached.contains(public.id()))
}

fn is_reopened(findings: &[Finding], id: &NamespaceId) -> bool {
    let name = format!("`{}`", id.name());
    findings
        .iter()
        .any(|finding| finding.code.name == "privatelink-reopen" && finding.message.contains(&name))
}
