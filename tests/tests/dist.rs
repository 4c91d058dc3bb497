//! The release files are what Terraform installs: `terraform init` from a filesystem mirror, and then everything works.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::{Path, PathBuf};
use std::process::Command;
use tests::binaries;
use tests::dev::{Dev, fixture};
use tests::python::Python;
use tests::run::Run;
use tests::terraform::Terraform;
use tests::workspace::Workspace;

const MAIN: &str = r#"
terraform {
  required_providers {
    temporalnexus = { source = "temporalnexus/temporalnexus" }
  }
}

resource "temporalnexus_endpoint" "pay" {
  name                      = "pay"
  worker_target             = { namespace_id = "ledger.tiny1", task_queue = "pay-queue" }
  allowed_caller_namespaces = []
}
"#;

/// The release files of a program.
fn dist(folder: &Path, program: &Path) -> Vec<PathBuf> {
    let mut command = Command::new(binaries::xtask());
    command.args(["dist", "--out"]).arg(folder).arg("--provider").arg(program);
    Run::of("xtask dist", &mut command).succeeds().stdout.lines().map(PathBuf::from).collect()
}

/// Python counts the same checksums, of so many files.
#[track_caller]
fn sums_hold(sums: &Path, files: usize) {
    let count = "import hashlib, pathlib, sys; print(hashlib.sha256(pathlib.Path(sys.argv[1]).read_bytes()).hexdigest())";
    let python = Python::find("another program than ours must come to the same checksums");
    let text = std::fs::read_to_string(sums).unwrap();
    assert_eq!(text.lines().count(), files, "{text}");
    for line in text.lines() {
        let (sum, name) = line.split_once("  ").unwrap();
        let file = sums.with_file_name(name);
        let run = Run::of("sha256", Command::new(python.path()).args(["-c", count]).arg(file)).succeeds();
        assert_eq!(run.stdout.trim(), sum, "{name}");
    }
}

fn named<'a>(files: &'a [PathBuf], end: &str) -> &'a Path {
    files.iter().find(|file| file.to_string_lossy().ends_with(end)).unwrap()
}

#[test]
fn the_release_installs_from_a_mirror_and_works() {
    let folder = tempfile::tempdir().unwrap();
    let files = dist(folder.path(), binaries::provider());
    assert_eq!(files.len(), 4, "{files:?}");
    let manifest = std::fs::read_to_string(named(&files, "_manifest.json")).unwrap();
    assert!(manifest.contains("\"6.0\""), "{manifest}");
    let zip = named(&files, ".zip");
    sums_hold(named(&files, "_SHA256SUMS"), 2);

    let mirror = folder.path().join("mirror");
    let place = mirror.join("registry.terraform.io/temporalnexus/temporalnexus");
    std::fs::create_dir_all(&place).unwrap();
    std::fs::copy(zip, place.join(zip.file_name().unwrap())).unwrap();
    for terraform in Terraform::all() {
        let dev = Dev::start(&fixture("tiny.nexus.hcl"));
        let mut workspace = Workspace::new(terraform);
        workspace.set(dev.environment(dev.key("service_account.ci")));
        let rc =
            format!("provider_installation {{\n  filesystem_mirror {{\n    path = {mirror:?}\n  }}\n}}\n");
        workspace.write("terraform.rc", &rc);
        workspace.write("main.tf", MAIN);
        workspace
            .run(&["init", "-no-color", "-input=false"])
            .succeeds()
            .says("Installing temporalnexus/temporalnexus v");
        workspace.apply().succeeds().says("1 added");
        workspace.plan().exits(0);
        workspace.destroy().succeeds();
    }
}

#[test]
fn the_same_program_makes_the_same_files() {
    let (one, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let program = binaries::root().join("README.md");
    let bytes = |folder: &Path| -> Vec<_> {
        dist(folder, &program).iter().map(|file| std::fs::read(file).unwrap()).collect()
    };
    assert_eq!(bytes(one.path()), bytes(other.path()));
}
