//! Our own programs, built by the cargo and in the profile of the running test.

use serde_json::Value;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

/// The program `nexusc`.
///
/// # Panics
/// When it cannot be built.
#[must_use]
#[track_caller]
pub fn nexusc() -> &'static Path {
    binary("nexusc")
}

/// The provider's program.
///
/// # Panics
/// When it cannot be built.
#[must_use]
#[track_caller]
pub fn provider() -> &'static Path {
    binary("terraform-provider-temporalnexus")
}

/// The program behind `cargo xtask`.
///
/// # Panics
/// When it cannot be built.
#[must_use]
#[track_caller]
pub fn xtask() -> &'static Path {
    binary("xtask")
}

/// The workspace's root folder.
#[must_use]
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("this crate lies in the workspace's root")
}

/// The folder that takes what tests download: the target directory of the running test.
pub(crate) fn target() -> PathBuf {
    let test = std::env::current_exe().expect("the running test has a path");
    test.ancestors().nth(3).expect("a test lies in TARGET/PROFILE/deps").to_owned()
}

#[track_caller]
fn binary(name: &str) -> &'static Path {
    static BUILT: OnceLock<Option<BTreeMap<String, PathBuf>>> = OnceLock::new();
    let Some(built) = BUILT.get_or_init(build) else {
        panic!("`cargo build --workspace --bins` failed; its errors stand above")
    };
    built.get(name).unwrap_or_else(|| panic!("no package of the workspace builds `{name}`"))
}

/// Builds every program of the workspace, `None` where that fails. A build of all members shares its dependencies with
/// `cargo test --workspace`; a build of some would compile many of them again with fewer features.
fn build() -> Option<BTreeMap<String, PathBuf>> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.args(["build", "--quiet", "--workspace", "--bins", "--message-format=json-render-diagnostics"]);
    command.arg(format!("--profile={}", profile())).current_dir(root());
    forget_this_package(&mut command);
    let output = command.stdin(Stdio::null()).stderr(Stdio::inherit()).output();
    let output = output.unwrap_or_else(|error| panic!("cannot start cargo: {error}"));
    let lines = String::from_utf8_lossy(&output.stdout);
    output.status.success().then(|| lines.lines().filter_map(executable).collect())
}

/// Name and path, if a line of cargo's JSON tells of a finished program.
fn executable(line: &str) -> Option<(String, PathBuf)> {
    let message: Value = serde_json::from_str(line).ok()?;
    let path = message.get("executable")?.as_str()?;
    let name = message.pointer("/target/name")?.as_str()?;
    Some((name.to_owned(), path.into()))
}

/// Cargo describes this package to its tests in the environment. Build scripts that watch those variables would take
/// it for a change and build again.
fn forget_this_package(command: &mut Command) {
    let described =
        ["CARGO_MANIFEST_", "CARGO_PKG_", "CARGO_CRATE_", "CARGO_BIN_", "CARGO_PRIMARY_", "OUT_DIR"];
    for (name, _) in std::env::vars_os() {
        if described.iter().any(|prefix| name.to_string_lossy().starts_with(prefix)) {
            command.env_remove(name);
        }
    }
}

/// The profile of the running test, after the folder that it lies in.
fn profile() -> String {
    let test = std::env::current_exe().expect("the running test has a path");
    let folder =
        test.ancestors().nth(2).and_then(Path::file_name).expect("a test lies in TARGET/PROFILE/deps");
    match folder.to_string_lossy() {
        debug if debug == "debug" => "dev".to_owned(),
        other => other.into_owned(),
    }
}
