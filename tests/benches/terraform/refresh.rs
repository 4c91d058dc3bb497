//! Plans that find nothing to do, with all their reads.

use crate::{account, median, timed, workspace};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::Path;
use tests::dev::Dev;
use tests::terraform::Terraform;

const PLANS: usize = 5;

pub fn run(terraform: &Terraform) {
    [100, 1000].into_iter().for_each(|endpoints| measure(terraform, endpoints));
}

fn measure(terraform: &Terraform, endpoints: usize) {
    let folder = tempfile::tempdir().unwrap();
    let (seed, audit) = (folder.path().join("account.nexus.hcl"), folder.path().join("audit"));
    std::fs::write(&seed, account(endpoints)).unwrap();
    let dev = Dev::with(&seed, &["--audit", audit.to_str().unwrap()]);
    let workspace = workspace(terraform, &dev, endpoints);
    workspace.apply().succeeds().says(&format!("{endpoints} added"));

    let before = lines(&audit);
    let mut times = Vec::new();
    for _ in 0..PLANS {
        let (plan, time) = timed(|| workspace.plan());
        plan.exits(0);
        times.push(time);
    }
    let calls = calls(&audit, before);
    let without = ["plan", "-input=false", "-detailed-exitcode", "-refresh=false"];
    let (plan, without) = timed(|| workspace.run(&without));
    plan.exits(0);
    println!(
        "  plan of {endpoints} Endpoints: median {:.2?} of {PLANS}, {without:.2?} without a refresh",
        median(times)
    );
    for (method, count) in calls {
        println!("    {method}: {:.1} calls a plan", count as f64 / PLANS as f64);
    }
}

fn lines(audit: &Path) -> usize {
    std::fs::read_to_string(audit).unwrap().lines().count()
}

/// How often each method was called after the first `before` calls.
fn calls(audit: &Path, before: usize) -> BTreeMap<String, usize> {
    let mut calls = BTreeMap::new();
    for line in std::fs::read_to_string(audit).unwrap().lines().skip(before) {
        let line: Value = serde_json::from_str(line).unwrap();
        let method = line.get("method").and_then(Value::as_str).unwrap();
        *calls.entry(method.to_owned()).or_default() += 1;
    }
    calls
}
