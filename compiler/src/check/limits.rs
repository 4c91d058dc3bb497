//! Documented or given limits, on what the account would hold after the policy is applied.

use crate::diagnostic::source::Span;
use crate::diagnostic::{Code, Finding, Findings};
use crate::facts::Facts;
use crate::plan::renames::Renames;
use crate::policy::{DeclaredEndpoint, DeclaredPrivatelink, Policy};
use registry::RegisteredRule;
use schema::name::NamespaceId;
use std::collections::{BTreeMap, BTreeSet};
use time::Date;

pub(super) fn check(policy: &Policy, facts: Option<&Facts>, today: Date, findings: &mut Findings) {
    endpoints(policy, facts, findings);
    callers(policy, facts, today, findings);
    privatelinks_of_namespaces(policy, facts, findings);
    privatelinks_of_account(policy, facts, findings);
}

fn endpoints(policy: &Policy, facts: Option<&Facts>, findings: &mut Findings) {
    let limit = policy.account.limits.endpoints;
    if facts.is_none() && policy.endpoints.len() <= limit {
        return;
    }
    let mut names: BTreeSet<&str> = policy.endpoints.keys().map(AsRef::as_ref).collect();
    if let Some(facts) = facts {
        let renames = Renames::of(policy, facts);
        let held = facts.endpoints.keys().map(String::as_str);
        names.extend(held.filter(|name| renames.taker(name).is_none()));
    }
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
    let listed = |endpoint: &DeclaredEndpoint| {
        let lists = policy.allowlists_of(&endpoint.name).map(|allowlist| &allowlist.callers);
        endpoint.callers.iter().chain(lists).map(|callers| callers.namespaces.len()).sum::<usize>()
    };
    // Where even all that is listed is allowed, there is nothing to count.
    for endpoint in policy.endpoints.values().filter(|endpoint| listed(endpoint) > limit) {
        let count = policy.callers(endpoint, today).map_or(0, |callers| callers.len());
        if count > limit {
            let message =
                format!("the Endpoint `{}` would have {count} callers, {limit} are allowed", endpoint.name);
            let finding = Finding::new(Code::LimitCallers, endpoint.span, message).help(help);
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
        let message = format!("the Endpoint `{name}` would have {} callers, {limit} are allowed", all.len());
        let finding = Finding::new(Code::LimitCallers, first.span, message).help(help);
        findings.push(finding.instance(&first.instance));
    }
}

/// Those that others have attached count too.
fn privatelinks_of_namespaces(policy: &Policy, facts: Option<&Facts>, findings: &mut Findings) {
    let limit = policy.account.limits.privatelinks_per_namespace;
    let mut attached: BTreeMap<&NamespaceId, Vec<(&DeclaredPrivatelink, Span)>> = BTreeMap::new();
    for privatelink in policy.changeable_privatelinks() {
        for used in &privatelink.namespaces {
            let to = attached.entry(&used.id).or_default();
            if !to.iter().any(|(known, _)| std::ptr::eq(*known, privatelink)) {
                to.push((privatelink, used.span));
            }
        }
    }
    let others: Vec<_> =
        facts.iter().flat_map(|facts| undeclared(policy, facts)).map(RegisteredRule::id).collect();
    for (namespace, to) in attached {
        let others = facts.map_or(0, |facts| {
            let now = facts.connectivity.attached_to(namespace);
            others.iter().filter(|id| now.contains(**id)).count()
        });
        let count = to.len() + others;
        let Some((privatelink, span)) = to.get(limit.saturating_sub(others)).filter(|_| count > limit) else {
            continue;
        };
        let message = format!(
            "the Namespace `{}` would have {count} private connections, {limit} are allowed",
            namespace.name(),
        );
        let help = "attach fewer, or give a raised limit as `limits = { privatelinks_per_namespace = … }`";
        let finding = Finding::new(Code::LimitPrivatelinkNamespace, *span, message).help(help);
        findings.push(finding.instance(&privatelink.instance));
    }
}

/// The account's private rules that the policy does not declare, or may not change.
fn undeclared<'f>(policy: &Policy, facts: &'f Facts) -> impl Iterator<Item = &'f RegisteredRule> {
    let declared = policy.changeable_privatelinks().filter_map(|privatelink| privatelink.connection.as_ref());
    let declared = facts.connectivity.rules_of(declared.map(|used| &used.id));
    let rules = facts.connectivity.private_rules().map(|(rule, _)| rule);
    rules.filter(move |rule| !declared.contains(rule.id()))
}

fn privatelinks_of_account(policy: &Policy, facts: Option<&Facts>, findings: &mut Findings) {
    let limit = policy.account.limits.privatelinks_per_account;
    let others = facts.map_or(0, |facts| undeclared(policy, facts).count());
    let count = policy.changeable_privatelinks().count() + others;
    if count > limit {
        let message = format!("the account would hold {count} private connections, {limit} are allowed");
        let help = "ask Temporal to raise the limit, then give it as `limits = { privatelinks_per_account = … }` in `account`";
        findings.push(Finding::new(Code::LimitPrivatelinkAccount, policy.account.span, message).help(help));
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
    fn private_connections_are_counted_for_each_namespace_and_for_the_account() {
        check_account(
            r#"account { #! limit-privatelink-account
  id     = "a2dd6"
  limits = { privatelinks_per_namespace = 1, privatelinks_per_account = 1 }
}
privatelink "one" {
  region        = "aws-us-east-1"
  connection_id = "vpce-0123456789abcdef0"
  namespaces    = ["orders-prod", "payments-prod", "orders-prod"]
  keep_public   = true
}
privatelink "two" {
  region        = "aws-us-east-1"
  connection_id = "vpce-0123456789abcdef1"
  namespaces    = ["orders-prod"] #! limit-privatelink-namespace
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

    #[test]
    fn limits_that_could_not_be_understood_are_not_exceeded() {
        let endpoint = |at| {
            format!(
                "endpoint \"e{at}\" {{ worker_target = {{ namespace = \"orders-prod\", task_queue = \"q\" }} }}\n"
            )
        };
        let endpoints: String = (0..101).map(endpoint).collect();
        let account =
            "account {\n  id     = \"a2dd6\"\n  limits = { endpoint = 200 } #! unknown-attribute\n}\n";
        check_account(&format!("{account}{endpoints}"));
    }
}
