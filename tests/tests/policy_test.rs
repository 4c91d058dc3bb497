//! `nexusc test`: the policy's own tests, each element with what is so.
#![expect(clippy::expect_used, reason = "a test fails by panicking")]

use compiler::json::faults;
use compiler::report::tested_schema;
use serde_json::{Value, json};
use std::fs;
use tempfile::TempDir;
use tests::binaries;
use tests::nexusc::nexusc;
use tests::run::Run;

const POLICY: &str = r#"
account { id = "a2dd6" }
namespace "orders-prod" { regions = ["aws-us-east-1"] }
namespace "payments-prod" { regions = ["aws-us-east-1"] }
endpoint "payments" {
  worker_target             = { namespace = "payments-prod", task_queue = "q" }
  allowed_caller_namespaces = ["orders-prod"]
}
endpoint "others" {
  worker_target = { namespace = "payments-prod", task_queue = "q" }
}
endpoint "closed" {
  worker_target             = { namespace = "payments-prod", task_queue = "q" }
  allowed_caller_namespaces = []
}
endpoint "ledger" {
  worker_target = { namespace = "payments-prod", task_queue = "q" }
}
allowlist "audit" {
  endpoint = endpoint.ledger
  callers  = ["orders-prod"]
  expires  = "2026-06-14"
}
service_account "ci" {
  account_access   = "developer"
  namespace_access = { payments-prod = "write" }
}
"#;

/// Runs the tests of the policy and these, on the day after the grant has expired.
#[track_caller]
fn run(tests: &str, options: &[&str]) -> Run {
    let folder = tempfile::tempdir().expect("a folder");
    run_in(&folder, &format!("{POLICY}{tests}"), options)
}

#[track_caller]
fn run_in(folder: &TempDir, policy: &str, options: &[&str]) -> Run {
    let path = folder.path().join("policy.nexus.hcl");
    fs::write(&path, policy).expect("a policy");
    let path = path.display().to_string();
    nexusc(&[&["test", "--as-of=2026-06-15"], options, &[&*path]].concat())
}

/// What a program reads, which is as its schema says.
#[track_caller]
fn read(run: &Run) -> Value {
    let value: Value = serde_json::from_str(&run.stdout).expect("JSON");
    assert_eq!(faults(&tested_schema(), &value), Vec::<String>::new(), "{run}");
    value
}

#[test]
fn each_element_is_shown_with_what_is_so() {
    let run = run(
        r#"test "calls" {
  allow         = [{ caller = "orders-prod", endpoint = "payments" }]
  deny          = [{ caller = "payments-prod", endpoint = "payments" }]
  cannot_manage = [{ principal = service_account.ci, endpoint = "payments" }]
}
"#,
        &[],
    );
    let run = run.succeeds().says("1 test with 3 elements: 1 passed, 0 failed, 0 unproven");
    assert_eq!(
        run.stdout,
        "passed test.calls
  ok        `orders-prod` can call the Endpoint `payments`: its `allowed_caller_namespaces` lists it
  ok        `payments-prod` cannot call the Endpoint `payments`: nothing lists it
  ok        `service_account.ci` cannot manage the Endpoint `payments`: it lacks Namespace Admin on `payments-prod`
"
    );
}

#[test]
fn what_fails_is_shown_with_its_place_and_fails_the_run() {
    let tests = r#"test "past" { allow = [{ caller = "orders-prod", endpoint = "ledger" }] }
test "fine" { allow = [{ caller = "orders-prod", endpoint = "payments" }] }
"#;
    let shown = run(tests, &[]).exits(1).says("failed test.past").says("passed test.fine");
    let why = "`allowlist.audit` has listed it until 2026-06-14, and nothing else lists it";
    let shown = shown.says(&format!("FAILED `orders-prod` cannot call the Endpoint `ledger`: {why}"));
    let _ = shown.says("policy.nexus.hcl:28:24").says("2 tests with 2 elements: 1 passed, 1 failed");
    // On its last day the grant still counts.
    let folder = tempfile::tempdir().expect("a folder");
    let policy = format!("{POLICY}{tests}").replace("2026-06-14", "2026-06-15");
    let _ = run_in(&folder, &policy, &[]).succeeds().says("`allowlist.audit` lists it");
}

#[test]
fn what_is_unproven_or_says_nothing_is_marked() {
    let tests = r#"test "open" { deny = [{ caller = "orders-prod", endpoint = "others" }] }
test "shut" { deny = [{ caller = "orders-prod", endpoint = "closed" }] }
test "empty" {}
"#;
    let shown = run(tests, &[]).succeeds().says("unproven test.open").says("warning[unproven]");
    let shown = shown
        .says("the policy does not manage its allowlist")
        .says("passed test.empty (vacuous: it has no elements)");
    let shown = shown.says("nothing lists it (vacuous: no Namespace may call it)");
    let _ = shown.says("2 passed (2 vacuous), 0 failed, 1 unproven");
    let _ = run(tests, &["--fail-on", "warning"]).exits(1);
    let _ = run(tests, &["--fail-on", "warning", "--filter", "empty"]).exits(0);
    let _ = run("", &[]).exits(2).says("no tests were run: the policy has no `test` block");
}

#[test]
fn a_failure_that_the_policy_silences_says_so() {
    let test = "test \"known\" { deny = [{ caller = \"orders-prod\", endpoint = \"payments\" }] }\n";
    let silenced = format!("# nexusc:ignore test-failed reason=\"known\"\n{test}");
    let shown = run(&silenced, &[]).exits(1).says("lists it (silenced)").says("1 failed");
    let _ = shown.never_says("error[");
    let _ = run(test, &[]).exits(1);
}

#[test]
fn a_filter_selects_by_name_and_must_select_something() {
    let tests = r#"test "first" { allow = [{ caller = "orders-prod", endpoint = "payments" }] }
test "second" { deny = [{ caller = "orders-prod", endpoint = "payments" }] }
"#;
    let _ = run(tests, &["--filter", "first"]).succeeds().says("1 test").never_says("second");
    let _ = run(tests, &["--filter=first", "--filter=second"]).exits(1).says("2 tests");
    let _ =
        run(tests, &["--filter", "first", "--filter", "nope"]).exits(2).says("no test name contains `nope`");
    let refused = run(tests, &["--filter", "third"]).exits(2).says("no test name contains `third`");
    let _ = refused.says("the policy has `test.first`, `test.second`");
}

#[test]
fn a_policy_at_fault_is_not_tested() {
    let dangling = "test \"names\" { allow = [{ caller = \"nobody\", endpoint = \"payments\" }] }\n";
    let shown = run(dangling, &[]).exits(1).says("error[dangling-caller]");
    let shown = shown.says("no tests were run: the policy has errors");
    assert_eq!(shown.stdout, "");
    let told = run(dangling, &["--format", "json"]).exits(1).says("\"code\": \"dangling-caller\"");
    let told = read(&told);
    assert_eq!(told.get("tests"), Some(&json!([])));
    let _ = run("test \"a\" {", &[]).exits(1).says("error[syntax]");
    let _ = nexusc(&["test", "no-such-policy"]).exits(2);
}

#[test]
fn programs_read_each_element() {
    let test = r#"test "calls" {
  deny       = [{ caller = "orders-prod", endpoint = "payments" }]
  can_manage = [{ principal = service_account.ci, endpoint = "others" }]
}
"#;
    let told = run(test, &["--format", "json"]).exits(1);
    let told = read(&told);
    let of = |pointer: &str| told.pointer(pointer).cloned().unwrap_or_default();
    assert_eq!((of("/version"), of("/as_of")), (json!(2), json!("2026-06-15")));
    assert_eq!((of("/tests/0/test"), of("/tests/0/result")), (json!("test.calls"), json!("failed")));
    assert_eq!(of("/tests/0/elements/0/expects"), json!("deny"));
    assert_eq!(of("/tests/0/elements/0/caller"), json!("orders-prod.a2dd6"));
    assert_eq!(of("/tests/0/elements/0/result"), json!("failed"));
    assert_eq!(of("/tests/0/elements/1/principal"), json!("service_account.ci"));
    assert_eq!((of("/tests/0/elements/1/line"), of("/findings/1/line")), (json!(30), json!(30)));
}

#[test]
fn the_schema_is_printed_as_it_is_committed() {
    let committed = fs::read_to_string(binaries::root().join("docs/schema/test.schema.json"));
    assert_eq!(nexusc(&["schema", "test"]).succeeds().stdout, committed.expect("the schema"));
}
