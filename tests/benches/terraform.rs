//! What the provider costs in Terraform's own time.
//!
//!     cargo bench -p tests --bench terraform [-- refresh | apply | polls | many]
//!
//! `refresh`: a plan of a state with 100 and with 1,000 Endpoints, and what it asks the registry, counted by its audit log.
//! `apply`: 100 new Endpoints whose operations take 200 ms, against a provider that does nothing but wait 200 ms: the same
//! Terraform, in turns. At most a fifth more is meant.
//! `polls`: the calls and the time of new Endpoints, beside a provider that looks at each operation once a second.
//! `many`: 400 Endpoints with `-parallelism=50`, and four workspaces of 100 at once, under Temporal Cloud's limits.
//!
//! On two cores that were busy with other builds, with Terraform 1.15.5 and 1.11.4: a plan of 1,000 Endpoints takes 6.1 s and
//! 4.5 s and three calls, one of 100 takes 0.7 s and 0.5 s and one call; the apply takes 13 % and 19 % more than waiting.
//!
//! `polls`, release build on two cores, in one run with a look a second: 100 Endpoints of 200 ms take 6.0 s as a user and 2.6 s
//! as a service account (10.4 s), 60 of 3 s take 18.3 to 18.6 s (18.2 to 18.8 s), 100 of 3 s take 30.5 to 32.1 s (30.6 to
//! 31.4 s), with and without rate limits, with two calls a creation in the median (two to four) and none refused.
//! `many`: 13 s to create and 21 s to destroy, 2,011 and 2,044 calls, none refused.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a bench prints, and fails by panicking"
)]

#[path = "terraform/apply.rs"]
mod apply;
#[path = "terraform/many.rs"]
mod many;
#[path = "terraform/polling.rs"]
mod polling;
#[path = "terraform/polls.rs"]
mod polls;
#[path = "terraform/refresh.rs"]
mod refresh;
#[path = "terraform/waiting.rs"]
mod waiting;

use std::process::ExitCode;
use std::time::{Duration, Instant};
use tests::dev::Dev;
use tests::terraform::Terraform;
use tests::workspace::{PROVIDER, Workspace};

fn main() -> ExitCode {
    if std::env::var_os("TF_PLUGIN_MAGIC_COOKIE").is_some() {
        return waiting::serve();
    }
    let asked: Vec<_> = std::env::args().skip(1).filter(|argument| !argument.starts_with('-')).collect();
    let wanted = |name: &str| asked.is_empty() || asked.iter().any(|asked| asked == name);
    for terraform in Terraform::all() {
        println!("{}", terraform.name());
        if wanted("refresh") {
            refresh::run(terraform);
        }
        if wanted("apply") {
            apply::run(terraform);
        }
        if wanted("polls") {
            polls::run(terraform);
        }
        if wanted("many") {
            many::run(terraform);
        }
    }
    ExitCode::SUCCESS
}

/// An account in which there is room for `endpoints`.
fn account(endpoints: usize) -> String {
    let fixture = std::fs::read_to_string(tests::dev::fixture("tiny.nexus.hcl")).unwrap();
    let limits = format!("id = \"tiny1\"\n  limits = {{ endpoints = {} }}", endpoints + 1);
    fixture.replacen("id = \"tiny1\"", &limits, 1)
}

/// A workspace on this account whose whole configuration is `endpoints` Endpoints.
fn workspace(terraform: &Terraform, dev: &Dev, endpoints: usize) -> Workspace {
    let mut workspace = Workspace::new(terraform);
    workspace.set(dev.environment(dev.key("service_account.ci")));
    let blocks = format!(
        "{PROVIDER}resource \"temporalnexus_endpoint\" \"all\" {{\n  count = {endpoints}\n  name = \"e${{count.index}}\"\n  \
         worker_target = {{ namespace_id = \"ledger.tiny1\", task_queue = \"q\" }}\n  \
         allowed_caller_namespaces = [\"shop.tiny1\", \"cart.tiny1\"]\n}}\n"
    );
    workspace.write("main.tf", &blocks);
    workspace
}

/// How long a run takes.
fn timed<T>(run: impl FnOnce() -> T) -> (T, Duration) {
    let start = Instant::now();
    (run(), start.elapsed())
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times.get(times.len() / 2).copied().unwrap_or_default()
}
