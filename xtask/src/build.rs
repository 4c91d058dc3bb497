//! Builds a program for release, with the commit that it tells.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};

/// The variable from which `nexusc --version` has the commit.
pub(crate) const COMMIT: &str = "NEXUSC_COMMIT";

/// Builds the program of a package for release.
pub(crate) fn build(package: &str) -> Result<PathBuf> {
    let mut cargo = Command::new("cargo");
    cargo.args(["build", "--release", "--locked", "--bins", "--package", package]);
    cargo.arg("--message-format=json-render-diagnostics").stderr(Stdio::inherit());
    cargo.envs(commit().map(|commit| (COMMIT, commit)));
    let output = cargo.output().context("cannot start cargo")?;
    ensure!(output.status.success(), "the package `{package}` does not build");
    let lines = String::from_utf8_lossy(&output.stdout);
    let built = lines.lines().filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok());
    let program =
        built.filter_map(|message| message.get("executable")?.as_str().map(PathBuf::from)).next_back();
    program.context("cargo names no program that it built")
}

/// The commit to build from: the one that the environment names, else the one that is checked out, with `-dirty` where files
/// differ from it. `None` without Git.
pub(crate) fn commit() -> Option<String> {
    let given = std::env::var_os(COMMIT).and_then(|commit| commit.into_string().ok());
    given.filter(|commit| !commit.is_empty()).or_else(|| {
        let describe = ["describe", "--always", "--dirty", "--abbrev=40", "--exclude=*"];
        let told = Command::new("git").args(describe).stderr(Stdio::null()).output().ok()?;
        let text = String::from_utf8(told.stdout).ok()?.trim().to_owned();
        (told.status.success() && !text.is_empty()).then_some(text)
    })
}
