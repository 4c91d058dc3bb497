//! `nexusc` as a user runs it, in an environment that names no registry and no key unless the test does.

use crate::binaries;
use crate::dev::Dev;
use crate::run::Run;
use std::ffi::OsStr;
use std::process::Command;

/// Runs `nexusc` in the workspace's root.
///
/// # Panics
/// When it cannot be built or started.
#[must_use]
#[track_caller]
pub fn nexusc<S: AsRef<OsStr>>(arguments: &[S]) -> Run {
    run(arguments, &mut command())
}

/// Runs `nexusc` in the workspace's root with these variables in its environment.
///
/// # Panics
/// When it cannot be built or started.
#[must_use]
#[track_caller]
pub fn nexusc_in<S: AsRef<OsStr>>(environment: &[(&str, &str)], arguments: &[S]) -> Run {
    run(arguments, command().envs(environment.iter().copied()))
}

/// Runs `nexusc` against an embedded registry, with the key of `principal`.
///
/// # Panics
/// When it cannot be built or started, or the registry has no such principal.
#[must_use]
#[track_caller]
pub fn nexusc_on<S: AsRef<OsStr>>(dev: &Dev, principal: &str, arguments: &[S]) -> Run {
    run(arguments, command().envs(dev.environment(dev.key(principal))))
}

/// The same, with an `apply` that is not approved by the command line.
///
/// # Panics
/// When it cannot be built or started, or the registry has no such principal.
#[must_use]
#[track_caller]
pub fn nexusc_unapproved<S: AsRef<OsStr>>(dev: &Dev, principal: &str, arguments: &[S]) -> Run {
    run_as_given(arguments, command().envs(dev.environment(dev.key(principal))))
}

/// Nobody can be asked in a test, so that an `apply` is approved by the command line.
#[track_caller]
fn run<S: AsRef<OsStr>>(arguments: &[S], command: &mut Command) -> Run {
    let mut words: Vec<_> = arguments.iter().map(AsRef::as_ref).collect();
    if words.first().is_some_and(|verb| *verb == "apply") {
        words.insert(1, "--auto-approve".as_ref());
    }
    run_as_given(&words, command)
}

#[track_caller]
fn run_as_given<S: AsRef<OsStr>>(arguments: &[S], command: &mut Command) -> Run {
    let words: Vec<_> = arguments.iter().map(|word| word.as_ref().to_string_lossy()).collect();
    Run::of(format!("nexusc {}", words.join(" ")), command.args(arguments))
}

/// `nexusc` without the variables that steer it.
#[must_use]
pub fn command() -> Command {
    let mut command = Command::new(binaries::nexusc());
    command.current_dir(binaries::root()).env("NO_COLOR", "1");
    // Nor the profiles of whoever runs the tests.
    command.env("XDG_CONFIG_HOME", "/nowhere");
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        if text.starts_with("TEMPORAL_") || text.starts_with("NEXUSC_") || text.starts_with("RUST_LOG") {
            command.env_remove(name);
        }
    }
    command
}
