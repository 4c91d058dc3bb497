//! The limit on Endpoints, on what the account would hold after the policy is applied.

use super::CheckContext;
use crate::access::renames::Renames;
use crate::diagnostic::{Code, Control, Decided, Examples, Family, Finding, Findings, Severity};
use std::collections::BTreeSet;

pub static LIMIT_ENDPOINTS: Code = Code {
    name: "limit-endpoints",
    severity: Severity::Error,
    family: Family::Limit,
    control: Control::Silenceable,
    decided: Decided::WithFacts,
    meaning: "The account would exceed its limit on Endpoints.",
    explanation: "The default limit is 100 Endpoints for each account. If the account's facts are known, its other \
                  Endpoints are counted as well. If Temporal has raised the limit, set `limits = { endpoints = … }` in \
                  `account`.",
    examples: Examples {
        wrong: r#"account { #! limit-endpoints
  id     = "a2dd6"
  limits = { endpoints = 1 }
}

namespace "payments-prod" {
  regions = ["aws-us-east-1"]
}

endpoint "payments" {
  worker_target = { namespace = namespace.payments-prod, task_queue = "nexus" }
}

endpoint "refunds" {
  worker_target = { namespace = namespace.payments-prod, task_queue = "nexus" }
}
"#,
        right: r#"account {
  id     = "a2dd6"
  limits = { endpoints = 2 }
}

namespace "payments-prod" {
  regions = ["aws-us-east-1"]
}

endpoint "payments" {
  worker_target = { namespace = namespace.payments-prod, task_queue = "nexus" }
}

endpoint "refunds" {
  worker_target = { namespace = namespace.payments-prod, task_queue = "nexus" }
}
"#,
        json: None,
        facts: None,
    },
};

pub(super) fn check(context: &CheckContext, findings: &mut Findings) {
    let CheckContext { policy, facts, .. } = *context;
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
    let message = format!("the account would hold {} Endpoints, the limit is {limit}", names.len());
    // Deletions come after creations, so what is deleted counts.
    let help = "ask Temporal to raise the limit, then set `limits = { endpoints = … }` in `account`";
    findings.push(Finding::new(&LIMIT_ENDPOINTS, policy.account.span, message).help(help));
}

#[cfg(test)]
mod tests {
    use crate::check::expect::check_account;

    #[test]
    fn a_given_limit_holds() {
        check_account(
            r#"account { #! limit-endpoints
  id     = "a2dd6"
  limits = { endpoints = 1 }
}
endpoint "payments" {
  worker_target = { namespace = "payments-prod", task_queue = "q" }
}
endpoint "refunds" {
  worker_target = { namespace = "payments-prod", task_queue = "q" }
}
"#,
        );
    }

    #[test]
    fn the_documented_limit_is_far_away() {
        check_account(
            r#"account { id = "a2dd6" }
endpoint "payments" {
  worker_target = { namespace = "payments-prod", task_queue = "q" }
}
"#,
        );
    }

    #[test]
    fn an_error_in_another_block_does_not_hide_the_limit() {
        check_account(
            r#"endpoint "payments" {
  worker_target = { namespace = "payments-prod", task_queue = "q" }
}
account { #! limit-endpoints
  id     = "a2dd6"
  limits = { endpoints = 0 }
}
namespace "other" {
  for_each = toset(local.names) #! evaluation
  name     = each.key
  regions  = ["aws-us-east-1"]
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
