//! `nexusc` and Endpoints that get other names. Every apply is followed by a plan that finds nothing to do.
#![expect(clippy::expect_used, reason = "a test fails by panicking")]
use serde_json::Value;
use std::fmt::Write;
use std::fs;
use std::path::Path;
use tests::account::{Account, id, spec};
use tests::dev::{Dev, fixture};
use tests::nexusc::nexusc_on;
use tests::run::Run;

const OWNER: &str = "user.owner";
const TASK_QUEUE: &str = "/spec/targetSpec/workerTargetSpec/taskQueue";

/// A registry with the Endpoints `first` and `second`, whose task queues are named after them.
fn dev() -> Dev {
    let dev = Dev::start(&fixture("tiny.nexus.hcl"));
    for name in ["first", "second"] {
        Account::of(&dev, OWNER).create(&spec(name, "ledger.tiny1", name, &["shop.tiny1"]));
    }
    dev
}

/// A policy with an Endpoint for each name, the name that it has had (if any), and its task queue.
fn policy(folder: &Path, endpoints: &[(&str, &str, &str)], rest: &str) -> String {
    let mut text = fs::read_to_string(fixture("tiny.nexus.hcl")).expect("the fixture");
    for (name, from, queue) in endpoints {
        let from = if from.is_empty() { String::new() } else { format!("renamed_from = \"{from}\"") };
        let target = format!("{{ namespace = namespace.ledger, task_queue = \"{queue}\" }}");
        let callers = "allowed_caller_namespaces = [namespace.shop]";
        writeln!(text, "endpoint \"{name}\" {{\n  worker_target = {target}\n  {callers}\n  {from}\n}}")
            .expect("text");
    }
    let path = folder.join("policy.nexus.hcl");
    fs::write(&path, text + rest).expect("a policy file");
    path.display().to_string()
}

fn run(dev: &Dev, arguments: &[&str]) -> Run {
    nexusc_on(dev, OWNER, arguments)
}

fn identity(dev: &Dev, name: &str) -> (String, Value) {
    let endpoint = Account::of(dev, OWNER).endpoint(name);
    (id(&endpoint).to_owned(), endpoint.pointer(TASK_QUEUE).cloned().unwrap_or_default())
}

#[test]
fn a_chain_of_renames_moves_every_endpoint_and_changes_nothing_else() {
    let (dev, folder) = (dev(), tempfile::tempdir().expect("a folder"));
    let (first, second) = (identity(&dev, "first"), identity(&dev, "second"));
    let policy = policy(folder.path(), &[("second", "first", "first"), ("third", "second", "second")], "");
    let _ = run(&dev, &["plan", &policy]).succeeds().says("second → third").never_says("to the new target");
    let _ = run(&dev, &["apply", &policy]).succeeds().says("0 Endpoints created, 2 changed");
    let _ = run(&dev, &["plan", "--detailed-exitcode", &policy]).succeeds().says("No changes");
    assert_eq!((identity(&dev, "second"), identity(&dev, "third")), (first, second));
}

#[test]
fn a_name_that_is_given_up_is_free_for_a_new_endpoint() {
    let (dev, folder) = (dev(), tempfile::tempdir().expect("a folder"));
    let (first, second) = (identity(&dev, "first"), identity(&dev, "second"));
    let endpoints = [("third", "first", "first"), ("first", "", "new"), ("second", "", "second")];
    let policy = policy(folder.path(), &endpoints, "");
    let _ = run(&dev, &["apply", &policy]).succeeds().says("1 Endpoint created, 1 changed");
    let _ = run(&dev, &["plan", "--detailed-exitcode", &policy]).succeeds().says("No changes");
    assert_eq!((identity(&dev, "third"), identity(&dev, "second")), (first, second));
    assert_eq!(identity(&dev, "first").1, "new");
}

#[test]
fn names_that_are_swapped_are_refused() {
    let (dev, folder) = (dev(), tempfile::tempdir().expect("a folder"));
    let before = Account::of(&dev, OWNER).endpoints();
    let policy = policy(folder.path(), &[("first", "second", "second"), ("second", "first", "first")], "");
    let _ = run(&dev, &["apply", &policy]).exits(1).says("error[reference-cycle]");
    assert_eq!(Account::of(&dev, OWNER).endpoints(), before);
}

#[test]
fn a_grant_on_a_name_that_is_given_up_is_refused() {
    let (dev, folder) = (dev(), tempfile::tempdir().expect("a folder"));
    let grant = "allowlist \"cart\" {\n  endpoint = \"first\"\n  callers = [namespace.cart]\n}\n";
    let policy = policy(folder.path(), &[("third", "first", "first")], grant);
    let _ = run(&dev, &["apply", &policy]).exits(1).says("error[dangling-endpoint]").says("write `third`");
}
