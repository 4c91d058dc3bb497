//! Callers that the account allows today and the policy does not.

use super::CheckContext;
use super::unmanaged::listed;
use crate::access::account::{AccountCall, account_calls};
use crate::diagnostic::subject::Part;
use crate::diagnostic::{Code, Control, Decided, Examples, Family, Finding, Findings, Severity, WITH_CALLER};
use std::collections::BTreeMap;

pub static EXTRA_CALLER: Code = Code {
    name: "extra-caller",
    severity: Severity::Note,
    family: Family::Facts,
    control: Control::Silenceable,
    decided: Decided::WithFacts,
    meaning: "The account's allowlist of an Endpoint lists a caller that the policy does not.",
    explanation: "The policy manages the allowlist, so the next apply removes the caller; until then it can call the \
                  Endpoint. Either the policy has just changed, or someone added the caller elsewhere. Apply the \
                  policy, or list the caller.",
    examples: Examples {
        wrong: r#"account {
  id = "a2dd6"
}

endpoint "payments" { #! extra-caller
  worker_target             = { namespace = namespace.orders-prod, task_queue = "nexus" }
  allowed_caller_namespaces = [namespace.orders-prod]
}
"#,
        right: r#"account {
  id = "a2dd6"
}

endpoint "payments" {
  worker_target             = { namespace = namespace.orders-prod, task_queue = "nexus" }
  allowed_caller_namespaces = [namespace.orders-prod, namespace.payments-prod]
}
"#,
        json: None,
        facts: Some(WITH_CALLER),
    },
};

pub(super) fn check(context: &CheckContext, findings: &mut Findings) {
    let CheckContext { policy, facts: Some(facts), today, .. } = *context else { return };
    let calls = account_calls(policy, facts, today).unwrap_or_default();
    let mut extra: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for call in calls.iter().filter(|call| call.is_today_only()) {
        extra.entry(&call.endpoint).or_default().push(name(call, context));
    }
    for endpoint in policy.endpoints.values().filter(|it| policy.may_change(&it.managed_by)) {
        let Some(callers) = extra.get(endpoint.name.as_str()) else { continue };
        let them = if callers.len() == 1 { "it" } else { "them" };
        let quoted: Vec<_> = callers.iter().map(|caller| format!("`{caller}`")).collect();
        let message = format!(
            "{} can call the Endpoint `{}` today, by the account's allowlist and not by the policy: the next apply removes {them}",
            listed(&quoted),
            endpoint.name
        );
        let help = format!("apply the policy, or list {them}");
        let finding = Finding::new(&EXTRA_CALLER, endpoint.span, message).help(help);
        let finding = finding.about(Part::Endpoint, endpoint.name.as_str());
        let finding = finding.about_all(callers.iter().map(|caller| (Part::Caller, caller.clone())));
        findings.push(finding.instance(&endpoint.instance));
    }
}

fn name(call: &AccountCall, context: &CheckContext) -> String {
    let id = context.policy.account.backend.namespace_id(&call.caller);
    id.map_or_else(|_| call.caller.clone(), |id| id.name().to_string())
}
