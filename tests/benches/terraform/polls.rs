//! Calls and time of new Endpoints, beside a provider that looks at each operation once a second.

use crate::{account, timed, waiting, workspace};
use serde_json::Value;
use std::collections::BTreeMap;
use std::time::Duration;
use tempfile::TempDir;
use tests::account::Account;
use tests::dev::Dev;
use tests::terraform::Terraform;
use tests::workspace::Workspace;

/// Endpoints, and how long the registry takes for each.
const APPLIES: [(usize, &str); 3] = [(100, "200ms"), (60, "3s"), (100, "3s")];
/// Calls for a creation in the median, the creation itself and all looks at its operation.
const MOST_CALLS: usize = 5;
/// The part of all calls that may be refused.
const MOST_REFUSED: f64 = 0.01;
/// What measuring itself makes of two equal times.
const NOISE: f64 = 1.03;

pub fn run(terraform: &Terraform) {
    for (endpoints, time) in APPLIES {
        for is_limited in [false, true] {
            for principal in ["user.ada@tiny.example", "service_account.ci"] {
                let limits = if is_limited { "with rate limits" } else { "without" };
                println!("  {endpoints} Endpoints of {time}, {limits}, {principal}");
                let polling = measure((endpoints, time), is_limited, principal, |dev| {
                    polling(terraform, dev, endpoints)
                });
                let ours = measure((endpoints, time), is_limited, principal, |dev| {
                    workspace(terraform, dev, endpoints)
                });
                polling.print("once a second");
                ours.print("ours");
                assert!(ours.time <= polling.time.mul_f64(NOISE), "slower than looking once a second");
                assert!(ours.calls.median <= MOST_CALLS, "{} calls a creation", ours.calls.median);
                assert!(ours.calls.refused() < MOST_REFUSED, "{:.1} % refused", ours.calls.refused() * 100.0);
            }
        }
    }
}

fn polling(terraform: &Terraform, dev: &Dev, endpoints: usize) -> Workspace {
    let mut workspace = waiting::workspace(terraform, endpoints);
    workspace.set(dev.environment(""));
    workspace
}

/// What an apply took.
struct Measured {
    time: Duration,
    calls: Calls,
}

fn measure(
    (endpoints, time): (usize, &str),
    is_limited: bool,
    principal: &str,
    workspace: impl FnOnce(&Dev) -> Workspace,
) -> Measured {
    let scene = Scene::new(endpoints, time, is_limited);
    let mut workspace = workspace(&scene.dev);
    workspace.set([("TEMPORAL_CLOUD_API_KEY", scene.dev.key(principal))]);
    // What a plan checks is no matter of how an operation is waited for.
    workspace.plan_to("plan").succeeds();
    let (run, time) = timed(|| workspace.apply_plan("plan"));
    run.succeeds().says(&format!("{endpoints} added"));
    Measured { time, calls: scene.calls() }
}

/// A registry that counts its calls.
pub struct Scene {
    folder: TempDir,
    pub dev: Dev,
}

/// The calls of a registry.
pub struct Calls {
    pub all: usize,
    /// Those that were refused for their rate, or because too many operations were in progress.
    pub refused: usize,
    /// Those for one creation, in the median.
    median: usize,
}

impl Scene {
    /// One with room for so many Endpoints, each of which takes so long.
    pub fn new(endpoints: usize, time: &str, is_limited: bool) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (seed, audit) = (folder.path().join("account.nexus.hcl"), folder.path().join("audit"));
        std::fs::write(&seed, account(endpoints)).unwrap();
        let dev =
            Dev::with(&seed, &["--control", "--operation-time", time, "--audit", audit.to_str().unwrap()]);
        if is_limited {
            Account::of(&dev, "user.ada@tiny.example").strike("rate-limits");
        }
        Self { folder, dev }
    }

    /// Its calls so far.
    pub fn calls(&self) -> Calls {
        let (mut all, mut refused, mut looks) = (0, 0, BTreeMap::<String, usize>::new());
        for line in std::fs::read_to_string(self.folder.path().join("audit")).unwrap().lines() {
            let line: Value = serde_json::from_str(line).unwrap();
            let text = |field: &str| line.get(field).and_then(Value::as_str).unwrap_or_default().to_owned();
            all += 1;
            refused += usize::from(text("outcome") == "RESOURCE_EXHAUSTED");
            match &*text("method") {
                "CreateNexusEndpoint" => *looks.entry(text("operation")).or_default() += 1,
                "GetAsyncOperation" => *looks.entry(text("object")).or_default() += 1,
                _ => {}
            }
        }
        let mut looks: Vec<_> = looks.into_values().collect();
        looks.sort_unstable();
        Calls { all, refused, median: looks.get(looks.len() / 2).copied().unwrap_or_default() }
    }
}

impl Calls {
    /// The part that was refused.
    pub fn refused(&self) -> f64 {
        self.refused as f64 / self.all as f64
    }
}

impl Measured {
    fn print(&self, whose: &str) {
        let Self { time, calls: Calls { all, refused, median } } = self;
        println!("    {whose}: {time:.2?}, {all} calls, {median} a creation, {refused} refused");
    }
}
