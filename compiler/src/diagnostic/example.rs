//! The examples of a code: a policy that is reported and one that is not. Tests run them in HCL and in JSON.

mod account;

pub(crate) use account::{
    BARE, PARTIAL, WITH_CALLER, WITH_ENDPOINT, WITH_FAILED_ENDPOINT, WITH_RULE, WITH_UNKNOWN_GRANT,
};

use printable::printable;

/// A pair of examples in HCL. In the wrong one, a comment `#! code` ends each line on which something is found, or stands
/// on the line above it.
#[derive(Clone, Copy, Debug)]
pub struct Examples {
    /// What is reported.
    pub wrong: &'static str,
    /// What to write instead.
    pub right: &'static str,
    /// The pair in JSON, where a translation of the HCL would not show the same.
    pub json: Option<(&'static str, &'static str)>,
    /// The account that both are checked against, as a snapshot; `None` where the policy alone shows it.
    pub facts: Option<&'static str>,
}

/// What follows an example that has no `account` of its own.
pub const SURROUNDINGS: &str = r#"
account {
  id       = "a2dd6"
  apply_as = user["owner@acme.example"]
}

namespace "orders-prod" {
  regions = ["aws-us-east-1"]
}

namespace "payments-prod" {
  regions = ["aws-us-east-1"]
}

user "owner@acme.example" {
  account_access = "owner"
}
"#;

/// An example as the docs show it: comments point at the lines that are marked, and hidden characters are
/// escaped.
#[must_use]
pub fn readable(example: &str) -> String {
    let line = |line: &str| match line.split_once("#!") {
        Some((before, _)) if before.trim().is_empty() => format!("{before}# the next line\n"),
        Some((before, _)) => format!("{before}# here\n"),
        None => format!("{line}\n"),
    };
    printable(&example.lines().map(line).collect::<String>())
}
