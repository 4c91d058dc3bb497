//! `nexusc demo`, as the README's first command runs it, with and without Terraform on the PATH.

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
        .says("Neither Terraform nor OpenTofu is on the PATH")
        .says("Install Terraform")
        .says("or OpenTofu");
}

#[test]
fn the_demo_holds_with_every_terraform() {
    let _ = binaries::provider();
    for terraform in Terraform::all() {
        let folder = tempfile::tempdir().expect("a folder");
        let program = if terraform.is_tofu() { "tofu" } else { "terraform" };
        let _ = terraform.program(folder.path(), program);
        let mut command = Command::new(binaries::nexusc());
        let run = Run::of("nexusc demo", command.arg("demo").env("PATH", folder.path()));
        run.succeeds()
            .says(&terraform.name())
            .says(&format!("$ {program} apply"))
            .says("Apply complete! Resources: 1 added, 0 changed, 0 destroyed.")
            .says("No changes.")
            .says("Destroy complete! Resources: 1 destroyed.")
            .says("All steps succeeded.");
    }
}
