//! Grants on a managed allowlist that this version of nexusc does not know.

use super::CheckContext;
use crate::diagnostic::subject::Part;
use crate::diagnostic::{
    Code, Control, Decided, Examples, Family, Finding, Findings, Severity, WITH_UNKNOWN_GRANT,
};
use crate::plan::flaws;

pub static UNKNOWN_GRANT: Code = Code {
    name: "unknown-grant",
    severity: Severity::Warning,
    family: Family::Facts,
    control: Control::Silenceable,
    decided: Decided::WithFacts,
    meaning: "An allowlist that the policy manages has a grant of a kind that is unknown to this version of nexusc.",
    explanation: "The grant may let others call the Endpoint than the callers that the policy lists. `nexusc` neither \
                  understands nor removes it, so the account does not match the policy. Update `nexusc`, or remove the \
                  grant where it was made. In this example the account lets a whole project call the Endpoint.",
    examples: Examples {
        wrong: r#"account {
  id = "a2dd6"
}

endpoint "payments" { #! unknown-grant
  worker_target             = { namespace = namespace.orders-prod, task_queue = "nexus" }
  allowed_caller_namespaces = [namespace.payments-prod]
}
"#,
        right: r#"account {
  id = "a2dd6"
}

endpoint "payments" {
  worker_target = { namespace = namespace.orders-prod, task_queue = "nexus" }
}
"#,
        json: None,
        facts: Some(WITH_UNKNOWN_GRANT),
    },
};

pub(super) fn check(context: &CheckContext, findings: &mut Findings) {
    let Some(facts) = context.facts else { return };
    for flaw in flaws(context.policy, facts).into_iter().filter(|flaw| flaw.unknown_grants) {
        let message = format!(
            "the allowlist of the Endpoint `{}` has a grant of an unknown kind: others than its callers may be able to call it",
            flaw.name
        );
        let help = "update nexusc, or remove the grant where it was made";
        let finding = Finding::new(&UNKNOWN_GRANT, flaw.span, message).help(help);
        findings.push(finding.about(Part::Endpoint, flaw.name).instance(flaw.instance));
    }
}
