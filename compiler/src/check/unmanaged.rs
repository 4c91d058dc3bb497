//! What the account has that the policy neither declares nor ignores.

use super::CheckContext;
use crate::access::renames::Renames;
use crate::diagnostic::{
    Code, Control, Decided, Examples, Family, Finding, Findings, Severity, WITH_ENDPOINT,
};
use crate::facts::Facts;
use crate::policy::Policy;
use registry::{RegisteredEndpoint, RegisteredRule};
use schema::privatelink::PrivateConnection;
use std::collections::BTreeSet;
use wildmatch::WildMatch;

pub static UNMANAGED: Code = Code {
    name: "unmanaged",
    severity: Severity::Note,
    family: Family::Facts,
    control: Control::Silenceable,
    decided: Decided::WithFacts,
    meaning: "The account contains an object that the policy neither declares nor ignores.",
    explanation: "`nexusc` does not change or delete it. Declare it, or list it in `ignore` of the `account` block if \
                  it is managed elsewhere.",
    examples: Examples {
        wrong: r#"account { #! unmanaged
  id = "a2dd6"
}
"#,
        right: r#"account {
  id     = "a2dd6"
  ignore = { endpoints = ["pay*"] }
}
"#,
        json: None,
        facts: Some(WITH_ENDPOINT),
    },
};

pub(super) fn check(context: &CheckContext, findings: &mut Findings) {
    let Some(facts) = context.facts else { return };
    report_endpoints(context.policy, facts, findings);
    report_privatelinks(context.policy, facts, findings);
}

/// The account's Endpoints that the policy neither declares nor ignores, by name.
#[must_use]
pub fn unmanaged_endpoints<'f>(policy: &Policy, facts: &'f Facts) -> Vec<&'f RegisteredEndpoint> {
    let renames = Renames::of(policy, facts);
    let named = policy.endpoints.keys().chain(policy.allowlists.keys());
    let named: BTreeSet<&str> = named.map(AsRef::as_ref).collect();
    let ignored = |name: &str| policy.ignores_endpoint(name);
    let declared = |name: &str| named.contains(name) || renames.taker(name).is_some();
    let unmanaged = facts.endpoints.iter().filter(|(name, _)| !declared(name) && !ignored(name));
    unmanaged.map(|(_, endpoint)| endpoint).collect()
}

/// One finding for all: an account that several policies share has many of them.
fn report_endpoints(policy: &Policy, facts: &Facts, findings: &mut Findings) {
    let unmanaged = unmanaged_endpoints(policy, facts);
    let unmanaged: Vec<_> = unmanaged.iter().map(|endpoint| named(endpoint)).collect();
    if unmanaged.is_empty() {
        return;
    }
    let message = match unmanaged.as_slice() {
        [only] => format!("the Endpoint {only} exists in the account and is not declared"),
        many => {
            format!("{} Endpoints exist in the account and are not declared: {}", many.len(), listed(many))
        }
    };
    let help = "declare what is managed here, and list the rest in `ignore = { endpoints = […] }` in `account`; nexusc deletes nothing";
    findings.push(Finding::new(&UNMANAGED, policy.account.span, message).help(help));
}

/// The Endpoint's name, with how many Namespaces can call it.
fn named(endpoint: &RegisteredEndpoint) -> String {
    let callers = endpoint.callers().len();
    let more = if endpoint.has_unknown_policies() { "at least " } else { "" };
    match (callers, more) {
        (0, "") => format!("`{}`", endpoint.name()),
        (1, _) => format!("`{}` (which {more}1 Namespace can call)", endpoint.name()),
        _ => format!("`{}` (which {more}{callers} Namespaces can call)", endpoint.name()),
    }
}

/// The first few of a list of names, and how many more there are.
pub(super) fn listed(names: &[String]) -> String {
    const LISTED: usize = 5;
    let more = names.len().saturating_sub(LISTED);
    let shown = names.iter().take(LISTED).map(String::as_str).collect::<Vec<_>>().join(", ");
    if more == 0 { shown } else { format!("{shown} and {more} more") }
}

/// The account's private rules that the policy neither declares nor ignores, with their connections.
#[must_use]
pub fn unmanaged_privatelinks<'f>(
    policy: &Policy,
    facts: &'f Facts,
) -> Vec<(&'f RegisteredRule, PrivateConnection)> {
    let declared = policy.privatelinks.iter().filter_map(|it| it.connection.as_ref());
    let declared = facts.connectivity.rules_of(declared.map(|used| &used.id));
    let globs = globs(&policy.account.ignored_privatelinks);
    let ignored =
        |connection: &PrivateConnection| globs.iter().any(|glob| glob.matches(&connection.connection_id));
    let rules = facts.connectivity.private_rules();
    rules.filter(|(rule, connection)| !ignored(connection) && !declared.contains(rule.id())).collect()
}

fn report_privatelinks(policy: &Policy, facts: &Facts, findings: &mut Findings) {
    for (_, PrivateConnection { region, connection_id, .. }) in unmanaged_privatelinks(policy, facts) {
        let message = format!(
            "the private connection `{connection_id}` in `{region}` exists in the account and is not declared"
        );
        let help = "declare it, or list it in `ignore = { privatelinks = […] }` in `account`";
        findings.push(Finding::new(&UNMANAGED, policy.account.span, message).help(help));
    }
}

/// Globs with `*` for any text and `?` for one character.
fn globs(texts: &[String]) -> Vec<WildMatch> {
    texts.iter().map(|text| WildMatch::new(text)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn globs_know_stars_and_question_marks() {
        for (glob, name) in
            [("*", "a"), ("legacy-*", "legacy-x"), ("*-prod", "a-prod"), ("a?c", "abc"), ("a*b*c", "aXbYc")]
        {
            assert!(WildMatch::new(glob).matches(name), "{glob} {name}");
        }
        for (glob, name) in [("legacy-*", "other"), ("a?c", "ac"), ("", "a"), ("a*b", "abc")] {
            assert!(!WildMatch::new(glob).matches(name), "{glob} {name}");
        }
    }
}
