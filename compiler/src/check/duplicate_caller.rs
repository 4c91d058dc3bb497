//! Callers that are listed twice in one list. `outlasted_grant` finds those that two lists grant for different times.

use super::listed::Listed;
use crate::diagnostic::subject::Part;
use crate::diagnostic::{Code, Control, Decided, Examples, Family, Findings, Severity};
use crate::evaluate::Reference;
use crate::policy::DeclaredCallers;
use schema::name::EndpointName;

pub static DUPLICATE_CALLER: Code = Code {
    name: "duplicate-caller",
    severity: Severity::Warning,
    family: Family::Lint,
    control: Control::Silenceable,
    decided: Decided::Always,
    meaning: "A caller is listed twice in the same list, or in a dated grant and in a list that lasts longer.",
    explanation: "The second entry has no effect; another Namespace may have been intended. A date ends nothing where \
                  `allowed_caller_namespaces` or another `allowlist` grants the same access for longer; of two dates, \
                  the later counts, which is a note. Remove or correct one of the entries.",
    examples: Examples {
        wrong: r#"endpoint "payments" {
  worker_target             = { namespace = namespace.payments-prod, task_queue = "nexus" }
  allowed_caller_namespaces = [namespace.orders-prod, "orders-prod"] #! duplicate-caller
}
"#,
        right: r#"endpoint "payments" {
  worker_target             = { namespace = namespace.payments-prod, task_queue = "nexus" }
  allowed_caller_namespaces = [namespace.orders-prod, "payments-prod"]
}
"#,
        json: None,
        facts: None,
    },
};

/// Reports callers that the list names again, and notes in `listed` all that it names.
pub(super) fn check<'p>(
    endpoint: &EndpointName,
    callers: &'p DeclaredCallers,
    instance: &Reference,
    listed: &mut Listed<'p>,
    findings: &mut Findings,
) {
    listed.begin_list();
    for caller in &callers.namespaces {
        if let Some(first) = listed.first_entry(caller) {
            let message = format!("the caller `{}` is listed twice", caller.id.name());
            findings.push(
                caller
                    .finding(&DUPLICATE_CALLER, message)
                    .related(first, "first listed here")
                    .help("remove one of the two")
                    .about(Part::Endpoint, endpoint.as_str())
                    .about(Part::Caller, caller.id.name().as_str())
                    .instance(instance),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::check::expect::check;

    #[test]
    fn warns_of_a_caller_that_is_listed_twice_in_other_words() {
        check(
            r#"endpoint "orders" {
  worker_target             = { namespace = "payments-prod", task_queue = "q" }
  allowed_caller_namespaces = [
    namespace.orders-prod,
    "orders-prod.a2dd6", #! duplicate-caller
  ]
}
"#,
        );
    }

    #[test]
    fn two_lists_may_name_the_same_caller() {
        check(
            r#"endpoint "orders" {
  worker_target             = { namespace = "payments-prod", task_queue = "q" }
  allowed_caller_namespaces = [namespace.orders-prod]
}
allowlist "more" {
  endpoint = endpoint.orders
  callers  = [namespace.orders-prod]
}
"#,
        );
    }
}
