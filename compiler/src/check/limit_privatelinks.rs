//! The limits on private connections, of a Namespace and of the account.

use super::CheckContext;
use crate::diagnostic::source::Span;
use crate::diagnostic::subject::Part;
use crate::diagnostic::{Code, Control, Decided, Examples, Family, Finding, Findings, Severity};
use crate::facts::Facts;
use crate::policy::{DeclaredPrivatelink, Policy};
use registry::RegisteredRule;
use schema::name::NamespaceId;
use std::collections::BTreeMap;

/// In the order of the docs.
pub static CODES: [&Code; 2] = [&LIMIT_PRIVATELINK_NAMESPACE, &LIMIT_PRIVATELINK_ACCOUNT];

pub static LIMIT_PRIVATELINK_NAMESPACE: Code = Code {
    name: "limit-privatelink-namespace",
    severity: Severity::Error,
    family: Family::Limit,
    control: Control::Silenceable,
    decided: Decided::WithFacts,
    meaning: "A Namespace would exceed its limit on private connectivity rules.",
    explanation: "The default limit is 5 private connections for each Namespace. Attach fewer, or, if the limit has \
                  been raised, set `limits = { privatelinks_per_namespace = … }` in `account`.",
    examples: Examples {
        wrong: r#"account {
  id     = "a2dd6"
  limits = { privatelinks_per_namespace = 1 }
}

namespace "payments-prod" {
  regions = ["aws-us-east-1"]
}

endpoint "payments" {
  worker_target = { namespace = namespace.payments-prod, task_queue = "nexus" }
}

privatelink "hub" {
  region        = "aws-us-east-1"
  connection_id = "vpce-0123456789abcdef0"
  namespaces    = [namespace.payments-prod]
  keep_public   = true
}

privatelink "spoke" {
  region        = "aws-us-east-1"
  connection_id = "vpce-0123456789abcdef1"
  namespaces    = [namespace.payments-prod] #! limit-privatelink-namespace
}
"#,
        right: r#"account {
  id     = "a2dd6"
  limits = { privatelinks_per_namespace = 1 }
}

namespace "payments-prod" {
  regions = ["aws-us-east-1"]
}

endpoint "payments" {
  worker_target = { namespace = namespace.payments-prod, task_queue = "nexus" }
}

privatelink "hub" {
  region        = "aws-us-east-1"
  connection_id = "vpce-0123456789abcdef0"
  namespaces    = [namespace.payments-prod]
  keep_public   = true
}
"#,
        json: None,
        facts: None,
    },
};

pub static LIMIT_PRIVATELINK_ACCOUNT: Code = Code {
    name: "limit-privatelink-account",
    severity: Severity::Error,
    family: Family::Limit,
    control: Control::Silenceable,
    decided: Decided::WithFacts,
    meaning: "The account would exceed its limit on private connectivity rules.",
    explanation: "The default limit is 50 private connections for each account. Declare fewer, or, if the limit has \
                  been raised, set `limits = { privatelinks_per_account = … }` in `account`.",
    examples: Examples {
        wrong: r#"account { #! limit-privatelink-account
  id     = "a2dd6"
  limits = { privatelinks_per_account = 1 }
}

privatelink "hub" {
  region        = "aws-us-east-1"
  connection_id = "vpce-0123456789abcdef0"
  namespaces    = []
}

privatelink "spoke" {
  region        = "aws-us-east-1"
  connection_id = "vpce-0123456789abcdef1"
  namespaces    = []
}
"#,
        right: r#"account {
  id     = "a2dd6"
  limits = { privatelinks_per_account = 1 }
}

privatelink "hub" {
  region        = "aws-us-east-1"
  connection_id = "vpce-0123456789abcdef0"
  namespaces    = []
}
"#,
        json: None,
        facts: None,
    },
};

pub(super) fn check(context: &CheckContext, findings: &mut Findings) {
    of_namespaces(context.policy, context.facts, findings);
    of_account(context.policy, context.facts, findings);
}

/// Those that others have attached count too.
fn of_namespaces(policy: &Policy, facts: Option<&Facts>, findings: &mut Findings) {
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
            "the Namespace `{}` would have {count} private connections, the limit is {limit}",
            namespace.name(),
        );
        let help = "attach fewer, or set a raised limit, `limits = { privatelinks_per_namespace = … }`";
        let finding = Finding::new(&LIMIT_PRIVATELINK_NAMESPACE, *span, message).help(help);
        let finding = finding.about(Part::Namespace, namespace.name().as_str());
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

fn of_account(policy: &Policy, facts: Option<&Facts>, findings: &mut Findings) {
    let limit = policy.account.limits.privatelinks_per_account;
    let others = facts.map_or(0, |facts| undeclared(policy, facts).count());
    let count = policy.changeable_privatelinks().count() + others;
    if count > limit {
        let message = format!("the account would hold {count} private connections, the limit is {limit}");
        let help = "ask Temporal to raise the limit, then set `limits = { privatelinks_per_account = … }` in `account`";
        findings.push(Finding::new(&LIMIT_PRIVATELINK_ACCOUNT, policy.account.span, message).help(help));
    }
}

#[cfg(test)]
mod tests {
    use crate::check::expect::check_account;

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
privatelink "one" {
  region        = "aws-us-east-1"
  connection_id = "vpce-0123456789abcdef0"
  namespaces    = ["orders-prod"]
  keep_public   = true
}
"#,
        );
    }
}
