//! `nexusc snapshot` and `check --account`: a policy that leaves to the account what is managed elsewhere.
#![expect(clippy::expect_used, reason = "a test fails by panicking")]

use std::fs;
use tests::dev::{Dev, fixture};
use tests::nexusc::{nexusc, nexusc_on};
use tests::run::Run;

/// Namespaces and people are not declared: they are the account's.
const POLICY: &str = r#"
account {
  id       = "tiny1"
  apply_as = "service_account.ci"
}
endpoint "billing" {
  worker_target             = { namespace = "ledger", task_queue = "billing" }
  allowed_caller_namespaces = ["shop", "attic.tiny1"]
}
"#;

struct Checked {
    folder: tempfile::TempDir,
    snapshot: String,
}

impl Checked {
    /// A snapshot of the tiny account, taken with the key of `principal`.
    #[track_caller]
    fn by(principal: &str) -> Self {
        let dev = Dev::start(&fixture("tiny.nexus.hcl"));
        let folder = tempfile::tempdir().expect("a folder");
        let snapshot = folder.path().join("account.json").display().to_string();
        let _ = nexusc_on(&dev, principal, &["snapshot", "--out", &snapshot]).succeeds();
        Self { folder, snapshot }
    }

    #[track_caller]
    fn check(&self, policy: &str) -> Run {
        let path = self.folder.path().join("policy.nexus.hcl");
        fs::write(&path, policy).expect("a policy file");
        nexusc(&["check".as_ref(), "--account".as_ref(), self.snapshot.as_ref(), path.as_os_str()])
    }
}

#[test]
fn what_the_account_has_need_not_be_declared() {
    let checked = Checked::by("user.owner");
    let _ = checked.check(POLICY).succeeds().never_says("error[").never_says("unproven");
    // Without the account nothing of it is known.
    let path = checked.folder.path().join("policy.nexus.hcl");
    let alone = nexusc(&["check".as_ref(), path.as_os_str()]).exits(1);
    let _ =
        alone.says("error[dangling-target]").says("error[dangling-caller]").says("error[dangling-principal]");
}

#[test]
fn what_the_account_lacks_dangles_and_rights_are_its_own() {
    let checked = Checked::by("user.owner");
    let _ = checked.check(&POLICY.replace("\"ledger\"", "\"ledgr\"")).exits(1).says("did you mean `ledger`?");
    let _ =
        checked.check(&POLICY.replace("\"ledger\"", "\"attic\"")).exits(1).says("error[permission-target]");
    let reader = POLICY.replace("service_account.ci", "service_account.reader");
    let _ = checked.check(&reader).exits(1).says("error[permission-role]");
}

#[test]
fn what_the_key_could_not_see_is_unproven() {
    let checked = Checked::by("service_account.ci");
    let run = checked.check(POLICY).succeeds();
    let _ = run.says("warning[unproven]").says("`attic`");
}

#[test]
fn a_file_that_is_no_snapshot_is_refused() {
    let checked = Checked::by("user.owner");
    let good = fs::read_to_string(&checked.snapshot).expect("the snapshot");
    for bad in [
        "",
        "{}",
        "[1]",
        &good.replace("\"version\": 1", "\"version\": 9"),
        &good.replace("\"tiny1\"", "\"T\""),
    ] {
        fs::write(&checked.snapshot, bad).expect("a file");
        let _ = checked.check(POLICY).exits(2).says("account.json");
    }
}

#[test]
fn a_snapshot_holds_no_key_and_is_the_same_twice() {
    let dev = Dev::start(&fixture("tiny.nexus.hcl"));
    let take =
        || nexusc_on(&dev, "user.owner", &["snapshot"]).succeeds().never_says(dev.key("user.owner")).stdout;
    assert_eq!(take(), take());
}
