//! `nexusc` as it is installed: the wheel in an empty virtual environment, with its completions and manual pages, and the archive
//! of a release. The wheel is assembled by maturin around the program of this build, as compiling it for release takes minutes;
//! `cargo xtask wheel` does that.
#![cfg(unix)]
#![expect(clippy::expect_used, reason = "a test fails by panicking")]

use serde_json::{Value, json};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};
use tests::binaries;
use tests::python::{Packages, Python};
use tests::run::Run;

const MATURIN: Packages =
    Packages { requirements: &["maturin==1.16.0"], why: "the wheel of `nexusc` is made by maturin" };

/// A cargo that compiles nothing: asked for the program, it tells of the one that is built already.
const CARGO: &str = r#"#!/bin/sh
set -eu
if [ "${1:-}" = rustc ]; then
  cat "$BUILT"
else
  exec "$REAL_CARGO" "$@"
fi
"#;

/// What cargo says when it has built the program.
fn built(program: &Path) -> String {
    let package = binaries::root().join("compiler");
    let artifact = json!({
        "reason": "compiler-artifact",
        "package_id": format!("path+file://{}#{}", package.display(), env!("CARGO_PKG_VERSION")),
        "manifest_path": package.join("Cargo.toml"),
        "target": {
            "kind": ["bin"], "crate_types": ["bin"], "name": "nexusc", "src_path": package.join("src/main.rs"),
            "edition": "2024", "doc": true, "doctest": false, "test": true,
        },
        "profile": { "opt_level": "0", "debuginfo": 0, "debug_assertions": true, "overflow_checks": true, "test": false },
        "features": [], "filenames": [program], "executable": program, "fresh": true,
    });
    format!("{artifact}\n{}\n", json!({ "reason": "build-finished", "success": true }))
}

/// The wheel around the program of this build.
fn wheel(folder: &Path) -> PathBuf {
    let python = Python::find(MATURIN.why);
    let maturin = MATURIN.installed(&python, |_| {}).join("bin/maturin");
    let (cargo, told) = (folder.join("bin/cargo"), folder.join("built.json"));
    fs::create_dir_all(folder.join("bin")).expect("a folder");
    fs::write(&cargo, CARGO).expect("the cargo");
    fs::set_permissions(&cargo, fs::Permissions::from_mode(0o755)).expect("it can be run");
    fs::write(&told, built(&stripped(folder))).expect("what it tells");
    let real = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let path = std::env::var_os("PATH").unwrap_or_default();
    let path = std::iter::once(folder.join("bin")).chain(std::env::split_paths(&path));

    let mut xtask = Command::new(binaries::xtask());
    xtask.args(["wheel", "--out"]).arg(folder.join("dist")).arg("--nexusc").arg(binaries::nexusc());
    xtask.arg("--maturin").arg(&maturin).args(["--", "--compatibility", "linux", "--auditwheel", "skip"]);
    xtask.env("CARGO", &cargo).env("REAL_CARGO", real).env("BUILT", &told).env("CARGO_NET_OFFLINE", "true");
    xtask.env("PATH", std::env::join_paths(path).expect("a path")).current_dir(binaries::root());
    let run = Run::of("cargo xtask wheel", &mut xtask).succeeds();
    let wheels: Vec<_> =
        run.stdout.lines().filter(|line| line.ends_with(".whl")).map(PathBuf::from).collect();
    assert_eq!(wheels.len(), 1, "{run}");
    wheels.into_iter().next().unwrap_or_default()
}

/// The program without its symbols, half as large; as it is where there is no `strip`.
fn stripped(folder: &Path) -> PathBuf {
    let program = folder.join("nexusc");
    let stripped = Command::new("strip").arg("-o").arg(&program).arg(binaries::nexusc()).status();
    if stripped.is_ok_and(|status| status.success()) { program } else { binaries::nexusc().to_owned() }
}

#[test]
fn the_wheel_installs_and_checks_the_example_in_under_a_minute() {
    let folder = tempfile::tempdir().expect("a folder");
    let wheel = wheel(folder.path());
    let name = wheel.file_name().unwrap_or_default().to_string_lossy().into_owned();
    assert!(name.starts_with("nexusc-0.1.0-py3-none-linux_"), "{name}: `uvx nexusc` needs this name");

    let environment = folder.path().join("environment");
    let python = Python::find("the wheel is installed in an empty environment");
    let mut venv = Command::new(python.path());
    let _ = Run::of("venv", venv.args(["-m", "venv"]).arg(&environment)).succeeds();
    let program = |name: &str| environment.join("bin").join(name);
    let start = Instant::now();
    let mut pip = Command::new(program("python"));
    pip.args(["-m", "pip", "install", "--no-index", "--no-deps", "--quiet"]).arg(&wheel);
    let _ = Run::of("pip install", &mut pip).succeeds();
    let nexusc = |arguments: &[&str]| {
        let mut command = Command::new(program("nexusc"));
        Run::of("nexusc", command.args(arguments).current_dir(binaries::root()).env_clear())
    };
    let _ = nexusc(&["check", "examples/acme"]).succeeds().says("checked");
    let took = start.elapsed();
    assert!(took < Duration::from_secs(60), "from pip to the first verdict: {took:?}");
    let _ = nexusc(&["--version"]).succeeds().says("nexusc 0.1.0 (commit ").says("Temporal Cloud API v");
    let share = environment.join("share");
    for path in [
        "bash-completion/completions/nexusc",
        "fish/vendor_completions.d/nexusc.fish",
        "zsh/site-functions/_nexusc",
        "man/man1/nexusc.1",
        "man/man1/nexusc-apply.1",
    ] {
        assert!(fs::metadata(share.join(path)).is_ok_and(|found| found.len() > 0), "{path}");
    }
    assert!(!binaries::root().join("nexusc.data").exists(), "nothing is left in the repository");
}

#[test]
fn the_archive_holds_the_program_its_completions_and_pages() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut xtask = Command::new(binaries::xtask());
    xtask.args(["dist", "--out"]).arg(folder.path()).arg("--nexusc").arg(binaries::nexusc());
    let files = Run::of("cargo xtask dist", &mut xtask).succeeds().stdout;
    let files: Vec<_> = files.lines().map(PathBuf::from).collect();
    let [bill, zip, sum] = files.as_slice() else { unreachable!("{files:?}") };
    let bill: Value = serde_json::from_str(&fs::read_to_string(bill).expect("the bill")).expect("JSON");
    let components = bill.pointer("/components").and_then(Value::as_array).expect("components");
    let component = |name: &str| components.iter().find(|it| it.get("name").is_some_and(|it| it == name));
    let clap = component("clap").expect("what it is built from");
    assert!(clap.pointer("/hashes/0/content").and_then(Value::as_str).is_some_and(|sum| sum.len() == 64));
    assert_eq!(clap.pointer("/licenses/0/expression"), Some(&json!("MIT OR Apache-2.0")));
    assert!(component("registry").is_some() && component("compiler").is_none(), "{components:?}");
    assert!(component("proptest").is_none() && component("rmp").is_none(), "of tests, of the provider");
    assert_eq!(sum.display().to_string(), format!("{}.sha256", zip.display()));
    let script = "import hashlib, json, sys, zipfile\n\
         archive = zipfile.ZipFile(sys.argv[1])\n\
         modes = {i.filename: oct(i.external_attr >> 16 & 0o777) for i in archive.infolist()}\n\
         sum = hashlib.sha256(open(sys.argv[1], 'rb').read()).hexdigest()\n\
         print(json.dumps({'modes': modes, 'sum': sum}))";
    let python = Python::find("another program than ours reads the archive");
    let run = Run::of("zipfile", Command::new(python.path()).args(["-c", script]).arg(zip)).succeeds();
    let found: Value = serde_json::from_str(&run.stdout).expect("JSON");
    let mode = |name: &str| found.pointer("/modes")?.get(name)?.as_str();
    assert_eq!(mode("nexusc"), Some("0o755"), "{found}");
    for name in ["LICENSE", "share/zsh/site-functions/_nexusc", "share/man/man1/nexusc-plan.1"] {
        assert_eq!(mode(name), Some("0o644"), "{found}");
    }
    let text = fs::read_to_string(sum).expect("the checksum");
    let sum = found.get("sum").and_then(Value::as_str).unwrap_or_default();
    assert!(text.starts_with(sum) && text.trim_end().ends_with(".zip"), "{text}");
}
