//! What the README shows is what the program prints.
#![expect(clippy::expect_used, reason = "a test fails by panicking")]

use std::fs;
use std::process::Command;
use tempfile::TempDir;
use tests::binaries;
use tests::run::Run;

/// The text of a README.
#[track_caller]
fn readme(path: &str) -> String {
    fs::read_to_string(binaries::root().join(path)).expect("the README")
}

/// A folder with the policy in the first block of HCL.
#[track_caller]
fn policy(readme: &str) -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("policy.nexus.hcl"), block(readme, "hcl")).expect("a policy file");
    folder
}

/// The text of the first fenced block that starts with `fence`.
#[track_caller]
fn block<'a>(readme: &'a str, fence: &str) -> &'a str {
    let (_, rest) = readme.split_once(&format!("```{fence}\n")).expect("the README has such a block");
    rest.split_once("```").expect("the block ends").0
}

/// Runs the command of a console in a folder: it prints what is shown below it.
#[track_caller]
fn runs_as_shown(folder: &TempDir, console: &str) -> Run {
    let (command, shown) = console.split_once('\n').expect("a command and its output");
    let words = command.strip_prefix("$ nexusc ").expect("a command of nexusc").split(' ');
    let mut nexusc = Command::new(binaries::nexusc());
    let run = Run::of(command, nexusc.args(words).current_dir(folder.path()));
    // On a terminal the talk follows the data.
    assert_eq!(format!("{}{}", run.stdout, run.stderr), shown, "{run}");
    run
}

#[test]
fn the_commands_of_the_compilers_readme_print_what_it_shows() {
    let readme = readme("compiler/README.md");
    let folder = policy(&readme);
    fs::write(folder.path().join("account.json"), block(&readme, "json")).expect("an account");
    let consoles: Vec<_> = readme.split("```console\n").skip(1).collect();
    assert!(!consoles.is_empty(), "it shows commands");
    for console in consoles {
        let _ = runs_as_shown(&folder, console.split("```").next().expect("the block ends"));
    }
}

#[test]
fn the_policy_of_the_readme_is_judged_as_the_readme_says() {
    let readme = readme("README.md");
    let console = block(&readme, "console");
    assert!(console.starts_with("$ nexusc check policy.nexus.hcl\n"), "{console}");
    let _ = runs_as_shown(&policy(&readme), console).exits(1);
}
