//! The life of many Endpoints on a real server, with Terraform and with `nexusc`: made, planned with nothing to do, one of them
//! changed by the `temporal` CLI, that planned and put back, and, by Terraform, destroyed. Each step with its time and its calls.

use crate::binaries;
use crate::nexusc::nexusc;
use crate::pass_through::{Counts, PassThrough};
use crate::run::Run;
use crate::server::Server;
use crate::terraform::Terraform;
use crate::workspace::{PROVIDER, Workspace, on_server};
use std::time::{Duration, Instant};

/// The Namespace that all calls go to.
pub const TARGET: &str = "payments";

/// One command and what it took.
#[derive(Debug)]
pub struct Step {
    /// What was done.
    pub what: &'static str,
    /// From its start to its end.
    pub time: Duration,
    /// What the server was asked.
    pub calls: Counts,
}

impl Step {
    /// The calls of one method.
    #[must_use]
    pub fn calls(&self, method: &str) -> usize {
        self.calls.get(method).copied().unwrap_or_default()
    }
}

/// With Terraform.
///
/// # Panics
/// When a command does not do what it is to do.
#[must_use]
#[track_caller]
pub fn with_terraform(terraform: &Terraform, server: &Server, endpoints: usize) -> Vec<Step> {
    let (front, workspace) = (PassThrough::start(&server.address()), Workspace::new(terraform));
    workspace.write("main.tf", &configuration(&front.address(), endpoints));
    let changes = |run: Run| run.exits(2).says("0 to add, 1 to change, 0 to destroy");
    let applied = format!("Resources: {endpoints} added");
    let applied = step(&front, "apply", || workspace.apply().succeeds().says(&applied));
    assert_eq!(server.names().len(), endpoints);
    let nothing = step(&front, "plan, nothing to do", || workspace.plan().exits(0).says("No changes."));
    drift(server);
    let planned = step(&front, "plan, one changed", || changes(workspace.plan()));
    let put_back = step(&front, "apply, one changed", || workspace.apply().succeeds().says("1 changed"));
    let gone = format!("Resources: {endpoints} destroyed");
    let destroyed = step(&front, "destroy", || workspace.destroy().succeeds().says(&gone));
    assert_eq!(server.names().len(), 0);
    vec![applied, nothing, planned, put_back, destroyed]
}

/// With `nexusc`, which destroys nothing.
///
/// # Panics
/// When a command does not do what it is to do.
#[must_use]
#[track_caller]
pub fn with_nexusc(server: &Server, endpoints: usize) -> Vec<Step> {
    let (front, folder) = (PassThrough::start(&server.address()), tempfile::tempdir().expect("a folder"));
    // Built before the time is taken.
    let _ = binaries::nexusc();
    let file = folder.path().join("policy.nexus.hcl");
    std::fs::write(&file, policy(endpoints)).expect("a policy in a temporary folder");
    let (file, registry) = (file.display().to_string(), format!("temporal://{}", front.address()));
    let on = |verb: &str, more: &[&str]| nexusc(&[&[verb, "--registry", &registry, &file], more].concat());
    let plan = |code: i32| on("plan", &["--detailed-exitcode"]).exits(code);
    let created = format!("{endpoints} Endpoints created");
    let applied = step(&front, "apply", || on("apply", &[]).succeeds().says(&created));
    assert_eq!(server.names().len(), endpoints);
    let nothing = step(&front, "plan, nothing to do", || plan(0).says("No changes"));
    drift(server);
    let planned = step(&front, "plan, one changed", || plan(2).says("theirs"));
    let put_back = step(&front, "apply, one changed", || on("apply", &[]).succeeds().says("1 changed"));
    vec![applied, nothing, planned, put_back]
}

fn step(front: &PassThrough, what: &'static str, run: impl FnOnce() -> Run) -> Step {
    let start = Instant::now();
    run();
    Step { what, time: start.elapsed(), calls: front.counted() }
}

/// Somebody else changes one of them.
#[track_caller]
fn drift(server: &Server) {
    server.endpoint_cli(&["update", "--name", "e7", "--target-task-queue", "theirs"]);
}

fn configuration(address: &str, endpoints: usize) -> String {
    format!(
        "{PROVIDER}\n{}\n\
         resource \"temporalnexus_endpoint\" \"all\" {{\n  count = {endpoints}\n  name = \"e${{count.index}}\"\n  \
         worker_target = {{ namespace_id = {TARGET:?}, task_queue = \"q\" }}\n}}\n",
        on_server(address, "")
    )
}

fn policy(endpoints: usize) -> String {
    format!(
        "account {{\n  backend = \"self_hosted\"\n  limits = {{ endpoints = {endpoints} }}\n}}\n\nendpoint \"all\" {{\n  \
         for_each = toset([for number in range({endpoints}) : tostring(number)])\n  name = \"e${{each.key}}\"\n  \
         worker_target = {{ namespace = {TARGET:?}, task_queue = \"q\" }}\n}}\n"
    )
}
