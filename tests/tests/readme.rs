//! What the README shows is what the program prints.
#![expect(clippy::expect_used, reason = "a test fails by panicking")]

use std::fs;
use std::process::Command;
use tests::binaries;
use tests::run::Run;

/// The text of the first fenced block that starts with `fence`.
fn block<'a>(readme: &'a str, fence: &str) -> &'a str {
    let (_, rest) = readme.split_once(&format!("```{fence}\n")).expect("the README has such a block");
    rest.split_once("```").expect("the block ends").0
}

#[test]
fn the_policy_of_the_readme_is_judged_as_the_readme_says() {
    let readme = fs::read_to_string(binaries::root().join("README.md")).expect("the README");
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("policy.nexus.hcl"), block(&readme, "hcl")).expect("a policy file");
    let console = block(&readme, "console");
    let (command, shown) = console.split_once('\n').expect("a command and its output");
    assert_eq!(command, "$ nexusc check policy.nexus.hcl");
    let mut nexusc = Command::new(binaries::nexusc());
    nexusc.args(["check", "policy.nexus.hcl"]).current_dir(folder.path());
    let run = Run::of("nexusc check policy.nexus.hcl", &mut nexusc).exits(1);
    // On a terminal the talk follows the data.
    assert_eq!(format!("{}{}", run.stdout, run.stderr), shown, "{run}");
}
