//! `nexusc dev --state`: what outlives a process that is killed, a disk that is full, and a file that is something else.
#![expect(clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

use serde_json::{Value, json};
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use tests::binaries;
use tests::dev::fixture;
use tests::run::Run;

const ENDPOINTS: &str = "/cloud/nexus/endpoints";

/// A `nexusc dev` with a state file. Dropped, it is killed as by `kill -9`.
struct Kept {
    process: Child,
    ready: Value,
}

impl Kept {
    fn start(folder: &Path, options: &[&str]) -> Self {
        Self::of(Command::new(binaries::nexusc()), folder, options)
    }

    /// On a disk that takes no file of more than `kilobytes`.
    fn limited(folder: &Path, kilobytes: u32) -> Self {
        let mut shell = Command::new("bash");
        let script = format!("trap '' XFSZ; ulimit -f {kilobytes}; exec \"$0\" \"$@\"");
        shell.args(["-c", &script]).arg(binaries::nexusc());
        Self::of(shell, folder, &[])
    }

    fn of(mut command: Command, folder: &Path, options: &[&str]) -> Self {
        let talk = fs::File::create(folder.join("stderr")).expect("a file for what it says");
        command
            .args(["dev", "--seed"])
            .arg(fixture("tiny.nexus.hcl"))
            .arg("--state")
            .arg(folder.join("state"));
        command.args(options).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(talk);
        let mut process = command.spawn().expect("it starts");
        let mut line = String::new();
        let output = process.stdout.take().expect("its output is piped");
        BufReader::new(output).read_line(&mut line).expect("a first line");
        let talk = || fs::read_to_string(folder.join("stderr")).unwrap_or_default();
        let ready = serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line}{}", talk()));
        Self { process, ready }
    }

    /// Status and body of one call by `curl`, as the Owner.
    fn call(&self, options: &[&str], path: &str) -> (String, Value) {
        let key = format!(
            "Authorization: Bearer {}",
            self.ready["api_keys"]["user.owner"].as_str().expect("a key")
        );
        let url = format!("{}{path}", self.ready["http"].as_str().expect("an address"));
        let mut curl = Command::new("curl");
        curl.args(["-s", "-w", "\n%{http_code}", "-H", &key]).args(options).arg(url);
        let run = Run::of("curl", &mut curl);
        let (body, status) = run.stdout.rsplit_once('\n').expect("a status");
        (status.to_owned(), serde_json::from_str(body).unwrap_or_default())
    }

    fn create(&self, name: &str, description: &str) -> (String, Value) {
        let body = json!({ "spec": {
            "name": name,
            "targetSpec": { "workerTargetSpec": { "namespaceId": "ledger.tiny1", "taskQueue": "work" } },
            "descriptionDeprecated": description,
        } });
        self.call(&["-d", &body.to_string()], ENDPOINTS)
    }

    fn names(&self) -> Vec<String> {
        let (status, list) = self.call(&[], ENDPOINTS);
        assert_eq!(status, "200");
        let endpoints = list["endpoints"].as_array().expect("a list");
        let mut names: Vec<_> = endpoints
            .iter()
            .map(|endpoint| endpoint["spec"]["name"].as_str().expect("a name").to_owned())
            .collect();
        names.sort();
        names
    }
}

impl Drop for Kept {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[test]
fn what_was_acknowledged_outlives_a_kill_and_the_keys_work_on() {
    let folder = tempfile::tempdir().expect("a folder");
    let first = Kept::start(folder.path(), &[]);
    let keys = first.ready["api_keys"].clone();
    let (status, created) = first.create("kept", "");
    assert_eq!(status, "200", "{created}");
    drop(first);
    let second = Kept::start(folder.path(), &[]);
    assert_eq!(second.ready["api_keys"], keys);
    assert_eq!(second.names(), ["kept", "storage"]);
    let said = fs::read_to_string(folder.path().join("stderr")).expect("what it said");
    assert!(said.contains("`--seed` was ignored: the state file"), "{said}");
}

#[test]
fn a_full_disk_fails_the_write_and_nothing_else() {
    let folder = tempfile::tempdir().expect("a folder");
    drop(Kept::start(folder.path(), &[]));
    let limited = Kept::limited(folder.path(), 400);
    let description = "x".repeat(15_000);
    let mut acknowledged = vec!["storage".to_owned()];
    let refused = loop {
        let name = format!("endpoint-{:03}", acknowledged.len());
        let (status, answer) = limited.create(&name, &description);
        if status != "200" {
            break (status, answer);
        }
        acknowledged.push(name);
        assert!(acknowledged.len() < 90, "the limit does not hold");
    };
    assert_eq!((refused.0.as_str(), &refused.1["code"]), ("503", &json!(14)));
    acknowledged.sort();
    assert_eq!(limited.names(), acknowledged);
    drop(limited);
    assert_eq!(Kept::start(folder.path(), &[]).names(), acknowledged);
}

#[test]
fn a_file_that_is_something_else_is_refused_and_left_alone() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("letters");
    fs::write(&file, "dear all, ".repeat(50)).expect("a file");
    let run = Run::of("nexusc dev", Command::new(binaries::nexusc()).args(["dev", "--state"]).arg(&file));
    run.exits(2).says("is not a state file of the embedded registry; it was not modified");
    assert_eq!(fs::read_to_string(&file).expect("the file"), "dear all, ".repeat(50));
}

#[test]
fn faults_and_the_audit_log_come_by_options() {
    let folder = tempfile::tempdir().expect("a folder");
    let log = folder.path().join("audit");
    let fault = "unavailable,method=CreateNexusEndpoint,times=1";
    let dev = Kept::start(folder.path(), &["--fault", fault, "--audit", &log.to_string_lossy()]);
    assert_eq!([dev.create("late", "").0, dev.create("late", "").0], ["503", "200"]);
    let log = fs::read_to_string(log).expect("the log");
    let outcomes: Vec<_> = log
        .lines()
        .map(|line| {
            let line: Value = serde_json::from_str(line).expect("JSON");
            (line["method"].clone(), line["outcome"].clone())
        })
        .collect();
    assert_eq!(
        json!(outcomes),
        json!([["CreateNexusEndpoint", "UNAVAILABLE"], ["CreateNexusEndpoint", "OK"]])
    );
    let wrong = Run::of("nexusc dev", Command::new(binaries::nexusc()).args(["dev", "--fault", "lateness"]));
    wrong.exits(2).says("unknown fault `lateness`: expected one of latency, unavailable");
}

#[test]
fn the_own_ca_is_written_where_it_is_wanted() {
    let folder = tempfile::tempdir().expect("a folder");
    let ca = folder.path().join("ca.pem");
    let ca = ca.to_string_lossy();
    let dev = Kept::start(folder.path(), &["--tls", "--tls-ca", &ca]);
    assert_eq!(dev.ready["ca"], *ca);
    assert!(dev.ready["http"].as_str().expect("an address").starts_with("https://127.0.0.1:"));
    assert_eq!(dev.call(&["--cacert", &ca], "/cloud/account").0, "200");
    assert_eq!(dev.call(&[], "/cloud/account").0, "000", "nobody trusts it without its CA");
}
