//! `check --baseline`: known findings pass, new ones and those that are fixed are reported.
#![expect(clippy::expect_used, reason = "a test fails by panicking")]

use compiler::check::baseline_schema;
use compiler::json::faults;
use serde_json::Value;
use std::fs;
use tests::nexusc::nexusc;
use tests::run::Run;

const POLICY: &str = r#"account { id = "a2dd6" }
namespace "orders" { regions = ["aws-us-east-1"] }
namespace "pay" { regions = ["aws-us-east-1"] }
endpoint "pay" {
  worker_target             = { namespace = namespace.pay, task_queue = "q" }
  allowed_caller_namespaces = [namespace.orders, "orders"]
}
guard "no-orders" {
  each      = "call"
  condition = call.caller.name != "orders"
  message   = "orders calls"
}
"#;

struct Scene {
    folder: tempfile::TempDir,
}

impl Scene {
    fn new() -> Self {
        let scene = Self { folder: tempfile::tempdir().expect("a folder") };
        scene.write("policy.nexus.hcl", POLICY);
        scene
    }

    fn path(&self, name: &str) -> String {
        self.folder.path().join(name).display().to_string()
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).expect("a file");
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).expect("a file")
    }

    #[track_caller]
    fn check(&self, more: &[&str]) -> Run {
        let (policy, baseline) = (self.path("policy.nexus.hcl"), self.path("baseline.json"));
        nexusc(&[&["check", &*policy, "--baseline", &baseline], more].concat())
    }
}

#[test]
fn known_findings_pass_and_others_do_not() {
    let scene = Scene::new();
    let missing = scene.check(&[]).exits(2).says("baseline.json").says("--update-baseline");
    assert_eq!(missing.stdout, "");
    let _ = scene.check(&["--update-baseline"]).succeeds().says("wrote 2 findings to the baseline");
    let written = scene.read("baseline.json");
    let expected = r#"{
  "version": 1,
  "findings": [
    { "rule": "duplicate-caller", "endpoint": "pay", "caller": "orders" },
    { "rule": "guard-failed/no-orders", "endpoint": "pay", "caller": "orders", "target": "pay" }
  ]
}
"#;
    assert_eq!(written, expected);
    let run = scene.check(&["--fail-on=note"]).succeeds().says("lets 2 findings pass");
    assert_eq!(run.stdout, "");
    let _ = scene.check(&["--update-baseline"]).succeeds();
    assert_eq!(scene.read("baseline.json"), written, "the same bytes");
    assert_eq!(
        fs::read_dir(scene.folder.path()).expect("the folder").count(),
        2,
        "no temporary file is left"
    );
    scene.write(
        "policy.nexus.hcl",
        &POLICY.replace("\"orders\"]", "namespace.pay]").replace("!= \"orders\"", "== \"\""),
    );
    let run = scene.check(&["--format=json"]).exits(1);
    let report: Value = serde_json::from_str(&run.stdout).expect("JSON");
    let findings: Vec<_> = report["findings"].as_array().expect("findings").iter().collect();
    let of = |code: &str| findings.iter().find(|it| it["code"] == code).expect("a finding");
    assert_eq!(findings.len(), 2, "{run}");
    assert!(of("guard-failed")["message"].as_str().is_some_and(|it| it == "orders calls"));
    let stale = of("unused-suppression");
    assert!(stale["file"].as_str().is_some_and(|file| file.ends_with("baseline.json")));
    assert_eq!((&stale["line"], &stale["severity"]), (&4.into(), &"warning".into()));
}

#[test]
fn the_schema_is_that_of_what_is_written() {
    let scene = Scene::new();
    let _ = scene.check(&["--update-baseline"]).succeeds();
    let written: Value = serde_json::from_str(&scene.read("baseline.json")).expect("JSON");
    assert_eq!(faults(&baseline_schema(), &written), Vec::<String>::new());
    let printed = nexusc(&["schema", "baseline"]).succeeds();
    assert_eq!(serde_json::from_str::<Value>(&printed.stdout).expect("JSON"), baseline_schema());
    for refused in [r#"{"version":2,"findings":[]}"#, r#"{"version":1}"#, "[]", "x"] {
        scene.write("baseline.json", refused);
        for more in [&[][..], &["--update-baseline"]] {
            let _ = scene.check(more).exits(2).says("cannot be used as a baseline");
            assert_eq!(scene.read("baseline.json"), refused);
        }
    }
}

#[test]
fn a_policy_with_errors_changes_no_baseline() {
    let scene = Scene::new();
    let _ = scene.check(&["--update-baseline"]).succeeds();
    let written = scene.read("baseline.json");
    scene.write("policy.nexus.hcl", &format!("{POLICY}endpoint \"x\" {{\n"));
    let _ = scene.check(&["--update-baseline"]).exits(1).says("was not written: the policy has errors");
    assert_eq!(scene.read("baseline.json"), written);
    let policy = scene.path("policy.nexus.hcl");
    let _ = nexusc(&["check", &*policy, "--baseline", &*policy, "--update-baseline"]).exits(2);
    assert!(scene.read("policy.nexus.hcl").starts_with(POLICY), "a policy is not replaced");
}

/// What only the account shows is decided by a run with its facts.
#[test]
fn other_commands_have_no_baseline() {
    let scene = Scene::new();
    let (policy, baseline) = (scene.path("policy.nexus.hcl"), scene.path("baseline.json"));
    for command in ["plan", "apply", "test"] {
        let _ = nexusc(&[command, &*policy, "--baseline", &*baseline]).exits(2).says("unexpected argument");
    }
    let _ = nexusc(&["check", &*policy, "--update-baseline"]).exits(2).says("--baseline");
}
