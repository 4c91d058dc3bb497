//! Whether the policy and the facts are of the same account.

use crate::diagnostic::{BARE, Code, Control, Decided, Examples, Family, Finding, Severity};
use crate::facts::{Facts, Home};
use crate::policy::Policy;
use schema::backend::Backend;

pub static ACCOUNT_MISMATCH: Code = Code {
    name: "account-mismatch",
    severity: Severity::Error,
    family: Family::Facts,
    control: Control::Fixed,
    decided: Decided::WithFacts,
    meaning: "The policy is written for another account.",
    explanation: "The API key or the snapshot belongs to another account than the one in the `account` block, so that \
                  a comparison would be meaningless. Use a key or a snapshot of the right account, or correct the \
                  `account` block.",
    examples: Examples {
        wrong: r#"account {
  id = "b3ee7" #! account-mismatch
}
"#,
        right: r#"account {
  id = "a2dd6"
}
"#,
        json: None,
        facts: Some(BARE),
    },
};

/// The finding that a policy is for another account than the facts: then nothing else is checked.
#[must_use]
pub fn account_mismatch(policy: &Policy, facts: &Facts) -> Option<Finding> {
    let Home::Account(account) = &facts.home else { return on_cloud(policy, facts) };
    if policy.account.backend == Backend::SelfHosted {
        return on_server(policy);
    }
    let (id, span) = policy.account.id.as_ref().filter(|(id, _)| id != account)?;
    let message = format!("the policy is for the account `{id}`, the registry is for `{account}`");
    let help = "use the API key of the account that the policy is for, or correct `id`";
    Some(Finding::new(&ACCOUNT_MISMATCH, *span, message).help(help))
}

fn on_cloud(policy: &Policy, facts: &Facts) -> Option<Finding> {
    let message = format!("the policy is for Temporal Cloud, the registry is {}", facts.home);
    let help = "set `backend = \"self_hosted\"`, or pass Temporal Cloud's registry";
    (policy.account.backend == Backend::Cloud).then(|| elsewhere(policy, message, help))
}

fn on_server(policy: &Policy) -> Option<Finding> {
    let message = "the policy is for self-hosted Temporal, the registry is Temporal Cloud".to_owned();
    Some(elsewhere(policy, message, "pass `--registry temporal://host:port`, or correct `backend`"))
}

fn elsewhere(policy: &Policy, message: String, help: &str) -> Finding {
    Finding::new(&ACCOUNT_MISMATCH, policy.account.span, message).help(help)
}
