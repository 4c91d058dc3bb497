//! New Endpoints beside objects of a provider that only waits as long as the registry takes for one.

use crate::{account, median, timed, waiting, workspace};
use std::time::Duration;
use tests::dev::Dev;
use tests::terraform::Terraform;
use tests::workspace::Workspace;

const OBJECTS: usize = 100;
const ROUNDS: usize = 5;
const MOST: f64 = 1.2;

/// In turns, so that what else the machine does meets both alike.
pub fn run(terraform: &Terraform) {
    let (mut floor, mut ours) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        floor.push(apply(&waiting::workspace(terraform, OBJECTS)));
        let folder = tempfile::tempdir().unwrap();
        let seed = folder.path().join("account.nexus.hcl");
        std::fs::write(&seed, account(OBJECTS)).unwrap();
        let dev = Dev::slow(&seed, "200ms");
        ours.push(apply(&workspace(terraform, &dev, OBJECTS)));
    }
    println!("  apply of {OBJECTS} objects of 200 ms: a provider that waits {floor:.2?}, ours {ours:.2?}");
    let (floor, ours) = (median(floor), median(ours));
    let more = ours.as_secs_f64() / floor.as_secs_f64();
    println!("    medians {floor:.2?} and {ours:.2?}: {:+.1} %", (more - 1.0) * 100.0);
    assert!(more <= MOST, "more than a fifth above what waiting takes");
}

fn apply(workspace: &Workspace) -> Duration {
    let (run, time) = timed(|| workspace.apply());
    run.succeeds().says(&format!("{OBJECTS} added"));
    time
}
