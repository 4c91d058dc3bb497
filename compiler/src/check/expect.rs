//! The one helper of the checks' tests: a policy in HCL in which each line says in a comment `#! code` what is found on
//! it, and nothing else is found.

use super::permission::{Identity, check as check_permission, check_managers, demands};
use super::{check as check_graph, in_order};
use crate::lower::lower;
use crate::syntax::parse;
use schema::diagnostic::Findings;
use schema::source::Sources;
use time::macros::date;

/// Two Namespaces and someone who may manage both, so that a test shows only what it is about. It stands behind the
/// policy: lines count from the test's own first line.
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
    let mut expected: Vec<(u32, String)> = Vec::new();
    for (line, text) in (1..).zip(policy.lines()) {
        let codes = text.split_once("#!").map(|(_, codes)| codes.split_whitespace()).into_iter().flatten();
        expected.extend(codes.map(|code| (line, code.to_owned())));
    }
    let (found, shown) = found(policy);
    assert_eq!(found, expected, "\n{shown}");
}

fn found(policy: &str) -> (Vec<(u32, String)>, String) {
    let mut sources = Sources::default();
    sources.add("policy.nexus.hcl", policy);
    let mut findings = Findings::new();
    let document = parse(&sources, &mut findings);
    let policy = lower(&document, None, &mut findings);
    let today = date!(2026 - 06 - 15);
    check_graph(&policy, None, today, &mut findings);
    check_managers(&policy, None, today, &mut findings);
    if let Some(used) = &policy.account.apply_as
        && let Some(identity) = Identity::of(&used.id, Some(used.span), &policy, None, today)
    {
        check_permission(&identity, demands(&policy), &mut findings);
    }
    let findings = in_order(findings);
    let shown = crate::render::findings_text(&findings, &sources, crate::render::Colour::None);
    let place = |finding: &schema::diagnostic::Finding| {
        let span = finding.span?;
        Some((sources.get(span.file)?.place(span.start).line, finding.code.to_string()))
    };
    (findings.iter().map(|finding| place(finding).unwrap_or((0, finding.code.to_string()))).collect(), shown)
}
