//! The limit on callers of one Endpoint, with those of every `allowlist` that names it.

use super::CheckContext;
use crate::diagnostic::subject::Part;
use crate::diagnostic::{Code, Control, Decided, Examples, Family, Finding, Findings, Severity};
use crate::policy::DeclaredEndpoint;
use std::collections::BTreeSet;

pub static LIMIT_CALLERS: Code = Code {
    name: "limit-callers",
    severity: Severity::Error,
    family: Family::Limit,
    control: Control::Silenceable,
    decided: Decided::WithFacts,
    meaning: "An Endpoint would exceed its limit on callers.",
    explanation: "The default limit is 1000 callers for each Endpoint, including those of every `allowlist` that names \
                  it. List fewer callers, or, if the limit has been raised, set `limits = { callers_per_endpoint = … \
                  }` in `account`.",
    examples: Examples {
        wrong: r#"account {
  id     = "a2dd6"
  limits = { callers_per_endpoint = 1 }
}

namespace "orders-prod" {
  regions = ["aws-us-east-1"]
}

namespace "payments-prod" {
  regions = ["aws-us-east-1"]
}

endpoint "payments" { #! limit-callers
  worker_target             = { namespace = namespace.payments-prod, task_queue = "nexus" }
  allowed_caller_namespaces = [namespace.orders-prod, namespace.payments-prod]
}
"#,
        right: r#"account {
  id     = "a2dd6"
  limits = { callers_per_endpoint = 1 }
}

namespace "orders-prod" {
  regions = ["aws-us-east-1"]
}

namespace "payments-prod" {
  regions = ["aws-us-east-1"]
}

endpoint "payments" {
  worker_target             = { namespace = namespace.payments-prod, task_queue = "nexus" }
  allowed_caller_namespaces = [namespace.orders-prod]
}
"#,
        json: None,
        facts: None,
    },
};

pub(super) fn check(context: &CheckContext, findings: &mut Findings) {
    let CheckContext { policy, facts, today, .. } = *context;
    let limit = policy.account.limits.callers_per_endpoint;
    let help =
        "grant access to fewer Namespaces, or set a raised limit, `limits = { callers_per_endpoint = … }`";
    let listed = |endpoint: &DeclaredEndpoint| {
        let lists = policy.allowlists_of(&endpoint.name).map(|allowlist| &allowlist.callers);
        endpoint.callers.iter().chain(lists).map(|callers| callers.namespaces.len()).sum::<usize>()
    };
    // Where even all that is listed is allowed, there is nothing to count.
    for endpoint in policy.endpoints.values().filter(|endpoint| listed(endpoint) > limit) {
        let count = policy.callers(endpoint, today).map_or(0, |callers| callers.len());
        if count > limit {
            let message =
                format!("the Endpoint `{}` would have {count} callers, the limit is {limit}", endpoint.name);
            let finding = Finding::new(&LIMIT_CALLERS, endpoint.span, message).help(help);
            let finding = finding.about(Part::Endpoint, endpoint.name.as_str());
            findings.push(finding.instance(&endpoint.instance));
        }
    }
    for name in policy.allowlists.keys().filter(|name| !policy.endpoints.contains_key(*name)) {
        let held =
            facts.and_then(|facts| facts.endpoints.get(name.as_str())).map(|endpoint| endpoint.callers());
        let mut all: BTreeSet<String> = held.unwrap_or_default().into_iter().collect();
        let grants = policy.allowlists_of(name).filter(|grant| grant.grants_on(today));
        all.extend(grants.flat_map(|grant| &grant.callers.namespaces).map(|used| used.id.to_string()));
        let Some(first) = policy.allowlists_of(name).next().filter(|_| all.len() > limit) else { continue };
        let message = format!("the Endpoint `{name}` would have {} callers, the limit is {limit}", all.len());
        let finding = Finding::new(&LIMIT_CALLERS, first.span, message).help(help);
        findings.push(finding.about(Part::Endpoint, name.as_str()).instance(&first.instance));
    }
}

#[cfg(test)]
mod tests {
    use crate::check::expect::check_account;

    #[test]
    fn a_given_limit_holds_for_each_endpoint() {
        check_account(
            r#"account {
  id     = "a2dd6"
  limits = { callers_per_endpoint = 1 }
}
endpoint "payments" { #! limit-callers
  worker_target             = { namespace = "payments-prod", task_queue = "q" }
  allowed_caller_namespaces = ["payments-prod", "orders-prod"]
}
endpoint "refunds" {
  worker_target             = { namespace = "payments-prod", task_queue = "q" }
  allowed_caller_namespaces = ["orders-prod"]
}
"#,
        );
    }

    #[test]
    fn the_documented_limit_is_far_away() {
        check_account(
            r#"account { id = "a2dd6" }
endpoint "payments" {
  worker_target             = { namespace = "payments-prod", task_queue = "q" }
  allowed_caller_namespaces = ["payments-prod", "orders-prod"]
}
"#,
        );
    }
}
