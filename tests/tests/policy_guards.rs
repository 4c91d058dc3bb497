//! `nexusc` and guards on what a plan changes.
#![expect(
    clippy::expect_used,
    clippy::string_slice,
    clippy::disallowed_methods,
    reason = "a test fails by panicking"
)]

use serde_json::json;
use std::fs;
use std::path::Path;
use tests::account::{Account, spec};
use tests::dev::{Dev, fixture};
use tests::nexusc::nexusc_on;
use tests::run::Run;

const OWNER: &str = "user.owner";

const CHANGED: &str = r#"
endpoint "first" {
  worker_target             = { namespace = namespace.vault, task_queue = "first" }
  allowed_caller_namespaces = [namespace.cart]
}
guard "gained" {
  each      = "gained_call"
  condition = call.grant.expires != null
  message   = "${call.caller.name} gains ${call.endpoint.name} on ${call.target.name}"
  severity  = "approval"
}
guard "lost" {
  each      = "lost_call"
  condition = call.caller.name != "shop" && call.target.name != "vault"
  message   = "${call.caller.name} loses ${call.endpoint.name} on ${call.target.name}"
  severity  = "warning"
}
guard "managers" {
  each      = "lost_manager"
  condition = manager.principal.name != "ci"
  message   = "${manager.principal.name} can no longer manage ${manager.endpoint.name}"
  severity  = "warning"
}
guard "new-managers" {
  each      = "gained_manager"
  condition = manager.principal.kind != "user"
  message   = "${manager.principal.name} is new at ${manager.endpoint.name}"
}
"#;

#[test]
fn a_plan_waits_for_approval_and_a_check_sees_no_changes() {
    let dev = Dev::start(&fixture("tiny.nexus.hcl"));
    Account::of(&dev, OWNER).create(&spec("first", "ledger.tiny1", "first", &["shop.tiny1"]));
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("policy.nexus.hcl");
    fs::write(&path, fs::read_to_string(fixture("tiny.nexus.hcl")).expect("the fixture") + CHANGED)
        .expect("a policy");
    let policy = path.display().to_string();
    let run = |arguments: &[&str]| nexusc_on(&dev, OWNER, arguments);
    let _ = run(&["check", &policy]).succeeds().never_says("guard-failed");
    let planned = run(&["plan", "--detailed-exitcode", &policy]).exits(3);
    let planned = planned.says("approval[guard-failed]: cart gains first on vault").says("1 approval");
    let _ =
        planned.says("shop loses first on ledger").never_says("can no longer manage").never_says("is new at");
    // Nothing is applied before somebody has approved this very change, in a file that does not come with the policy.
    let waiting = run(&["apply", &policy]).exits(3).says("approval needed for the change sha256:");
    let digest = digest(&waiting);
    let approve = |path: &Path| {
        let approval = json!([{ "digest": digest, "by": "ana", "reason": "agreed", "until": soon() }]);
        fs::write(path, approval.to_string()).expect("approvals");
        path.display().to_string()
    };
    let beside = approve(&folder.path().join("approvals.json"));
    let _ = run(&["apply", "--approvals", &beside, &policy]).exits(2).says("cannot approve it");
    let elsewhere = tempfile::tempdir().expect("a folder");
    let approvals = approve(&elsewhere.path().join("approvals.json"));
    let approved = run(&["plan", "--detailed-exitcode", "--approvals", &approvals, &policy]).exits(2);
    let _ = approved.says("approved by ana until");
    let _ = run(&["apply", "--approvals", &approvals, &policy]).succeeds().says("cart gains first");
    let _ = run(&["plan", "--detailed-exitcode", &policy]).succeeds().never_says("guard-failed");

    // Another target is another call for everyone on the allowlist.
    let elsewhere = fs::read_to_string(&path).expect("the policy");
    let elsewhere = elsewhere.replace(
        "namespace = namespace.vault, task_queue = \"first\"",
        "namespace = namespace.ledger, task_queue = \"first\"",
    );
    fs::write(&path, elsewhere).expect("a policy");
    // The approval was for another change.
    let planned = run(&["plan", "--detailed-exitcode", "--approvals", &approvals, &policy]).exits(3);
    let _ = planned.says("cart gains first on ledger").says("cart loses first on vault");
}

fn digest(run: &Run) -> String {
    let start = run.stderr.find("sha256:").expect("a digest");
    run.stderr[start..].chars().take("sha256:".len() + 64).collect()
}

/// A day within the 90 that an approval may last.
fn soon() -> String {
    let now = std::time::SystemTime::now();
    let day = time::OffsetDateTime::from(now).date() + time::Duration::days(30);
    day.to_string()
}
