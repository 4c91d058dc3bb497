//! What a baseline lets pass, and that it does not depend on how a policy is written.

use super::*;
use crate::check::examples::json::Printed;
use crate::diagnostic::SURROUNDINGS;
use crate::facts::Facts;
use crate::facts::snapshot::Snapshot;
use crate::pipeline::{Checked, ParsedPolicy};
use crate::syntax::parse;
use time::macros::date;

/// A policy in files, on 2026-06-15.
fn parsed(files: &[(String, String)]) -> ParsedPolicy {
    let mut sources = Sources::default();
    for (path, text) in files {
        sources.add(path.clone(), text.clone());
    }
    ParsedPolicy::parse(sources, Findings::new(), date!(2026 - 06 - 15))
}

/// The text of the baseline of a policy.
fn recorded(files: &[(String, String)], facts: Option<&Facts>) -> String {
    let parsed = parsed(files);
    let mut recorded = None;
    let checked = Checked::sifted(&parsed, facts, None, |findings, context| {
        recorded = Some(Baseline::of(&findings, None, context));
        findings
    });
    assert!(checked.is_ok());
    recorded.unwrap().text()
}

/// The codes and lines of what is found with a baseline, and how many findings it lets pass.
fn sifted(policy: &str, baseline: &str) -> (Vec<(String, u32)>, usize) {
    let mut parsed = parsed(&[("policy.nexus.hcl".to_owned(), policy.to_owned())]);
    let baseline = Baseline::parse("baseline.json", baseline, &mut parsed.sources).unwrap();
    let mut passed = 0;
    let checked = Checked::sifted(&parsed, None, None, |findings, context| {
        let (findings, count) = baseline.sift(findings, context);
        passed = count;
        findings
    });
    let Ok(Checked { findings, .. }) = checked else { panic!() };
    let line = |finding: &Finding| {
        let span = finding.span.unwrap();
        parsed.sources.get(span.file).unwrap().place(span.start).line
    };
    (findings.iter().map(|finding| (finding.message.clone(), line(finding))).collect(), passed)
}

/// A guard that many calls fail, callers that are listed twice, and a few other findings.
const POLICY: &str = r#"account { id = "a2dd6" }
namespace "ledger" {
  regions = ["aws-us-east-1"]
  tags    = { stage = "prod" }
  codec   = { mode = "shared_key", key = "a" }
}
namespace "shop" {
  regions = ["aws-us-east-1"]
  tags    = { stage = "dev" }
  codec   = { mode = "shared_key", key = "b" }
}
namespace "cart" { regions = ["aws-us-east-1"] }
namespace "idle" { regions = ["aws-us-east-1"] }
endpoint "accounts" {
  worker_target             = { namespace = namespace.ledger, task_queue = "work" }
  allowed_caller_namespaces = [namespace.shop, namespace.cart, "shop"]
}
endpoint "closed" {
  worker_target             = { namespace = namespace.ledger, task_queue = "closed" }
  allowed_caller_namespaces = []
}
allowlist "later" {
  endpoint = endpoint.accounts
  callers  = [namespace.shop]
  expires  = "2026-06-20"
}
allowlist "past" {
  endpoint = endpoint.closed
  callers  = [namespace.cart]
  expires  = "2026-01-01"
}
guard "stages" {
  each      = "call"
  condition = call.caller.tags.stage == call.target.tags.stage
  message   = "${call.caller.name} is of another stage"
}
guard "owned" {
  each      = "namespace"
  condition = namespace.tags.owner != ""
  message   = "${namespace.name} has no owner"
  severity  = "warning"
}
namespace "ab-11" { regions = ["aws-us-east-1"] }
namespace "ab-1l" { regions = ["aws-us-east-1"] }
namespace "ab-l1" { regions = ["aws-us-east-1"] }
test "closed" {
  allow = [{ caller = namespace.cart, endpoint = endpoint.closed }]
}
"#;

fn one_file(text: &str) -> Vec<(String, String)> {
    vec![("policy.nexus.hcl".to_owned(), text.to_owned())]
}

/// Every block in its own file, in reverse order, with other white space.
fn scattered(text: &str) -> Vec<(String, String)> {
    let parsed = parsed(&one_file(text));
    let blocks = parsed.document.blocks.iter().rev().enumerate();
    let file = |(at, block): (usize, &crate::syntax::document::Block)| {
        let text = parsed.sources.text(Span { end: block.body.end.max(block.span.end), ..block.span });
        (format!("{at:03}/x.nexus.hcl"), format!("\n\n# moved\n   {}\n", text.replace(" = ", "   =  ")))
    };
    blocks.map(file).collect()
}

fn in_json(text: &str) -> Vec<(String, String)> {
    let mut sources = Sources::default();
    sources.add("policy.nexus.hcl", text);
    let document = parse(&sources, &mut Findings::new());
    vec![("policy.nexus.json".to_owned(), Printed::of(&document, &sources).text)]
}

#[test]
fn a_baseline_lets_everything_pass_that_it_recorded() {
    let baseline = recorded(&one_file(POLICY), None);
    for rule in [
        "guard-failed/stages",
        "guard-failed/owned",
        "duplicate-caller",
        "no-callers",
        "codec-mismatch",
        "expired-grant",
        "test-failed",
        "unused-namespace",
    ] {
        let is_there = baseline.contains(&format!("{{ \"rule\": \"{rule}\""));
        assert!(is_there || rule == "no-callers", "{rule}\n{baseline}");
    }
    let line = r#"    { "rule": "guard-failed/stages", "endpoint": "accounts", "caller": "shop", "target": "ledger", "count": 2 },"#;
    assert!(baseline.lines().any(|it| it == line), "{baseline}");
    let alike = r#"{ "rule": "confusable-name", "namespace": ["ab-11", "ab-1l", "ab-l1"], "count": 2 }"#;
    assert!(baseline.contains(alike), "{baseline}");
    let (found, passed) = sifted(POLICY, &baseline);
    assert_eq!((found, passed > 10), (Vec::new(), true));
}

#[test]
fn a_baseline_does_not_depend_on_how_the_policy_is_written() {
    let baseline = recorded(&one_file(POLICY), None);
    assert_eq!(recorded(&scattered(POLICY), None), baseline);
    assert_eq!(recorded(&in_json(POLICY), None), baseline);
}

#[test]
fn no_code_depends_on_how_its_example_is_written() {
    let mut seen = 0;
    for code in super::super::codes() {
        let examples = code.examples;
        if examples.json.is_some() || examples.wrong.contains("nexusc:ignore") {
            continue;
        }
        let own = examples.wrong.lines().any(|line| line.starts_with("account {"));
        let policy = format!("{}{}", examples.wrong, if own { "" } else { SURROUNDINGS });
        let facts = examples.facts.map(|facts| Snapshot::parse(facts).unwrap().facts().unwrap());
        let baseline = recorded(&one_file(&policy), facts.as_ref());
        assert_eq!(recorded(&scattered(&policy), facts.as_ref()), baseline, "{code}");
        assert_eq!(recorded(&in_json(&policy), facts.as_ref()), baseline, "{code}");
        let is_recorded = baseline.contains(&format!("\"rule\": \"{}", code.name));
        assert_eq!(is_recorded, code.may_silence(), "{code}: {baseline}");
        seen += 1;
    }
    assert!(seen > 30, "{seen}");
}

#[test]
fn only_the_surplus_is_reported() {
    let baseline = recorded(&one_file(POLICY), None);
    let more = POLICY.replace("namespace.cart, \"shop\"]", "namespace.cart, \"shop\", \"shop\"]");
    let (found, _) = sifted(&more, &baseline);
    let messages: Vec<_> = found.iter().map(|(message, _)| message.as_str()).collect();
    let [twice, unreadable] = &*messages else { panic!("{found:?}") };
    assert_eq!(*twice, "the caller `shop` is listed twice");
    assert!(unreadable.starts_with("`shop` and `ledger`, the target"), "{unreadable}");
    let other = POLICY.replace("[namespace.shop, namespace.cart", "[namespace.idle, namespace.cart");
    let (found, _) = sifted(&other, &baseline);
    assert!(found.iter().any(|(message, _)| message.starts_with("idle is of another stage")), "{found:?}");
}

#[test]
fn what_is_fixed_is_reported_at_its_entry() {
    let baseline = recorded(&one_file(POLICY), None);
    let fixed = POLICY.replace("namespace.cart, \"shop\"]", "namespace.cart]");
    let (found, _) = sifted(&fixed, &baseline);
    let line = |rule: &str| {
        let at = baseline.lines().position(|line| line.contains(rule)).unwrap();
        u32::try_from(at).unwrap() + 1
    };
    let message = "this entry of the baseline matches no finding of `duplicate-caller`";
    assert!(found.contains(&(message.to_owned(), line("duplicate-caller"))), "{found:?}");
    let half =
        baseline.replace("\"target\": \"ledger\", \"count\": 2", "\"target\": \"ledger\", \"count\": 5");
    let (found, _) = sifted(POLICY, &half);
    let [(message, _)] = &*found else { panic!("{found:?}") };
    assert!(
        message.contains("stands for 5 findings of `guard-failed/stages`, of which 2 are left"),
        "{message}"
    );
}

#[test]
fn entries_of_two_branches_add_up() {
    let baseline = recorded(&one_file(POLICY), None);
    let one = r#"    { "rule": "guard-failed/stages", "endpoint": "accounts", "caller": "shop", "target": "ledger" },"#;
    let merged: String = baseline
        .lines()
        .map(|line| match line.contains("\"count\": 2") && line.contains("stages") {
            true => format!("{one}\n{one}\n"),
            false => format!("{line}\n"),
        })
        .collect();
    assert_ne!(merged, baseline);
    assert_eq!(sifted(POLICY, &merged).0, []);
}

#[test]
fn errors_cannot_be_in_a_baseline() {
    let policy = "account { id = \"a2dd6\" }\nendpoint \"a\" {\n  worker_target = { namespace = \"gone\", task_queue = \"q\" }\n}\n";
    assert_eq!(recorded(&one_file(policy), None), "{\n  \"version\": 1,\n  \"findings\": []\n}\n");
    let forged = r#"{"version":1,"findings":[{"rule":"dangling-target","instance":"endpoint.a","target":"gone"},
        {"rule":"no-such-code"}]}"#;
    let (found, passed) = sifted(policy, forged);
    let messages: Vec<_> = found.iter().map(|(message, _)| message.as_str()).collect();
    assert_eq!(passed, 0);
    for expected in [
        "the target Namespace `gone` is not in the policy",
        "`dangling-target` cannot be in a baseline",
        "`no-such-code`, which this entry of the baseline names, is not a code",
    ] {
        assert!(messages.contains(&expected), "{messages:?}");
    }
}

#[test]
fn other_texts_are_refused() {
    let refused =
        |text: &str| Baseline::parse("b.json", text, &mut Sources::default()).unwrap_err().to_string();
    assert_eq!(refused(r#"{"version":2,"findings":[]}"#), "it has version 2, this nexusc reads version 1");
    assert!(refused("{").starts_with("not JSON: "));
    assert!(refused(r#"{"findings":[]}"#).contains("version"));
    assert!(refused(r#"{"version":1,"findings":[{"rule":"no-callers","line":3}]}"#).contains("line"));
    assert!(refused(r#"{"version":1,"findings":[{"rule":"no-callers","count":0}]}"#).contains("count"));
    let hidden = Subject {
        rule: "x".to_owned(),
        parts: [(crate::diagnostic::subject::Part::Other, "a\u{202e}\"\\".to_owned())].into(),
    };
    let text = text::written([(&hidden, 1)].into_iter());
    assert!(text.contains(r#""other": "a\u202e\"\\""#), "{text}");
    let read = Baseline::parse("b.json", &text, &mut Sources::default()).unwrap();
    assert_eq!(read.text(), text);
}
