//! Declared Namespaces whose properties are not those that the account has.

use super::CheckContext;
use crate::diagnostic::subject::Part;
use crate::diagnostic::{BARE, Code, Control, Decided, Examples, Family, Finding, Findings, Severity};
use crate::policy::DeclaredNamespace;
use schema::account::Namespace;

pub static NAMESPACE_DIFFERS: Code = Code {
    name: "namespace-differs",
    severity: Severity::Error,
    family: Family::Facts,
    control: Control::Silenceable,
    decided: Decided::WithFacts,
    meaning: "The declared properties of a Namespace differ from those in the account.",
    explanation: "The account determines regions, authentication methods and tags: otherwise, editing a tag would be \
                  enough to pass a guard. Correct the policy, or change the Namespace where it is managed.",
    examples: Examples {
        wrong: r#"account {
  id = "a2dd6"
}

namespace "orders-prod" { #! namespace-differs
  regions = ["aws-us-east-1"]
  tags    = { criticality = "low" }
}

endpoint "orders" {
  worker_target = { namespace = namespace.orders-prod, task_queue = "nexus" }
}
"#,
        right: r#"account {
  id = "a2dd6"
}

namespace "orders-prod" {
  regions = ["aws-us-east-1"]
}

endpoint "orders" {
  worker_target = { namespace = namespace.orders-prod, task_queue = "nexus" }
}
"#,
        json: None,
        facts: Some(BARE),
    },
};

pub(super) fn check(context: &CheckContext, findings: &mut Findings) {
    let Some(facts) = context.facts else { return };
    for declared in context.policy.namespaces.values() {
        if let Some(held) = facts.namespaces.get(&declared.namespace.id) {
            compare(declared, held, findings);
        }
    }
}

fn compare(declared: &DeclaredNamespace, held: &Namespace, findings: &mut Findings) {
    let wanted = &declared.namespace;
    let name = wanted.id.name();
    let mut differs = |attribute: &'static str, same: bool, now: String, declares: String| {
        if declared.given.contains(&attribute) && !same {
            let message =
                format!("`{attribute}` of the Namespace `{name}` differs: in the account it is {now}");
            let help = "nexusc does not manage Namespaces: correct the policy, or change the Namespace where it is managed";
            let finding = Finding::new(&NAMESPACE_DIFFERS, declared.span, message).help(help);
            let finding = finding.about(Part::Namespace, name.as_str()).about(Part::Aspect, attribute);
            let finding = finding.about(Part::Account, now).about(Part::Policy, declares);
            findings.push(finding.instance(&declared.instance));
        }
    };
    differs(
        "regions",
        held.regions.is_empty() || wanted.regions == held.regions,
        format!("{:?}", held.regions),
        format!("{:?}", wanted.regions),
    );
    let auth = |namespace: &Namespace| {
        format!("{:?}", namespace.auth.iter().map(|method| method.name()).collect::<Vec<_>>())
    };
    differs("auth", held.auth.is_empty() || wanted.auth == held.auth, auth(held), auth(wanted));
    differs("tags", wanted.tags == held.tags, format!("{:?}", held.tags), format!("{:?}", wanted.tags));
}
