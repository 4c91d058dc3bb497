//! Documented or given limits, on what the account would hold after the policy is applied.

use crate::facts::Facts;
use crate::policy::Policy;
use schema::diagnostic::{Code, Finding, Findings};
use std::collections::BTreeSet;
use time::Date;

pub(super) fn check(policy: &Policy, facts: Option<&Facts>, today: Date, findings: &mut Findings) {
    endpoints(policy, facts, findings);
    callers(policy, facts, today, findings);
}

fn endpoints(policy: &Policy, facts: Option<&Facts>, findings: &mut Findings) {
    let limit = policy.account.limits.endpoints;
    let mut names: BTreeSet<&str> =
        facts.iter().flat_map(|facts| facts.endpoints.keys()).map(String::as_str).collect();
    for endpoint in policy.endpoints.values() {
        if let Some(from) = &endpoint.renamed_from {
            names.remove(from.id.as_str());
        }
    }
    names.extend(policy.endpoints.keys().map(AsRef::as_ref));
    if names.len() <= limit {
        return;
    }
    let message = format!("the account would hold {} Endpoints, {limit} are allowed", names.len());
    let help = "ask Temporal to raise the limit, then give it as `limits = { endpoints = … }` in `account`";
    findings.push(Finding::new(Code::LimitEndpoints, policy.account.span, message).help(help));
}

fn callers(policy: &Policy, facts: Option<&Facts>, today: Date, findings: &mut Findings) {
    let limit = policy.account.limits.callers_per_endpoint;
    let help =
        "grant access to fewer Namespaces, or give a raised limit as `limits = { callers_per_endpoint = … }`";
    for endpoint in policy.endpoints.values() {
        let count = policy.callers(endpoint, today).map_or(0, |callers| callers.len());
        if count > limit {
            let message =
                format!("the Endpoint `{}` would have {count} callers, {limit} are allowed", endpoint.name);
            let finding = Finding::new(Code::LimitCallers, endpoint.span, message).help(help);
            findings.push(finding.instance(&endpoint.instance));
        }
    }
    let elsewhere =
        policy.allowlists.iter().filter(|grant| !policy.endpoints.contains_key(&grant.endpoint.id));
    let elsewhere: BTreeSet<_> = elsewhere.map(|grant| &grant.endpoint.id).collect();
    for name in elsewhere {
        let held =
            facts.and_then(|facts| facts.endpoints.get(name.as_str())).map(|endpoint| endpoint.callers());
        let mut all: BTreeSet<String> = held.unwrap_or_default().into_iter().collect();
        let grants = policy.allowlists_of(name).filter(|grant| grant.grants_on(today));
        all.extend(grants.flat_map(|grant| &grant.callers.namespaces).map(|used| used.id.to_string()));
        let first = policy.allowlists_of(name).next();
        if all.len() > limit {
            let message =
                format!("the Endpoint `{name}` would have {} callers, {limit} are allowed", all.len());
            findings
                .push(Finding::new(Code::LimitCallers, first.map(|grant| grant.span), message).help(help));
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::check::expect::check_account;

    #[test]
    fn limits_that_are_given_hold() {
        check_account(
            r#"account { #! limit-endpoints
  id     = "a2dd6"
  limits = { endpoints = 1, callers_per_endpoint = 1 }
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
    fn the_documented_limits_are_far_away() {
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
