//! Every resource under HashiCorp's terraform-plugin-testing, which is Go: `tests/acceptance`, once with every Terraform.
//! Without Go there is nothing to run.
#![expect(clippy::expect_used, reason = "a test fails by panicking")]

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;
use tests::account::Account;
use tests::binaries;
use tests::dev::Dev;
use tests::run::Run;
use tests::terraform::Terraform;

/// Where providers come from when a configuration names no host: Terraform, and OpenTofu.
const HOSTS: [&str; 2] = ["registry.terraform.io", "registry.opentofu.org"];

#[test]
#[expect(clippy::print_stderr, reason = "a test that does nothing says why")]
fn every_resource_passes_the_acceptance_tests() {
    if Command::new("go").arg("version").output().is_err() {
        eprintln!("ignored: no `go` on the PATH");
        return;
    }
    let folder = tempfile::tempdir().expect("a temporary folder");
    let tests = built(folder.path());
    fs::write(folder.path().join("terraform.rc"), mirror(folder.path())).expect("a CLI configuration");
    for terraform in Terraform::all() {
        lives(&tests, &folder, terraform);
    }
}

/// The acceptance tests as a program: it is linked once for all Terraforms.
fn built(folder: &Path) -> PathBuf {
    let program = folder.join("acceptance");
    let mut go = Command::new("go");
    go.args(["test", "-c", "-o"]).arg(&program).current_dir(sources());
    let _ = Run::of("go test -c", &mut go).succeeds();
    program
}

fn sources() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("acceptance")
}

/// A CLI configuration that finds the provider in a mirror, as its release files are laid out.
fn mirror(folder: &Path) -> String {
    let program = binaries::provider();
    let name = program.file_name().expect("a program has a name");
    let (mirror, platform) = (folder.join("mirror"), platform());
    for host in HOSTS {
        let version = mirror.join(host).join("temporalnexus/temporalnexus/0.1.0").join(&platform);
        fs::create_dir_all(&version).expect("folders in a temporary folder");
        symlink(program, version.join(name)).expect("a link in a temporary folder");
    }
    format!("provider_installation {{\n  filesystem_mirror {{\n    path = {mirror:?}\n  }}\n}}\n")
}

/// This machine as Terraform names it: Go's words for it, such as `linux_amd64`.
fn platform() -> String {
    let run = Run::of("go env", Command::new("go").args(["env", "GOOS", "GOARCH"])).succeeds();
    run.stdout.split_whitespace().collect::<Vec<_>>().join("_")
}

#[track_caller]
fn lives(tests: &Path, folder: &TempDir, terraform: &Terraform) {
    let dev = Dev::start(&sources().join("seed.nexus.hcl"));
    let programs = tempfile::tempdir().expect("a temporary folder");
    let mut command = Command::new(tests);
    command.args(["-test.v", "-test.parallel=4"]).current_dir(sources()).env_clear();
    command.envs(std::env::var_os("PATH").map(|path| ("PATH", path)));
    command.envs(dev.environment(dev.key("user.owner"))).env("HOME", programs.path());
    command.env("TF_CLI_CONFIG_FILE", folder.path().join("terraform.rc")).env("TF_ACC", "1");
    command.env("TF_ACC_TERRAFORM_PATH", terraform.program(programs.path(), "terraform"));
    if terraform.at_least(1, 12) {
        command.env("ACCEPTANCE_IDENTITY_IMPORTS", "1");
    }
    let run = Run::of(format!("the acceptance tests with {}", terraform.name()), &mut command);
    let _ = run.succeeds().never_says("--- SKIP");
    let owner = Account::of(&dev, "user.owner");
    assert!(owner.endpoints().is_empty(), "{:?}", owner.endpoints());
}
