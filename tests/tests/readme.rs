//! What the README shows is what the program prints.
#![expect(clippy::expect_used, reason = "a test fails by panicking")]

use std::fs;
use std::process::Command;
use tests::binaries;
use tests::run::Run;

/// The policy in the first block of HCL, the account in the first of JSON, and every command with what it prints, run
/// beside them.
fn runs_as_shown(readme: &str) {
    let readme = fs::read_to_string(binaries::root().join(readme)).expect("the README");
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("policy.nexus.hcl"), block(&readme, "hcl")).expect("a policy file");
    fs::write(folder.path().join("account.json"), block(&readme, "json")).expect("an account");
    let consoles: Vec<_> = readme.split("```console\n").skip(1).collect();
    assert!(!consoles.is_empty(), "it shows commands");
    for console in consoles {
        let console = console.split("```").next().expect("the block ends");
        let (command, shown) = console.split_once('\n').expect("a command and its output");
        let words = command.strip_prefix("$ nexusc ").expect("a command of nexusc").split(' ');
        let mut nexusc = Command::new(binaries::nexusc());
        let run = Run::of(command, nexusc.args(words).current_dir(folder.path()));
        // On a terminal the talk follows the data.
        assert_eq!(format!("{}{}", run.stdout, run.stderr), shown, "{run}");
    }
}

#[test]
fn the_commands_of_the_compilers_readme_print_what_it_shows() {
    runs_as_shown("compiler/README.md");
}

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
