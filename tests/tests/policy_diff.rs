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
  condition = call.caller.name != "cellar"
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
    let run =
        run.says("  + endpoint fresh\n      target       vault.tiny1 / \"fresh\"\n\n  - endpoint gone\n");
    let run =
        run.says("  ~ endpoint new\n      name         old → new\n").says("stops managing the allowlist");
    let run =
        run.says("- cart.tiny1 may no longer call").says("cart reaches attic").says("shop reaches attic");
    let run = run.says("cellar loses gone on vault").says("ci can no longer manage accounts");
    let _ = run.says("1 Endpoint added, 1 removed, 3 changed; 2 calls gained, 3 lost;").says("2 approvals");
}

#[test]
fn programs_read_the_same() {
    let change = Change::new(BASE, CHANGED);
    let run = change.diff(&["--var", "owner=x", "--format=json"]).exits(3);
    let report: Value = serde_json::from_str(&run.stdout).expect("JSON");
    assert_eq!((&report["version"], &report["as_of"]), (&json!(1), &json!("2026-06-30")));
    let names = report["endpoints"].as_array().expect("Endpoints").iter();
    let names: Vec<_> = names.map(|it| (it["endpoint"].as_str(), it["change"].as_str())).collect();
    let expected = [
        ("accounts", "changed"),
        ("fresh", "added"),
        ("gone", "removed"),
        ("new", "changed"),
        ("storage", "changed"),
    ];
    assert_eq!(names, expected.map(|(name, change)| (Some(name), Some(change))));
    assert_eq!(
        report["endpoints"][0]["callers"],
        json!({ "gained": ["cart.tiny1", "shop.tiny1"], "lost": ["shop.tiny1"] })
    );
    assert_eq!(report["endpoints"][3]["renamed_from"], "old");
    assert_eq!(report["findings"][0]["code"], "guard-failed");
}

#[test]
fn a_change_of_nothing_and_one_of_words_change_no_access() {
    let unchanged = Change::new(BASE, BASE);
    let _ = unchanged.diff(&[]).succeeds().says("No access changes.");
    let words = Change::new(BASE, &BASE.replace("\"gone\" }", "\"elsewhere\" }"));
    let _ = words
        .diff(&[])
        .succeeds()
        .says("vault.tiny1 / \"gone\" → vault.tiny1 / \"elsewhere\"")
        .says("0 calls gained");
}

#[test]
fn a_side_with_errors_is_shown_and_not_compared() {
    let broken = BASE.replace("namespace.shop", "namespace.shpo");
    let _ = Change::new(&broken, BASE).diff(&[]).exits(1).says("base.nexus.hcl").never_says("access changes");
    let _ =
        Change::new(BASE, &broken).diff(&[]).exits(1).says("policy.nexus.hcl").never_says("access changes");
}
