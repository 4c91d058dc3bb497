//! The workflows of this repository are what two linters accept, and use the actions of others by digest. zizmor comes from PyPI,
//! and actionlint from Go's module proxy, as its package on PyPI downloads the program from elsewhere. Where one cannot be
//! installed, its test is ignored and says so.
#![expect(clippy::expect_used, reason = "a test fails by panicking")]

use std::ffi::OsStr;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use tests::binaries;
use tests::python::{Packages, Python};
use tests::run::Run;

const ZIZMOR: Packages =
    Packages { requirements: &["zizmor==1.32.0"], why: "zizmor looks for insecure workflows" };

const ACTIONLINT: &str = "github.com/rhysd/actionlint/cmd/actionlint@v1.7.12";

/// The files, at least one.
fn workflows() -> Vec<PathBuf> {
    let of = |folder: &str| {
        let folder = binaries::root().join(folder);
        let files = fs::read_dir(&folder).expect("a folder of workflows").flatten().map(|file| file.path());
        let files: Vec<_> = files.collect();
        assert!(!files.is_empty(), "{} is empty", folder.display());
        files
    };
    [of(".github/workflows"), of("examples/ci/github")].concat()
}

/// The actions of this repository.
fn actions() -> Vec<PathBuf> {
    let files = ["action.yml", ".github/actions/comment/action.yml", ".github/actions/install/action.yml"];
    files.iter().map(|file| binaries::root().join(file)).collect()
}

fn ignored(program: &str, why: &str) {
    // Standard error itself: the harness keeps what a passed test prints.
    let _ = writeln!(std::io::stderr(), "ignored: {program} cannot be installed: {why}");
}

fn run(program: impl AsRef<OsStr>, options: &[&str], files: &[PathBuf]) -> Run {
    Run::of("the linter", Command::new(program).args(options).args(files))
}

#[track_caller]
fn accepts_ours_and_not(text: &str, program: &Path, options: &[&str]) {
    let _ = run(program, options, &workflows()).succeeds();
    let folder = tempfile::tempdir().expect("a folder");
    let wrong = folder.path().join("wrong.yml");
    fs::write(&wrong, text).expect("a file");
    let found = run(program, options, &[wrong]);
    assert_ne!(found.code, Some(0), "nothing is found in a workflow with a fault: {found}");
}

#[test]
fn zizmor_finds_nothing() {
    let wrong = "on: pull_request_target\njobs:\n  x:\n    runs-on: ubuntu-24.04\n    steps:\n      - uses: actions/checkout@v4\n";
    let python = Python::find(ZIZMOR.why);
    match ZIZMOR.try_installed(&python, |_| {}) {
        Ok(folder) => {
            let options = ["--offline", "--no-progress", "--color=never", "--persona=pedantic"];
            let zizmor = folder.join("bin/zizmor");
            accepts_ours_and_not(wrong, &zizmor, &options);
            let _ = run(&zizmor, &options, &actions()).succeeds();
        }
        Err(why) => ignored("zizmor", &why),
    }
}

#[test]
fn actionlint_finds_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut go = Command::new("go");
    go.args(["install", ACTIONLINT]).env("GOBIN", folder.path()).current_dir(folder.path());
    let installed = go.stdin(Stdio::null()).output();
    match installed.map(|output| (output.status.success(), output.stderr)) {
        Ok((true, _)) => {
            let wrong = "on: push\njobs:\n  x:\n    runs-on: ubuntu-24.04\n    stps: []\n";
            accepts_ours_and_not(wrong, &folder.path().join("actionlint"), &["-no-color"]);
        }
        Ok((false, said)) => ignored("actionlint", &String::from_utf8_lossy(&said)),
        Err(error) => ignored("actionlint", &format!("`go` cannot be started: {error}")),
    }
}

#[test]
fn actions_of_others_are_used_by_digest() {
    for file in workflows() {
        let text = fs::read_to_string(&file).expect("a workflow");
        let uses =
            text.lines().filter_map(|line| line.trim().trim_start_matches("- ").strip_prefix("uses: "));
        let others: Vec<_> = uses.filter(|action| !action.starts_with("./")).collect();
        assert!(!others.is_empty(), "{} uses no action: is it read?", file.display());
        for action in others {
            let (pinned, version) = action.split_once(" # v").unwrap_or((action, ""));
            let digest = pinned.split_once('@').map(|(_, digest)| digest).unwrap_or_default();
            let is_digest = digest.len() == 40 && digest.bytes().all(|byte| byte.is_ascii_hexdigit());
            assert!(is_digest && !version.is_empty(), "{}: {action}", file.display());
        }
    }
}
