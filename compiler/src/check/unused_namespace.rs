//! Namespaces that nothing calls and that call nothing.

use super::CheckContext;
use super::listed::Listed;
use crate::diagnostic::subject::Part;
use crate::diagnostic::{Code, Control, Decided, Examples, Family, Finding, Findings, Severity};
use crate::facts::Facts;
use crate::fast::hash::FastSet;
use registry::RegisteredTarget;
use std::collections::BTreeSet;

pub static UNUSED_NAMESPACE: Code = Code {
    name: "unused-namespace",
    severity: Severity::Note,
    family: Family::Lint,
    control: Control::Silenceable,
    decided: Decided::WithoutFacts,
    meaning: "A declared Namespace is neither the target nor a caller of any Endpoint.",
    explanation: "The Namespace does not take part in any Nexus call. No action is required.",
    examples: Examples {
        wrong: r#"namespace "idle-prod" { #! unused-namespace
  regions = ["aws-us-east-1"]
}
"#,
        right: r#"namespace "idle-prod" {
  regions = ["aws-us-east-1"]
}

endpoint "payments" {
  worker_target             = { namespace = namespace.payments-prod, task_queue = "nexus" }
  allowed_caller_namespaces = [namespace.idle-prod]
}
"#,
        json: None,
        facts: None,
    },
};

/// `listed` are the Namespaces that are on any list of callers.
pub(super) fn check(context: &CheckContext, listed: &Listed, findings: &mut Findings) {
    let CheckContext { policy, facts, .. } = *context;
    if !policy.whole {
        return;
    }
    let targets = policy.endpoints.values().filter_map(|it| it.target.as_ref()?.target.namespace());
    let targets: FastSet<_> = targets.collect();
    let held = held(facts);
    let is_used = |id| listed.has(id) || targets.contains(id);
    for (id, declared) in policy.namespaces.iter().filter(|(id, _)| !is_used(id)) {
        if !held.contains(&id.to_string()) {
            let message = format!("the Namespace `{}` is neither a target nor a caller", id.name());
            let finding = Finding::new(&UNUSED_NAMESPACE, declared.span, message);
            findings.push(finding.about(Part::Namespace, id.name().as_str()).instance(&declared.instance));
        }
    }
}

/// The targets and callers of the account's Endpoints.
fn held(facts: Option<&Facts>) -> BTreeSet<String> {
    let endpoints = facts.into_iter().flat_map(|facts| facts.endpoints.values());
    let used = endpoints.flat_map(|endpoint| {
        let mut used = endpoint.callers();
        if let RegisteredTarget::Worker { namespace, .. } = endpoint.target() {
            used.insert(namespace);
        }
        used
    });
    used.collect()
}

#[cfg(test)]
mod tests {
    use crate::check::expect::check;

    #[test]
    fn notes_a_namespace_that_no_endpoint_names() {
        check(
            r#"namespace "idle-prod" { #! unused-namespace
  regions = ["aws-us-east-1"]
}
namespace "once-prod" {
  regions = ["aws-us-east-1"]
}
endpoint "payments" {
  worker_target = { namespace = "payments-prod", task_queue = "q" }
}
allowlist "past" {
  endpoint = endpoint.payments
  callers  = [namespace.once-prod]
  expires  = "2026-01-01" #! expired-grant
}
"#,
        );
    }

    #[test]
    fn stays_silent_where_a_name_could_not_be_understood() {
        check(
            r#"namespace "idle-prod" {
  regions = ["aws-us-east-1"]
}
endpoint "payments" {
  worker_target = { namespace = "idel-prod", task_queue = "q" } #! dangling-target
}
"#,
        );
    }
}
