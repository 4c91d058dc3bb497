//! The lines that `nexusc dev` gives a person to copy, copied: in a shell, into a Terraform configuration. Official
//! programs that a machine does not have are left out, our own and curl never are.
#![expect(clippy::expect_used, reason = "a test fails by panicking")]

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use tempfile::TempDir;
use tests::binaries;
use tests::dev::fixture;
use tests::run::Run;
use tests::terraform::Terraform;
use tests::workspace::Workspace;

/// A `nexusc dev` on a terminal.
struct Guided {
    process: Child,
    /// Its first line.
    ready: String,
    /// What it said, line by line.
    guide: Vec<String>,
}

impl Guided {
    fn start(options: &[&str]) -> Self {
        let mut command = Command::new("python3");
        command.args(["-c", include_str!("dev_guide.py")]).arg(binaries::nexusc()).arg("dev").arg("--seed");
        command.arg(fixture("tiny.nexus.hcl")).args(options).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut process = command.spawn().expect("Python 3 runs");
        let output = BufReader::new(process.stdout.take().expect("its output is piped"));
        let mut lines = output.lines().map(|line| line.expect("it speaks UTF-8"));
        let ready = lines.next().expect("a first line");
        let guide = lines.take_while(|line| line != "END").collect();
        Self { process, ready, guide }
    }

    /// The lines to copy under a heading that starts so.
    #[track_caller]
    fn under(&self, heading: &str) -> Vec<&str> {
        let after = self.guide.iter().skip_while(|line| !line.starts_with(heading)).skip(1);
        let found: Vec<_> = after.map_while(|line| line.strip_prefix("  ")).collect();
        assert!(!found.is_empty(), "nothing to copy under `{heading}` in\n{}", self.guide.join("\n"));
        found
    }

    /// Runs what is under a heading in a shell, after the variables, in a folder with the seed's policy.
    #[track_caller]
    fn copied(&self, heading: &str) -> Run {
        let folder = TempDir::new().expect("a folder");
        std::fs::copy(fixture("tiny.nexus.hcl"), folder.path().join("tiny.nexus.hcl")).expect("a policy");
        let script = [self.under("in the shell"), self.under(heading)].concat().join("\n");
        let programs = binaries::nexusc().parent().expect("it lies in a folder").to_owned();
        let path = std::env::var_os("PATH").unwrap_or_default();
        let mut shell = Command::new("sh");
        shell.args(["-euc", &script]).current_dir(folder.path());
        shell.env("PATH", format!("{}:{}", programs.display(), path.to_string_lossy()));
        Run::of(format!("what is under `{heading}`"), &mut shell)
    }

    /// The variables, as a shell has them after the lines.
    fn variables(&self) -> Vec<(String, String)> {
        let lines = self.under("in the shell").into_iter().filter_map(|line| line.strip_prefix("export "));
        let pair = |line: &str| {
            let (name, value) = line.split_once('=')?;
            Some((name.to_owned(), value.trim_matches('\'').to_owned()))
        };
        lines.filter_map(pair).collect()
    }

    /// Stops it as a process manager does.
    #[track_caller]
    fn stop(mut self) {
        drop(self.process.stdin.take());
        assert!(self.process.wait().expect("it ends").success(), "SIGTERM is no failure");
    }
}

fn every_client_gets_through(options: &[&str]) {
    let dev = Guided::start(options);
    assert!(dev.ready.contains("\"api_keys\""), "{}", dev.ready);
    dev.copied("nexusc:").succeeds().says("No changes");
    dev.copied("curl:").succeeds().says("\"name\":\"storage\"");
    terraform(&dev);
    if Run::of("python3", Command::new("python3").args(["-c", "import temporalio"])).code == Some(0) {
        dev.copied("Python SDK").succeeds();
    }
    if Command::new("tcld").arg("version").output().is_ok() {
        dev.copied("tcld").succeeds().says("storage");
    }
    dev.stop();
}

fn terraform(dev: &Guided) {
    let provider = *dev.under("Terraform").first().expect("a line for our provider");
    let terraform = Terraform::all().first().expect("a Terraform");
    let mut workspace = Workspace::new(terraform);
    workspace.set(dev.variables());
    let text = format!(
        "terraform {{\n  required_providers {{\n    temporalnexus = {{\n      source = \
         \"temporalnexus/temporalnexus\"\n    }}\n  }}\n}}\n\n{provider}\n\n\
         resource \"temporalnexus_endpoint\" \"it\" {{\n  name = \"copied\"\n  worker_target = {{\n    \
         namespace_id = \"ledger.tiny1\"\n    task_queue = \"work\"\n  }}\n}}\n"
    );
    workspace.write("main.tf", &text);
    workspace.apply().succeeds().says("1 added");
}

#[test]
fn copied_lines_lead_every_client_to_the_registry() {
    every_client_gets_through(&[]);
}

#[test]
fn and_over_tls() {
    every_client_gets_through(&["--tls"]);
}

#[test]
fn the_lines_for_faults_bring_one_into_force() {
    let dev = Guided::start(&["--control"]);
    dev.copied("faults").succeeds().says("drop-after-commit,times=1");
    dev.stop();
}
