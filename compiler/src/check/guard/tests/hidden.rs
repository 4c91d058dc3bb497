//! Guards on what an account does not show to the key that read it.

use crate::check::expect::settled_against;
use crate::check::guard::GUARD_FAILED;
use crate::diagnostic::{Findings, UNPROVEN};
use crate::facts::snapshot::Snapshot;

/// `orders-prod` is visible, and everything else may exist.
const FACTS: &str = r#"{
  "version": 1, "account": "a2dd6", "as_of": "2026-06-15", "access_api_version": "v0.19.1",
  "namespaces": { "complete": false, "items": [
    { "id": "orders-prod.a2dd6", "regions": ["aws-us-east-1"], "tags": { "env": "prod" } }
  ] },
  "users": { "items": [] },
  "service_accounts": { "items": [], "incomplete": "the key cannot read them" },
  "groups": { "items": [] },
  "endpoints": [], "connectivity_rules": { "items": [] }
}"#;

const ENDPOINT: &str = r#"account { id = "a2dd6" }
endpoint "orders" {
  worker_target             = { namespace = "orders-prod", task_queue = "q" }
  allowed_caller_namespaces = ["hidden-prod", namespace.other-prod, "declared-test"]
}
namespace "declared-test" {
  regions = ["aws-us-east-1"]
  tags    = { env = "test" }
}
"#;

#[track_caller]
fn found(policy: &str) -> Findings {
    let facts = Snapshot::parse(FACTS).unwrap().facts().unwrap();
    settled_against("policy.nexus.hcl", policy, Some(&facts)).0
}

/// What is said of guards of calls with these conditions.
#[track_caller]
fn said(conditions: &[&str]) -> Vec<String> {
    let guard = |(number, condition): (usize, &&str)| {
        format!("guard \"g{number}\" {{\n each = \"call\"\n condition = {condition}\n message = \"m\"\n}}\n")
    };
    let guards: String = conditions.iter().enumerate().map(guard).collect();
    let of_guards = |message: &String| !message.contains("cannot determine whether");
    found(&format!("{ENDPOINT}{guards}"))
        .into_iter()
        .map(|it| format!("{}: {}", it.code, it.message))
        .filter(of_guards)
        .collect()
}

#[test]
fn guards_on_hidden_tags_are_one_unproven_finding() {
    let same = "call.caller.tags.env == call.target.tags.env || call.caller.name == \"declared-test\"";
    let unproven = |which: &str| {
        format!(
            "unproven: the tags and regions of the Namespaces `hidden-prod`, `other-prod` cannot be seen, so {which} cannot be judged"
        )
    };
    assert_eq!(said(&[same]), [unproven("`guard.g0`")]);
    assert_eq!(said(&[same, same]), [unproven("2 guards")]);
    // Errors that a guard handles itself hide nothing.
    let hiding = [
        "try(call.caller.tags.env, \"prod\") == \"prod\" || call.caller.name == \"declared-test\"",
        "!can(call.caller.tags.env) || call.caller.name == \"declared-test\"",
        "lookup(call.caller, \"regions\", []) == [] || call.caller.name == \"declared-test\"",
    ];
    assert_eq!(said(&hiding), [unproven("3 guards")]);
}

#[test]
fn what_is_seen_decides_as_ever() {
    assert_eq!(
        said(&["call.target.tags.env == \"prod\" && call.caller.name != \"x\""]),
        Vec::<String>::new()
    );
    let failing = said(&["call.target.tags.env == \"test\""]);
    assert_eq!(failing, ["guard-failed: m"; 3]);
    // A tag that a visible Namespace lacks is missing, whatever others have.
    let missing = said(&["call.target.tags.team == call.caller.tags.team"]);
    assert!(missing.len() == 3 && missing[0].contains("there is no key `team`"), "{missing:?}");
}

#[test]
fn the_declared_tags_of_a_hidden_namespace_count() {
    let failing = said(&["call.caller.name != \"declared-test\" || call.caller.tags.env == \"prod\""]);
    assert_eq!(failing, ["guard-failed: m"]);
    let passing =
        said(&["call.caller.name != \"declared-test\" || call.caller.regions[0] == \"aws-us-east-1\""]);
    assert_eq!(passing, Vec::<String>::new());
}

#[test]
fn hidden_access_of_principals_is_unproven_too() {
    let managed = ENDPOINT.replace(
        "[\"hidden-prod\", namespace.other-prod, \"declared-test\"]",
        "[]\n  managed_by = [\"service_account.ci\"]",
    );
    let guard = "guard \"g\" {\n each = \"endpoint\"\n condition = alltrue([for it in endpoint.managed_by : it.account_access == \"read\"])\n message = \"m\"\n}\n";
    let found = found(&format!("{managed}{guard}"));
    let judged: Vec<_> = found.iter().filter(|it| it.message.contains("judged")).collect();
    let message =
        "the access of the principal `service_account.ci` cannot be seen, so `guard.g` cannot be judged";
    assert_eq!(judged.iter().map(|it| (it.code, &*it.message)).collect::<Vec<_>>(), [(&UNPROVEN, message)]);
    assert!(found.iter().all(|it| it.code != &GUARD_FAILED), "{found:?}");
}
