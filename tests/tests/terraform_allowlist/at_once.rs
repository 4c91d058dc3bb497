//! Many workspaces that add and remove their own caller at the same moment end with exactly what they asked for.
//!
//! `WORKSPACES` and `ROUNDS` make it a long run, of a minute and a half on two busy cores with programs built for release:
//! `WORKSPACES=30 ROUNDS=10 cargo test --release -p tests --test terraform_allowlist at_once`.

use crate::scene::{PROVIDER, Scene, caller, on_every_terraform};
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::thread;
use tests::dev::Dev;
use tests::run::Run;
use tests::terraform::Terraform;
use tests::workspace::Workspace;

fn number(variable: &str, default: usize) -> usize {
    let given = std::env::var_os(variable);
    given.map_or(default, |text| text.to_str().unwrap().parse().unwrap())
}

/// An account with a caller for each workspace and one that is nobody's.
fn policy(workspaces: usize) -> String {
    let fixture = std::fs::read_to_string(tests::dev::fixture("tiny.nexus.hcl")).unwrap();
    (0..workspaces).fold(fixture, |mut policy, number| {
        write!(policy, "\nnamespace \"team-{number}\" {{\n  regions = [\"aws-us-east-1\"]\n}}\n").unwrap();
        policy
    })
}

fn team(number: usize) -> String {
    format!("team-{number}.tiny1")
}

/// A workspace with its own caller, or without any.
struct Team {
    workspace: Workspace,
    id: String,
    is_in: bool,
}

impl Team {
    fn new(scene: &Scene, terraform: &Terraform, number: usize) -> Self {
        let mut workspace = Workspace::new(terraform);
        workspace.set(scene.dev.environment(scene.dev.key("service_account.ci")));
        workspace.write(
            "main.tf",
            &format!("{PROVIDER}{}", scene.with_id(&caller("own", "\"PAY\"", &team(number)))),
        );
        Self { workspace, id: team(number), is_in: false }
    }

    /// Adds the caller where it is not on the list, and removes it where it is.
    fn turn(&self) -> Run {
        if self.is_in { self.workspace.destroy() } else { self.workspace.apply() }
    }

    fn turned(&mut self, run: Run) {
        run.succeeds();
        self.is_in = !self.is_in;
    }
}

/// Every third workspace starts on the list. In each round all of them turn round at once: some leave while others join.
fn rounds(terraform: &Terraform, workspaces: usize, rounds: usize) {
    let folder = tempfile::tempdir().unwrap();
    let seed = folder.path().join("account.nexus.hcl");
    std::fs::write(&seed, policy(workspaces)).unwrap();
    let scene = Scene::on(Dev::slow(&seed, "50ms"), terraform, &["shop.tiny1"]);
    let mut teams: Vec<_> = (0..workspaces).map(|number| Team::new(&scene, terraform, number)).collect();
    all_at_once(teams.iter_mut().step_by(3).collect());
    for round in 0..rounds {
        all_at_once(teams.iter_mut().collect());
        let asked = teams.iter().filter(|team| team.is_in).map(|team| team.id.clone());
        let asked: BTreeSet<_> = asked.chain(["shop.tiny1".to_owned()]).collect();
        assert_eq!(scene.callers().into_iter().collect::<BTreeSet<_>>(), asked, "round {round}");
    }
}

fn all_at_once(mut teams: Vec<&mut Team>) {
    let runs: Vec<_> = thread::scope(|scope| {
        let runs: Vec<_> = teams.iter().map(|team| scope.spawn(|| team.turn())).collect();
        runs.into_iter().map(|run| run.join().unwrap()).collect()
    });
    teams.iter_mut().zip(runs).for_each(|(team, run)| team.turned(run));
}

#[test]
fn every_caller_is_where_its_workspace_left_it() {
    on_every_terraform(|terraform| rounds(terraform, number("WORKSPACES", 12), number("ROUNDS", 2)));
}
