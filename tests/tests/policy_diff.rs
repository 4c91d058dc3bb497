//! `nexusc diff`: what a pull request changes of who may call whom.
#![expect(clippy::expect_used, reason = "a test fails by panicking")]

use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};
use tests::dev::fixture;
use tests::nexusc::nexusc;
use tests::run::Run;

const BASE: &str = r#"
variable "queue" {
  default = "work"
}
endpoint "accounts" {
  worker_target             = { namespace = namespace.ledger, task_queue = var.queue }
  allowed_caller_namespaces = [namespace.shop]
}
endpoint "old" {
  worker_target             = { namespace = namespace.attic, task_queue = "old" }
  allowed_caller_namespaces = [namespace.cart]
}
endpoint "gone" {
  worker_target             = { namespace = namespace.vault, task_queue = "gone" }
  allowed_caller_namespaces = [namespace.cellar]
}
allowlist "elsewhere" {
  endpoint = "storage"
  callers  = [namespace.cart]
  expires  = "2026-06-30"
}
"#;

const CHANGED: &str = r#"
variable "queue" {
  default = "work"
}
variable "owner" {
  type = string
}
endpoint "accounts" {
  worker_target             = { namespace = namespace.attic, task_queue = var.queue }
  allowed_caller_namespaces = [namespace.shop, namespace.cart]
}
endpoint "new" {
  renamed_from  = "old"
  worker_target = { namespace = namespace.attic, task_queue = "old" }
}
endpoint "fresh" {
  description               = var.owner
  worker_target             = { namespace = namespace.vault, task_queue = "fresh" }
  allowed_caller_namespaces = []
}
guard "gained" {
  each      = "gained_call"
  condition = call.target.name != "attic"
  message   = "${call.caller.name} reaches ${call.target.name}"
  severity  = "approval"
}
guard "lost" {
  each      = "lost_call"
  condition = call.caller.name == "nobody"
  message   = "${call.caller.name} loses ${call.endpoint.name} on ${call.target.name}"
  severity  = "warning"
}
guard "managers" {
  each      = "lost_manager"
  condition = manager.principal.name != "ci"
  message   = "${manager.principal.name} can no longer manage ${manager.endpoint.name}"
  severity  = "warning"
}
"#;

struct Change {
    _folder: tempfile::TempDir,
    base: PathBuf,
    policy: PathBuf,
}

impl Change {
    fn new(base: &str, policy: &str) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let tiny = fs::read_to_string(fixture("tiny.nexus.hcl")).expect("the fixture");
        let write = |name: &str, text: &str| {
            let path = folder.path().join(name);
            fs::write(&path, format!("{tiny}{text}")).expect("a policy");
            path
        };
        let (base, policy) = (write("base.nexus.hcl", base), write("policy.nexus.hcl", policy));
        Self { _folder: folder, base, policy }
    }

    #[track_caller]
    fn diff(&self, more: &[&str]) -> Run {
        let text = |path: &Path| path.display().to_string();
        let (base, policy) = (text(&self.base), text(&self.policy));
        nexusc(&[&["diff", "--as-of=2026-06-30", "--base", &*base, &*policy], more].concat())
    }
}

#[test]
fn a_reviewer_sees_who_gains_and_loses_what_and_is_asked() {
    let change = Change::new(BASE, CHANGED);
    let run = change.diff(&["--var", "owner=the ledger team"]).exits(3);
    let run = run.says(
        "  ~ endpoint accounts
      target       ledger.tiny1 / \"work\" → attic.tiny1 / \"work\"
      ~ shop.tiny1 calls the new target instead of the old one
      + cart.tiny1 may call
      - service_account.ci can no longer manage it
",
    );
    let run = run.says(
        "  + endpoint fresh
      target       vault.tiny1 / \"fresh\"

  ~ endpoint gone
      ! leaves the policy and stays in the account
      ! cellar.tiny1 can still call it

  ~ endpoint new
      name         old → new
      ! callers that use the old name fail until they use the new one
      ! the policy stops managing the allowlist: its callers keep access
      ~ cart.tiny1 must call `new` instead of `old`
      + (callers that others allow) may call

  ~ endpoint storage
      - cart.tiny1 may no longer call
",
    );
    let run =
        run.says("cart reaches attic").says("shop reaches attic").says("ci can no longer manage accounts");
    let run = run.says("cart loses old on attic").says("shop loses accounts on ledger");
    let _ = run
        .says("1 Endpoint added, 0 deleted, 3 changed, 1 no longer managed; 4 calls gained, 3 lost;")
        .says("4 approvals");
}

#[test]
fn programs_read_the_same() {
    let change = Change::new(BASE, CHANGED);
    let run = change.diff(&["--var", "owner=x", "--format=json"]).exits(3);
    let report: Value = serde_json::from_str(&run.stdout).expect("JSON");
    assert_eq!((&report["version"], &report["as_of"]), (&json!(3), &json!("2026-06-30")));
    let names = report["endpoints"].as_array().expect("Endpoints").iter();
    let names: Vec<_> = names.map(|it| (it["endpoint"].as_str(), it["change"].as_str())).collect();
    let expected = [
        ("accounts", "changed"),
        ("fresh", "added"),
        ("gone", "unmanaged"),
        ("new", "changed"),
        ("storage", "changed"),
    ];
    assert_eq!(names, expected.map(|(name, change)| (Some(name), Some(change))));
    assert_eq!(report["endpoints"][2]["left_callers"], json!(["cellar.tiny1"]));
    let gained = report["access"]["calls_gained"].as_array().expect("calls").iter();
    let gained: Vec<_> = gained.map(|it| (it["caller"].as_str(), it["endpoint"].as_str())).collect();
    let expected = [
        (Some("cart.tiny1"), "accounts"),
        (Some("shop.tiny1"), "accounts"),
        (Some("cart.tiny1"), "new"),
        (None, "new"),
    ];
    assert_eq!(gained, expected.map(|(caller, endpoint)| (caller, Some(endpoint))));
    let target = json!({ "namespace": "attic.tiny1", "task_queue": "work" });
    assert_eq!(report["access"]["calls_gained"][0]["target"], target);
    assert_eq!(report["endpoints"][3]["renamed_from"], "old");
    let findings = report["findings"].as_array().expect("findings");
    assert!(findings.iter().any(|it| it["code"] == "guard-failed"));
}

#[test]
fn a_change_of_nothing_changes_no_access_and_another_task_queue_does() {
    let unchanged = Change::new(BASE, BASE);
    let _ = unchanged.diff(&[]).succeeds().says("No access changes.");
    let words = Change::new(BASE, &BASE.replace("\"gone\" }", "\"elsewhere\" }"));
    let _ = words
        .diff(&[])
        .succeeds()
        .says("vault.tiny1 / \"gone\" → vault.tiny1 / \"elsewhere\"")
        .says("1 call gained, 1 lost");
}

#[test]
fn a_side_with_errors_is_shown_and_not_compared() {
    let broken = BASE.replace("namespace.shop", "namespace.shpo");
    let _ = Change::new(&broken, BASE).diff(&[]).exits(1).says("base.nexus.hcl").never_says("access changes");
    let _ =
        Change::new(BASE, &broken).diff(&[]).exits(1).says("policy.nexus.hcl").never_says("access changes");
}
