//! The one helper of the checks' tests: a policy in HCL in which each line says in a comment `#! code` what is found on
//! it, and nothing else is found.

use crate::diagnostic::source::Sources;
use crate::diagnostic::{Finding, Findings};
use crate::facts::Facts;
use crate::pipeline::{Checked, ParsedPolicy};
use time::macros::date;

/// Two Namespaces and a user who may manage both, appended to the policy so that its lines count from 1.
const REST: &str = r#"
namespace "orders-prod" { regions = ["aws-us-east-1"] }
namespace "payments-prod" { regions = ["aws-us-east-1"] }
user "owner@acme.example" { account_access = "owner" }
"#;

const ACCOUNT: &str = r#"account {
  id       = "a2dd6"
  apply_as = user["owner@acme.example"]
}
"#;

/// Checks a policy without an `account` block, on 2026-06-15, as an Owner.
#[track_caller]
pub fn check(policy: &str) {
    check_whole(&format!("{policy}{ACCOUNT}{REST}"));
}

/// Checks a policy that has its own `account` block.
#[track_caller]
pub fn check_account(policy: &str) {
    check_whole(&format!("{policy}{REST}"));
}

#[track_caller]
fn check_whole(policy: &str) {
    check_file("policy.nexus.hcl", policy);
}

#[track_caller]
fn check_file(path: &str, policy: &str) {
    let expected = expected(policy);
    let lines = policy.strip_suffix(REST).unwrap_or(policy).lines().count();
    let (found, sources) = settled(path, policy);
    let shown = crate::report::findings_text(&found, &sources, crate::report::Colour::None);
    let found = found.iter().map(|finding| (line(finding, &sources), finding.code.to_string()));
    // Whether the appended Namespaces are used is not what a test is about.
    let own = |(line, code): &(u32, String)| *line as usize <= lines || code != "unused-namespace";
    assert_eq!(found.filter(own).collect::<Vec<_>>(), expected, "\n{shown}");
}

/// The expected codes: marked in a comment at the end of the line, or alone on the line before.
pub fn expected(policy: &str) -> Vec<(u32, String)> {
    let mut expected = Vec::new();
    for (line, text) in (1..).zip(policy.lines()) {
        let marked = ["#!", "//!"].into_iter().find_map(|mark| text.split_once(mark));
        let Some((before, codes)) = marked else { continue };
        let line = if before.trim().is_empty() { line + 1 } else { line };
        expected.extend(codes.split_whitespace().map(|code| (line, code.to_owned())));
    }
    expected
}

/// Checks a whole policy.
#[track_caller]
pub fn check_alone(policy: &str) {
    check_file("policy.nexus.hcl", policy);
}

/// Checks a whole policy in JSON, in which the comments are `//! code`.
#[track_caller]
pub fn check_json(policy: &str) {
    check_file("policy.nexus.json", policy);
}

/// The findings of a whole policy on 2026-06-15.
pub fn found_in(policy: &str) -> Findings {
    settled("policy.nexus.hcl", policy).0
}

fn line(finding: &Finding, sources: &Sources) -> u32 {
    let place = finding.span.and_then(|span| Some(sources.get(span.file)?.place(span.start).line));
    place.unwrap_or(0)
}

/// The findings of a whole policy in HCL or JSON on 2026-06-15, and its sources.
pub fn settled(path: &str, policy: &str) -> (Findings, Sources) {
    settled_against(path, policy, None)
}

/// The same with the account's facts.
pub fn settled_against(path: &str, policy: &str, facts: Option<&Facts>) -> (Findings, Sources) {
    let mut sources = Sources::default();
    sources.add(path, policy);
    let parsed = ParsedPolicy::parse(sources, Findings::new(), date!(2026 - 06 - 15));
    let Checked { findings, .. } = Checked::of(&parsed, facts, None).unwrap_or_else(|_| unreachable!());
    (findings, parsed.sources)
}
