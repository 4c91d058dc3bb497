//! What each code means, with an example that is wrong and one that is right. Tests run every example, in HCL and in JSON.

mod account;
mod demand;
mod document;
mod facts;
mod limit;
mod lint;
mod permission;
mod privatelink;
mod reference;

use crate::diagnostic::Code;

/// One code, explained.
#[derive(Clone, Copy, Debug)]
pub struct Explanation {
    /// The code.
    pub code: Code,
    /// What stands behind it, in sentences.
    pub text: &'static str,
    /// Examples in HCL.
    pub examples: Examples,
}

/// A pair of examples. In the wrong one, a comment `#! code` ends each line on which something is found, or stands on
/// the line above it.
#[derive(Clone, Copy, Debug)]
pub struct Examples {
    /// What is reported.
    pub wrong: &'static str,
    /// What to write instead.
    pub right: &'static str,
    /// The pair in JSON, where it is not the same written differently.
    pub json: Option<(&'static str, &'static str)>,
    /// The account that both are checked against, as a snapshot; `None` where a policy alone shows it.
    pub facts: Option<&'static str>,
}

/// What stands behind an example that has no `account` of its own.
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

/// The explanations, by what they are about.
const EXPLANATIONS: &[&[Explanation]] = &[
    document::EXPLANATIONS,
    reference::EXPLANATIONS,
    permission::EXPLANATIONS,
    limit::EXPLANATIONS,
    privatelink::EXPLANATIONS,
    facts::EXPLANATIONS,
    demand::EXPLANATIONS,
    lint::EXPLANATIONS,
];

/// What there is to say about a code besides what it means.
#[must_use]
pub fn explanation(code: Code) -> Option<&'static Explanation> {
    EXPLANATIONS.iter().copied().flatten().find(|explanation| explanation.code == code)
}

const fn shown(code: Code, text: &'static str, wrong: &'static str, right: &'static str) -> Explanation {
    Explanation { code, text, examples: Examples { wrong, right, json: None, facts: None } }
}

/// What only an account's facts can show.
const fn held(
    code: Code,
    text: &'static str,
    facts: &'static str,
    wrong: &'static str,
    right: &'static str,
) -> Explanation {
    Explanation { code, text, examples: Examples { wrong, right, json: None, facts: Some(facts) } }
}

/// An example as people read it: the marks say where to look.
#[must_use]
pub fn readable(example: &str) -> String {
    let line = |line: &str| match line.split_once("#!") {
        Some((before, _)) if before.trim().is_empty() => format!("{before}# the next line\n"),
        Some((before, _)) => format!("{before}# here\n"),
        None => format!("{line}\n"),
    };
    example.lines().map(line).collect()
}

#[cfg(test)]
mod tests;
