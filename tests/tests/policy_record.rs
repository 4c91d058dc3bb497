//! `nexusc apply --record`: what the record holds, also of an apply that is killed, and what is not recorded is not applied.
#![cfg(unix)]
#![expect(clippy::expect_used, reason = "a test fails by panicking")]

use compiler::cli::record_schema;
use compiler::json::faults;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;
use tests::account::Account;
use tests::dev::{Dev, fixture};
use tests::nexusc::{command, nexusc_on};
use tests::run::Run;

const CI: &str = "service_account.ci";

struct Scene {
    dev: Dev,
    folder: TempDir,
}

impl Scene {
    fn with(options: &[&str]) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let audit = folder.path().join("audit.jsonl").display().to_string();
        let options: Vec<_> = ["--audit", &audit].into_iter().chain(options.iter().copied()).collect();
        Self { dev: Dev::with(&fixture("tiny.nexus.hcl"), &options), folder }
    }

    fn at(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn path(&self, name: &str) -> String {
        self.at(name).display().to_string()
    }

    /// A policy with so many Endpoints, of this task queue.
    fn policy(&self, count: usize, task_queue: &str) -> String {
        let tiny = fs::read_to_string(fixture("tiny.nexus.hcl")).expect("the fixture");
        let endpoint = |number| {
            format!(
                "endpoint \"pay-{number}\" {{\n  worker_target             = {{ namespace = namespace.ledger, task_queue = \"{task_queue}\" }}\n  \
                 allowed_caller_namespaces = [namespace.shop]\n}}\n"
            )
        };
        let blocks: String = (1..=count).map(endpoint).collect();
        fs::write(self.at("policy.nexus.hcl"), format!("{tiny}\n{blocks}")).expect("a policy file");
        self.path("policy.nexus.hcl")
    }

    /// The lines of the record, each of which is valid.
    fn lines(&self) -> Vec<Value> {
        let text = fs::read_to_string(self.at("record.jsonl")).expect("the record");
        let schema = record_schema();
        let line = |text: &str| {
            let line: Value = serde_json::from_str(text).expect("a line is JSON");
            assert_eq!(faults(&schema, &line), Vec::<String>::new(), "{line}");
            line
        };
        assert!(text.is_empty() || text.ends_with('\n'), "{text}");
        text.lines().map(line).collect()
    }

    fn endpoints(&self) -> usize {
        Account::of(&self.dev, "user.owner").endpoints().len()
    }
}

fn events(lines: &[Value]) -> Vec<&str> {
    lines.iter().map(|line| line["event"].as_str().expect("an event")).collect()
}

fn operations(lines: &[Value], event: &str) -> BTreeSet<String> {
    let of = lines.iter().filter(|line| line["event"] == event);
    of.filter_map(|line| Some(line["operation"].as_str()?.to_owned())).collect()
}

#[test]
fn every_change_is_announced_and_ended_with_the_operation_that_the_registry_knows() {
    let scene = Scene::with(&[]);
    let (policy, record) = (scene.policy(3, "pay"), scene.path("record.jsonl"));
    let _ = nexusc_on(&scene.dev, CI, &["apply", "--record", &record, &policy]).succeeds();
    let mode = fs::metadata(&record).expect("the record").permissions().mode() & 0o777;
    assert_eq!(mode, 0o600);
    let first = scene.lines();
    assert_eq!((first.len(), events(&first)[0], events(&first)[7]), (8, "apply_begun", "apply_ended"));
    for number in 1..=3 {
        let of = first.iter().filter(|line| line["change"] == number);
        let of: Vec<_> = of.cloned().collect();
        assert_eq!(events(&of), ["change_begun", "change_ended"]);
        let object = |line: &Value| json!([line["action"], line["kind"], line["name"]]);
        assert_eq!(object(&of[0]), json!(["create", "endpoint", format!("pay-{number}")]));
        assert_eq!((object(&of[1]), &of[1]["outcome"]), (object(&of[0]), &json!("applied")));
    }
    assert_eq!((&first[7]["applied"], &first[7]["not_started"]), (&json!(3), &json!(0)));

    // Updates, of the same file.
    let policy = scene.policy(3, "settle");
    let plan = scene.path("plan.json");
    let _ = nexusc_on(&scene.dev, CI, &["plan", "--out", &plan, &policy]).succeeds();
    let _ = nexusc_on(&scene.dev, CI, &["apply", "--plan", &plan, "--record", &record]).succeeds();
    let lines = scene.lines();
    assert_eq!((lines.len(), &lines[..8]), (16, first.as_slice()), "the record is appended to");
    let runs: BTreeSet<_> = lines.iter().map(|line| line["run"].as_str().expect("a run")).collect();
    assert_eq!(runs.len(), 2);
    let plan: Value = serde_json::from_str(&fs::read_to_string(&plan).expect("the plan")).expect("JSON");
    for line in &lines[8..] {
        assert_eq!((&line["plan"], &line["policy"]), (&plan["digest"], &plan["source"]["policy"]));
        assert_eq!((&line["principal"], &line["account"]), (&json!(CI), &json!("tiny1")));
        assert_eq!(line["registry"], plan["source"]["registry"]);
    }
    let updates = lines.iter().filter(|line| line["action"] == "update" && line["id"].is_string());
    assert_eq!(updates.count(), 6);
    let begun = operations(&lines, "change_begun");
    assert_eq!((begun.len(), &begun), (6, &operations(&lines, "change_ended")));
    let audit = fs::read_to_string(scene.at("audit.jsonl")).expect("the audit log");
    let unknown: Vec<_> = begun.iter().filter(|id| !audit.contains(id.as_str())).collect();
    assert!(unknown.is_empty(), "{unknown:?} are not in {audit}");
    let text = fs::read_to_string(&record).expect("the record");
    assert!(!text.contains(scene.dev.key(CI)), "the record holds the key");
}

#[test]
fn a_record_of_a_killed_apply_ends_with_what_was_begun() {
    let scene = Scene::with(&["--operation-time", "60s"]);
    let (policy, record) = (scene.policy(3, "pay"), scene.path("record.jsonl"));
    let mut nexusc = command();
    nexusc.args(["apply", "--auto-approve", "--record", &record, &policy]);
    nexusc.envs(scene.dev.environment(scene.dev.key(CI)));
    let mut process = nexusc.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("nexusc starts");
    let (start, mut sent) = (Instant::now(), 0);
    while sent < 3 {
        assert!(start.elapsed() < Duration::from_secs(60), "{sent} of 3 changes were sent");
        std::thread::sleep(Duration::from_millis(20));
        // A call is in there once it was answered.
        let audit = fs::read_to_string(scene.at("audit.jsonl")).expect("the audit log");
        sent = audit.matches("\"CreateNexusEndpoint\"").count();
    }
    process.kill().expect("it is killed");
    let _ = process.wait().expect("it ends");
    let lines = scene.lines();
    assert_eq!(events(&lines), ["apply_begun", "change_begun", "change_begun", "change_begun"]);
    let audit = fs::read_to_string(scene.at("audit.jsonl")).expect("the audit log");
    assert!(operations(&lines, "change_begun").iter().all(|id| audit.contains(id.as_str())), "{audit}");

    // A line that was cut stays alone.
    let text = fs::read_to_string(&record).expect("the record");
    fs::write(&record, format!("{text}{{\"version\":1,\"ti")).expect("the record");
    let again = ["apply", "--timeout", "1s", "--record", &record, &policy];
    let _ = nexusc_on(&scene.dev, CI, &again);
    let text = fs::read_to_string(&record).expect("the record");
    let cut = text.lines().position(|line| line == "{\"version\":1,\"ti");
    assert_eq!(cut, Some(4), "{text}");
}

#[test]
fn what_cannot_be_recorded_is_not_applied() {
    let scene = Scene::with(&[]);
    let policy = scene.policy(1, "pay");
    let before = scene.endpoints();
    fs::write(scene.at("notes.txt"), "notes\n").expect("a file");
    fs::write(scene.at("plan.json"), "{\"version\": 3}\n").expect("a file");
    for (path, says) in [
        (scene.path("notes.txt"), "is not a record of `nexusc apply`"),
        (scene.path("plan.json"), "is not a record of `nexusc apply`"),
        (policy.clone(), "is not a record of `nexusc apply`"),
        (scene.path("nowhere/record.jsonl"), "cannot write the record"),
        (scene.path(""), "cannot write the record"),
        ("/dev/full".to_owned(), "nothing was applied"),
    ] {
        let run = nexusc_on(&scene.dev, CI, &["apply", "--record", &path, &policy]).exits(2).says(says);
        assert_eq!(scene.endpoints(), before, "{run}");
    }
    assert_eq!(fs::read_to_string(scene.at("notes.txt")).expect("a file"), "notes\n");
    // Nothing to apply: nothing to record.
    let _ = nexusc_on(&scene.dev, CI, &["apply", &policy]).succeeds();
    let record = scene.path("record.jsonl");
    let _ = nexusc_on(&scene.dev, CI, &["apply", "--record", &record, &policy]).succeeds();
    assert_eq!(scene.lines(), Vec::<Value>::new());
}

/// The file may grow to 1 KiB: there is room for the first line, and not for all changes.
#[test]
fn a_change_that_finds_no_room_in_the_record_is_not_sent() {
    let scene = Scene::with(&[]);
    let (policy, record, before) = (scene.policy(3, "pay"), scene.path("record.jsonl"), scene.endpoints());
    let nexusc = command();
    let mut shell = Command::new("sh");
    shell.args(["-c", "trap '' XFSZ; ulimit -f 2; exec \"$@\"", "sh"]).arg(nexusc.get_program());
    shell.args(["apply", "--auto-approve", "--record", &record, &policy]);
    shell.envs(scene.dev.environment(scene.dev.key(CI))).env("NO_COLOR", "1");
    let run = Run::of("nexusc with a limit of files", &mut shell).exits(1);
    let run = run.says("was not created: the record cannot be written").says("is not complete");
    let text = fs::read_to_string(&record).expect("the record");
    let announced = text.lines().filter(|line| line.contains("change_begun") && line.ends_with('}')).count();
    assert!(announced < 3 && text.contains("apply_begun"), "{text}");
    assert_eq!(scene.endpoints() - before, announced, "{run}\n{text}");
}
