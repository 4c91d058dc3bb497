//! Endpoints without callers.

use super::CheckContext;
use crate::diagnostic::subject::Part;
use crate::diagnostic::{Code, Control, Decided, Examples, Family, Finding, Findings, Severity};
use crate::policy::{DeclaredEndpoint, Policy};
use time::Date;

pub static NO_CALLERS: Code = Code {
    name: "no-callers",
    severity: Severity::Warning,
    family: Family::Lint,
    control: Control::Silenceable,
    decided: Decided::Always,
    meaning: "The allowlist of an Endpoint is declared and empty: no Namespace can call it.",
    explanation: "On Temporal Cloud, an empty allowlist denies all callers, including the target's own Namespace. List \
                  a caller, or omit the attribute if the allowlist is managed elsewhere.",
    examples: Examples {
        wrong: r#"endpoint "payments" {
  worker_target             = { namespace = namespace.payments-prod, task_queue = "nexus" }
  allowed_caller_namespaces = [] #! no-callers
}
"#,
        right: r#"endpoint "payments" {
  worker_target             = { namespace = namespace.payments-prod, task_queue = "nexus" }
  allowed_caller_namespaces = [namespace.orders-prod]
}
"#,
        json: None,
        facts: None,
    },
};

pub(super) fn check(context: &CheckContext, findings: &mut Findings) {
    for endpoint in context.policy.endpoints.values() {
        report(endpoint, context.policy, context.today, findings);
    }
}

/// An Endpoint all of whose lists were written empty.
fn report(endpoint: &DeclaredEndpoint, policy: &Policy, today: Date, findings: &mut Findings) {
    let grants = policy.allowlists_of(&endpoint.name).filter(|allowlist| allowlist.grants_on(today));
    let mut lists = endpoint.callers.iter().chain(grants.map(|allowlist| &allowlist.callers)).peekable();
    let Some(first) = lists.peek().map(|list| list.span) else { return };
    if lists.any(|list| !list.written_empty) || policy.unclear.hides_callers(&endpoint.name) {
        return;
    }
    let message = format!("no Namespace may call the Endpoint `{}`", endpoint.name);
    let help = "list a caller, or remove `allowed_caller_namespaces` if others manage the allowlist";
    let finding = Finding::new(&NO_CALLERS, first, message).help(help);
    findings.push(finding.about(Part::Endpoint, endpoint.name.as_str()).instance(&endpoint.instance));
}

#[cfg(test)]
mod tests {
    use crate::check::expect::check;

    #[test]
    fn warns_of_an_empty_allowlist() {
        check(
            r#"endpoint "payments" {
  worker_target             = { namespace = "payments-prod", task_queue = "q" }
  allowed_caller_namespaces = [] #! no-callers
}
"#,
        );
    }

    #[test]
    fn stays_silent_where_grants_fill_the_list_or_others_own_it() {
        check(
            r#"endpoint "payments" {
  worker_target             = { namespace = "payments-prod", task_queue = "q" }
  allowed_caller_namespaces = []
}
endpoint "refunds" {
  worker_target = { namespace = "payments-prod", task_queue = "q" }
}
allowlist "orders" {
  endpoint = endpoint.payments
  callers  = [namespace.orders-prod]
  expires  = "2027-01-01"
}
"#,
        );
    }

    #[test]
    fn warns_where_only_grants_say_that_nobody_may_call_and_not_where_an_error_hides_one() {
        check(
            r#"endpoint "payments" {
  worker_target = { namespace = "payments-prod", task_queue = "q" }
}
allowlist "none" {
  endpoint = endpoint.payments
  callers  = [] #! no-callers
}
endpoint "refunds" {
  worker_target             = { namespace = "payments-prod", task_queue = "q" }
  allowed_caller_namespaces = []
}
allowlist "orders" {
  endpoint = endpoint.refunds
  callers  = ["orders-prod"]
  expires  = "soon" #! invalid-value
}
"#,
        );
    }
}
