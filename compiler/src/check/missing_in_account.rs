//! Declared Namespaces and principals that the account does not have, or of which that cannot be seen.

use super::CheckContext;
use super::unmanaged::listed;
use crate::diagnostic::source::Span;
use crate::diagnostic::{
    BARE, Code, Control, Decided, Examples, Family, Finding, Findings, Severity, UNPROVEN,
};
use crate::evaluate::Reference;

pub static MISSING_IN_ACCOUNT: Code = Code {
    name: "missing-in-account",
    severity: Severity::Error,
    family: Family::Facts,
    control: Control::Fixed,
    decided: Decided::WithFacts,
    meaning: "A declared Namespace or principal does not exist in the account.",
    explanation: "`nexusc` manages Endpoints, allowlists and private connections. Namespaces and principals that a \
                  policy declares must exist already. Create the object first, or remove its block.",
    examples: Examples {
        wrong: r#"namespace "books-prod" { #! missing-in-account
  regions = ["aws-us-east-1"]
}

endpoint "books" {
  worker_target = { namespace = namespace.books-prod, task_queue = "nexus" }
}
"#,
        right: r#"endpoint "books" {
  worker_target = { namespace = namespace.orders-prod, task_queue = "books" }
}
"#,
        json: None,
        facts: Some(BARE),
    },
};

pub(super) fn check(context: &CheckContext, findings: &mut Findings) {
    let policy = context.policy;
    let Some(facts) = context.facts else { return };
    let mut unseen_namespaces = Vec::new();
    for (id, declared) in policy.namespaces.iter().filter(|(id, _)| !facts.namespaces.contains_key(*id)) {
        if facts.all_namespaces {
            let what = format!("the Namespace `{}`", id.name());
            findings.push(absent(&what, declared.span, &declared.instance));
        } else {
            unseen_namespaces.push((declared.span, declared.instance.to_string(), id.name().to_string()));
        }
    }
    unseen("Namespace", &unseen_namespaces, findings);
    let mut unseen_principals = Vec::new();
    for (id, declared) in &policy.principals {
        let section = facts.principals.section(id.kind);
        if section.visible.contains_key(id) {
            continue;
        }
        if section.incomplete.is_none() {
            findings.push(absent(&format!("`{id}`"), declared.span, &declared.instance));
        } else {
            unseen_principals.push((declared.span, declared.instance.to_string(), id.to_string()));
        }
    }
    unseen("principal", &unseen_principals, findings);
}

fn absent(what: &str, span: Span, instance: &Reference) -> Finding {
    let help = "create it in the account first: nexusc manages Endpoints, not the objects that they refer to";
    let message = format!("{what} does not exist in the account");
    Finding::new(&MISSING_IN_ACCOUNT, span, message).help(help).instance(instance)
}

/// One finding for all objects that the API key cannot read, at the first of them.
fn unseen(what: &str, declared: &[(Span, String, String)], findings: &mut Findings) {
    let Some((first, instance, _)) = declared.iter().min() else { return };
    let names: Vec<_> = declared.iter().map(|(.., name)| format!("`{name}`")).collect();
    let (plural, them) = if names.len() == 1 { ("", "it") } else { ("s", "them") };
    let message = format!("cannot determine whether the account has the {what}{plural} {}", listed(&names));
    let help =
        format!("use an API key that can read {them}; until then, what the policy declares of {them} counts");
    findings.push(Finding::new(&UNPROVEN, *first, message).help(help).instance(instance));
}
