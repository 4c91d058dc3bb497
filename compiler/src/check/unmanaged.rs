//! What the account has that the policy neither declares, removes nor ignores.

use super::CheckContext;
use crate::access::deletion::{unmanaged_endpoints, unmanaged_privatelinks};
use crate::diagnostic::subject::Part;
use crate::diagnostic::{
    Code, Control, Decided, Examples, Family, Finding, Findings, Severity, WITH_ENDPOINT,
};
use crate::facts::Facts;
use crate::policy::{Policy, Unmanaged};
use registry::RegisteredEndpoint;
use schema::privatelink::PrivateConnection;

pub static UNMANAGED: Code = Code {
    name: "unmanaged",
    severity: Severity::Note,
    family: Family::Facts,
    control: Control::Silenceable,
    decided: Decided::WithFacts,
    meaning: "The account contains an object that the policy neither declares, removes nor ignores.",
    explanation: "`nexusc` does not change or delete it. Declare it, list it in `ignore` of the `account` block if it \
                  is managed elsewhere, or delete it with a `removed` block. With `unmanaged = \"delete\"` in \
                  `account`, such objects are deleted instead of reported.",
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
    let Some(facts) = context.facts.filter(|_| context.policy.account.unmanaged == Unmanaged::Keep) else {
        return;
    };
    report_endpoints(context.policy, facts, findings);
    report_privatelinks(context.policy, facts, findings);
}

/// One finding for all: an account that several policies share has many of them.
fn report_endpoints(policy: &Policy, facts: &Facts, findings: &mut Findings) {
    let unmanaged = unmanaged_endpoints(policy, facts);
    let about: Vec<_> = unmanaged.iter().map(|it| (Part::Endpoint, it.name().to_owned())).collect();
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
    let help = "declare what is managed here, and list the rest in `ignore = { endpoints = […] }` in `account`; to delete an Endpoint, write `removed \"endpoint\" \"NAME\" {}`";
    findings.push(Finding::new(&UNMANAGED, policy.account.span, message).help(help).about_all(about));
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

fn report_privatelinks(policy: &Policy, facts: &Facts, findings: &mut Findings) {
    for (_, PrivateConnection { region, connection_id, .. }) in unmanaged_privatelinks(policy, facts) {
        let message = format!(
            "the private connection `{connection_id}` in `{region}` exists in the account and is not declared"
        );
        let help = "declare it, list it in `ignore = { privatelinks = […] }` in `account`, or delete it: `removed \"privatelink\" \"CONNECTION_ID\" {}`";
        let finding = Finding::new(&UNMANAGED, policy.account.span, message).help(help);
        findings
            .push(finding.about(Part::Connection, &*connection_id).about(Part::Region, region.to_string()));
    }
}
