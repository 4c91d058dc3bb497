//! Providers that are killed and runs that are interrupted in the middle of a creation.

use crate::scene::{ADDRESS, PAY, Scene, on_every_terraform};
use std::fs::File;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};
use tests::account::id;
use tests::run::Run;

/// An apply that goes on beside the test, in a process group of its own.
struct Apply<'a> {
    scene: &'a Scene,
    process: Child,
}

impl<'a> Apply<'a> {
    /// Starts it, and comes back once the registry has accepted the creation of `pay`.
    #[track_caller]
    fn until_accepted(scene: &'a Scene) -> Self {
        let talk = File::create(scene.workspace.path().join("talk")).unwrap();
        let mut command = scene.workspace.command();
        command.args(["apply", "-no-color", "-input=false", "-auto-approve"]).process_group(0);
        command.stdin(Stdio::null()).stdout(talk.try_clone().unwrap()).stderr(talk);
        let process = command.spawn().unwrap();
        wait("the registry accepts the creation", || scene.owner.find("pay").is_some());
        Self { scene, process }
    }

    /// Sends a signal to one process, or, where the id is negative, to a group.
    #[track_caller]
    fn signal(signal: &str, process: i64) {
        let mut command = Command::new("kill");
        command.args([signal, "--", &process.to_string()]);
        let _ = Run::of("kill", &mut command).succeeds();
    }

    /// The provider's process that has this workspace as its folder.
    #[track_caller]
    fn provider(&self) -> i64 {
        let folder = self.scene.workspace.path().canonicalize().unwrap();
        let is_ours = |process: &Path| {
            let links = ["cwd", "exe"].map(|link| std::fs::read_link(process.join(link)).unwrap_or_default());
            links[0] == folder && links[1].ends_with("terraform-provider-temporalnexus")
        };
        let all = std::fs::read_dir("/proc").unwrap().filter_map(|entry| Some(entry.ok()?.path()));
        let found: Vec<_> = all.filter(|process| is_ours(process)).collect();
        assert_eq!(found.len(), 1, "these providers run in {folder:?}: {found:?}");
        found[0].file_name().unwrap().to_str().unwrap().parse().unwrap()
    }

    /// What was said, once it has ended.
    #[track_caller]
    fn ended(mut self) -> Run {
        wait("the apply ends", || self.process.try_wait().unwrap().is_some());
        let code = self.process.wait().unwrap().code();
        let stdout = std::fs::read_to_string(self.scene.workspace.path().join("talk")).unwrap();
        Run { what: "terraform apply".to_owned(), code, stdout, stderr: String::new() }
    }
}

#[track_caller]
fn wait(what: &str, mut done: impl FnMut() -> bool) {
    let began = Instant::now();
    while !done() {
        assert!(began.elapsed() < Duration::from_secs(120), "not within two minutes: {what}");
        sleep(Duration::from_millis(20));
    }
}

#[test]
#[cfg(target_os = "linux")]
fn after_a_kill_the_next_plan_names_the_endpoint_and_how_to_import_it() {
    on_every_terraform(|terraform| {
        let scene = Scene::slow(terraform, "200s");
        scene.configure(&PAY);
        let apply = Apply::until_accepted(&scene);
        Apply::signal("-KILL", apply.provider());
        apply.ended().exits(1);
        assert_eq!(scene.workspace.resource(ADDRESS), None, "Terraform could not hear of it");

        let existing = id(&scene.owner.endpoint("pay")).to_owned();
        let block = format!("import {{\n  to = temporalnexus_endpoint.pay\n  id = \"{existing}\"\n}}");
        let run = scene.workspace.apply().exits(1).says("an Endpoint named `pay` already exists");
        assert!(run.stderr.replace("│ ", "").replace("\n  ", "\n").contains(&existing), "{run}");
        run.says(&format!("id = \"{existing}\"")).says("import {");
        assert_eq!(scene.owner.endpoints().len(), 2, "nothing was made twice");

        scene.workspace.write("import.tf", &block.replace("temporalnexus_endpoint.pay", ADDRESS));
        scene.workspace.apply().succeeds().says("1 imported, 0 added, 0 changed, 0 destroyed");
        assert_eq!(scene.id(), existing);
        scene.is_settled();
    });
}

#[test]
fn an_interrupt_stops_the_wait_and_keeps_what_was_accepted() {
    on_every_terraform(|terraform| {
        let scene = Scene::slow(terraform, "200s");
        scene.configure(&PAY);
        let apply = Apply::until_accepted(&scene);
        Apply::signal("-INT", -i64::from(apply.process.id()));
        let run = apply.ended().says("is still being created");
        run.says("Terraform asked the provider to stop").says("next plan");
        assert_eq!(scene.id(), id(&scene.owner.endpoint("pay")));

        scene.workspace.apply().succeeds().says("0 added, 0 changed, 0 destroyed");
        assert_eq!(scene.owner.endpoints().len(), 2, "nothing was made twice");
    });
}
