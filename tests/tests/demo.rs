//! `nexusc demo`, as the README's first command runs it, with and without Terraform on the PATH.
#![expect(clippy::expect_used, reason = "a test fails by panicking")]

use std::ffi::OsStr;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::Command;
use tests::binaries;
use tests::run::Run;
use tests::terraform::Terraform;

#[test]
fn the_demo_holds_and_says_what_is_missing_without_terraform() {
    // The provider is not needed when there is no Terraform.
    let run = Run::of("nexusc demo", Command::new(binaries::nexusc()).arg("demo").env("PATH", ""));
    run.succeeds()
        .says("no errors")
        .says("15 Endpoints to create, 0 to change")
        .says("Applied: 15 Endpoints created")
        .says("No changes")
        .says("CALLERS")
        .says("Terraform is not on the PATH")
        .says("Install Terraform");
}

/// A folder that holds nothing but this Terraform, under the name that a PATH is searched for.
fn path_with(terraform: &Terraform) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let command = terraform.command();
    let words = std::iter::once(found(command.get_program()).into_os_string());
    let words = words.chain(command.get_args().map(OsStr::to_os_string));
    let words: Vec<_> = words.map(|word| format!("'{}'", word.to_string_lossy())).collect();
    let script = folder.path().join("terraform");
    fs::write(&script, format!("#!/bin/sh\nexec {} \"$@\"\n", words.join(" "))).expect("a script");
    fs::set_permissions(&script, fs::Permissions::from_mode(0o755)).expect("an executable script");
    folder
}

/// The program's file: the demo's PATH will not hold it.
fn found(program: &OsStr) -> PathBuf {
    let folders = std::env::var_os("PATH").unwrap_or_default();
    let mut candidates = std::env::split_paths(&folders).map(|folder| folder.join(program));
    candidates.find(|candidate| candidate.is_file()).unwrap_or_else(|| program.into())
}

#[test]
fn the_demo_holds_with_every_terraform() {
    let _ = binaries::provider();
    for terraform in Terraform::all() {
        let folder = path_with(terraform);
        let mut command = Command::new(binaries::nexusc());
        let run = Run::of("nexusc demo", command.arg("demo").env("PATH", folder.path()));
        run.succeeds()
            .says(&format!("Terraform v{}", terraform.version))
            .says("Apply complete! Resources: 1 added, 0 changed, 0 destroyed.")
            .says("No changes.")
            .says("Destroy complete! Resources: 1 destroyed.")
            .says("All of it held.");
    }
}
