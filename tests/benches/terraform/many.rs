//! Many Endpoints under Temporal Cloud's limits: 400 in one workspace with `-parallelism=50`, and four workspaces of 100 at
//! once on one machine, created and destroyed.

use crate::polls::{Calls, Scene};
use crate::{timed, workspace};
use std::time::Duration;
use tests::terraform::Terraform;
use tests::workspace::Workspace;

const MOST_REFUSED: f64 = 0.01;
const PRINCIPAL: &str = "service_account.ci";

pub fn run(terraform: &Terraform) {
    let scene = Scene::new(400, "200ms", true);
    let one = workspace(terraform, &scene.dev, 400);
    let time = all(&[&one], &["apply", "-auto-approve", "-input=false", "-parallelism=50"]);
    let (destroyed, calls) =
        (all(&[&one], &["destroy", "-auto-approve", "-input=false", "-parallelism=50"]), scene.calls());
    print("one workspace of 400, -parallelism=50", (time, destroyed), &calls);

    let scene = Scene::new(400, "200ms", true);
    let shared = tempfile::tempdir().unwrap();
    let mut four: Vec<_> = (0..4).map(|_| workspace(terraform, &scene.dev, 100)).collect();
    for (number, workspace) in four.iter_mut().enumerate() {
        let name = format!("name = \"w{number}-${{count.index}}\"");
        let text = std::fs::read_to_string(workspace.path().join("main.tf")).unwrap();
        workspace.write("main.tf", &text.replace("name = \"e${count.index}\"", &name));
        workspace.set([("TMPDIR", shared.path().to_str().unwrap())]);
    }
    let four: Vec<_> = four.iter().collect();
    let time = all(&four, &["apply", "-auto-approve", "-input=false"]);
    let (destroyed, calls) = (all(&four, &["destroy", "-auto-approve", "-input=false"]), scene.calls());
    print("four workspaces of 100 at once", (time, destroyed), &calls);
}

/// Runs a command in all workspaces at once.
fn all(workspaces: &[&Workspace], command: &[&str]) -> Duration {
    let run = |workspace: &&Workspace| {
        workspace.run(command).succeeds();
    };
    let ((), time) = timed(|| {
        std::thread::scope(|scope| {
            workspaces.iter().for_each(|workspace| drop(scope.spawn(|| run(workspace))))
        });
    });
    time
}

fn print(what: &str, (created, destroyed): (Duration, Duration), calls: &Calls) {
    let Calls { all, refused, .. } = calls;
    println!(
        "  {what}, {PRINCIPAL}: created in {created:.1?}, destroyed in {destroyed:.1?}, {all} calls, {refused} refused"
    );
    assert!(calls.refused() < MOST_REFUSED, "{:.1} % refused", calls.refused() * 100.0);
}
