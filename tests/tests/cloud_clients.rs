//! The embedded registry under clients that are not ours: Temporal's Python SDK and curl, over plaintext and TLS.
#![expect(clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use serde_json::Value;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use tests::binaries;
use tests::dev::{Dev, fixture};
use tests::python::{Packages, Python};
use tests::run::Run;

/// The SDK with what it needs, and what its published HTTP rules are read with.
const SDK: Packages = Packages {
    requirements: &[
        "temporalio==1.35.0",
        "nexus-rpc==1.4.0",
        "protobuf==7.36.2",
        "typing-extensions==4.16.0",
        "googleapis-common-protos==1.76.0",
    ],
    why: "the tests drive the embedded registry with Temporal's SDK, its package `temporalio`",
};

const ACCOUNT: &str = "tiny1";

/// A registry of the small account.
fn dev(options: &[&str]) -> Dev {
    Dev::with(&fixture("tiny.nexus.hcl"), options)
}

fn script(name: &str) -> Command {
    let python = Python::find(SDK.why);
    let mut command = Command::new(python.path());
    let folder = SDK.installed(&python, |_| {});
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("python").join(name);
    command.arg("-ISB").arg(script).arg(folder);
    command
}

/// The RPCs that the registry's README lists, which its own tests hold to be those that are served.
fn served() -> BTreeSet<String> {
    let text = fs::read_to_string(binaries::root().join("devregistry/README.md")).expect("a README");
    let rows = text.lines().filter_map(|line| line.strip_prefix("| `")?.split_once('`'));
    rows.map(|(rpc, _)| rpc.to_owned()).collect()
}

/// Leads everything through its life, and every RPC is called on the way.
#[track_caller]
fn lives(dev: &Dev) {
    let mut command = script("cloud_life.py");
    command.arg(dev.grpc()).args(dev.ca()).env("TEMPORAL_CLOUD_API_KEY", dev.key("user.owner"));
    let run = Run::of("cloud_life.py", &mut command).succeeds();
    let called: BTreeSet<String> = run.stdout.lines().map(str::to_owned).collect();
    assert_eq!(called, served());
}

#[test]
fn the_python_sdk_leads_everything_through_its_life() {
    lives(&dev(&[]));
}

#[test]
fn the_python_sdk_waits_for_operations_that_take_time() {
    lives(&dev(&["--operation-time", "30ms"]));
}

#[test]
fn the_python_sdk_does_so_over_tls() {
    lives(&dev(&["--tls"]));
}

#[test]
fn the_routes_are_those_that_temporal_publishes() {
    let mut command = script("cloud_routes.py");
    command.arg(routes());
    Run::of("cloud_routes.py", &mut command).succeeds();
}

#[test]
fn a_route_that_differs_is_found() {
    let text = fs::read_to_string(routes()).expect("the routes");
    let folder = tempfile::tempdir().expect("a folder");
    let wrong = folder.path().join("routes.tsv");
    fs::write(&wrong, text.replace("/cloud/user-groups", "/cloud/groups")).expect("a file");
    let mut command = script("cloud_routes.py");
    command.arg(wrong);
    Run::of("cloud_routes.py", &mut command).exits(1).says("GetUserGroups is");
}

#[test]
fn curl_gets_an_answer_on_every_route() {
    every_route(&dev(&[]), &["--http1.1"]);
}

#[test]
fn curl_gets_an_answer_on_every_route_over_tls() {
    every_route(&dev(&["--tls"]), &[]);
}

fn routes() -> PathBuf {
    binaries::root().join("devregistry/routes.tsv")
}

#[track_caller]
fn every_route(dev: &Dev, options: &[&str]) {
    let served = served();
    let text = fs::read_to_string(routes()).expect("the routes");
    let rows = text.lines().filter(|line| !line.starts_with('#'));
    let mut asked = 0;
    for row in rows {
        let cells: Vec<&str> = row.split('\t').collect();
        let [rpc, verb, path] = cells.as_slice() else { unreachable!("a row of another shape: {row}") };
        let (status, body) = curl(dev, options, verb, &filled(path));
        expect(rpc, served.contains(*rpc), path.contains('{') || *verb != "GET", status, &body);
        asked += 1;
    }
    assert!(asked > 80, "{asked}");
}

/// What is served answers or says what is wrong, what is not says its name, and neither is the server's own failure.
#[track_caller]
fn expect(rpc: &str, served: bool, needs_more: bool, status: u16, body: &Value) {
    let message = body.get("message").and_then(Value::as_str).unwrap_or_default();
    if !served {
        assert_eq!(status, 501, "{rpc}: {body}");
        assert!(message.contains(&format!("`{rpc}`")), "{rpc}: {body}");
    } else if needs_more {
        assert!([200, 400, 403, 404].contains(&status) && message != "not found", "{rpc}: {status} {body}");
    } else {
        assert_eq!(status, 200, "{rpc}: {body}");
    }
}

/// A path whose variables name things that are there, where the seed has such.
fn filled(path: &str) -> String {
    let path = path.replace("{namespace}", &format!("ledger.{ACCOUNT}"));
    path.replace("{region}", "aws-us-east-1").replace(['{', '}'], "")
}

/// One call with curl: the HTTP status and the JSON of the answer.
#[track_caller]
fn curl(dev: &Dev, options: &[&str], verb: &str, path: &str) -> (u16, Value) {
    let mut command = Command::new("curl");
    command.args(["--silent", "--show-error", "--noproxy", "*", "--max-time", "20"]).args(options);
    command.args(dev.ca().into_iter().flat_map(|ca| ["--cacert", ca]));
    command.args(["--write-out", "\n%{http_code}", "--request", verb]);
    command.args(["--header", &format!("Authorization: Bearer {}", dev.key("user.owner"))]);
    if verb == "POST" {
        command.args(["--header", "Content-Type: application/json", "--data", "{}"]);
    }
    let run = Run::of(format!("curl {verb} {path}"), command.arg(format!("{}{path}", dev.http()))).succeeds();
    let (body, status) = run.stdout.rsplit_once('\n').expect("a body and a status");
    let body = serde_json::from_str(body).unwrap_or_else(|error| panic!("{verb} {path}: {error}: {body}"));
    (status.parse().expect("a status"), body)
}
