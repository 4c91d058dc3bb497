//! The Python wheel that carries `nexusc`, made by maturin from `pyproject.toml`. With zig, the program needs no newer glibc
//! than that of 2012, which every wheel index accepts.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};

use crate::build::{COMMIT, build, commit};
use crate::extras::extras;

/// The tools from PyPI, pinned.
const TOOLS: [&str; 2] = ["maturin==1.16.0", "ziglang==0.15.2"];

/// The folder of files that go into the wheel beside the program: maturin takes it by this name.
const DATA: &str = "nexusc.data";

/// What to make the wheel with, and where it goes.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The folder for the wheel.
    #[arg(long, default_value = "target/dist")]
    out: PathBuf,
    /// A `nexusc` of this machine that generates completions and manual pages; built for release where it is not given.
    #[arg(long)]
    nexusc: Option<PathBuf>,
    /// The program `maturin`; installed from PyPI into `target/wheel-tools`, with zig, where it is not given.
    #[arg(long)]
    maturin: Option<PathBuf>,
    /// Further arguments of `maturin build`, instead of those of a release.
    #[arg(last = true)]
    options: Vec<String>,
}

/// Makes the wheel, and gives its path.
pub(crate) fn wheel(arguments: &Arguments) -> Result<Vec<PathBuf>> {
    let nexusc = match &arguments.nexusc {
        Some(program) => program.clone(),
        None => build("compiler")?,
    };
    let share = Path::new(DATA).join("data").join("share");
    let _ = fs::remove_dir_all(DATA);
    for (path, bytes) in extras(&nexusc)? {
        let path = share.join(path);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::write(&path, bytes).with_context(|| format!("cannot write {}", path.display()))?;
    }
    let made = maturin(arguments);
    fs::remove_dir_all(DATA)?;
    made
}

fn maturin(arguments: &Arguments) -> Result<Vec<PathBuf>> {
    fs::create_dir_all(&arguments.out)
        .with_context(|| format!("cannot create {}", arguments.out.display()))?;
    let before = wheels(&arguments.out)?;
    let mut command = match &arguments.maturin {
        Some(program) => Command::new(program),
        None => installed()?,
    };
    command.arg("build").arg("--out").arg(&arguments.out);
    match arguments.options.as_slice() {
        [] if cfg!(target_os = "linux") => {
            command.args(["--release", "--compatibility", "manylinux2014", "--zig"])
        }
        [] => command.arg("--release"),
        options => command.args(options),
    };
    command.envs(commit().map(|commit| (COMMIT, commit)));
    let status = command.status().context("cannot start maturin")?;
    ensure!(status.success(), "maturin failed");
    let wheels: Vec<_> = wheels(&arguments.out)?;
    let new: Vec<_> = wheels.iter().filter(|wheel| !before.contains(wheel)).cloned().collect();
    // A wheel of the same name was replaced.
    Ok(if new.is_empty() { wheels } else { new }.into_iter().map(|(path, _)| path).collect())
}

/// The wheels in a folder, with their sizes and times.
fn wheels(folder: &Path) -> Result<Vec<(PathBuf, (u64, std::time::SystemTime))>> {
    let mut wheels = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "whl") {
            let found = fs::metadata(&path)?;
            wheels.push((path, (found.len(), found.modified()?)));
        }
    }
    wheels.sort();
    Ok(wheels)
}

/// maturin in a virtual environment of its own, with zig beside it.
fn installed() -> Result<Command> {
    let folder = Path::new("target").join("wheel-tools");
    let programs = folder.join(if cfg!(windows) { "Scripts" } else { "bin" });
    let python = if cfg!(windows) { "python" } else { "python3" };
    run(Command::new(python).args(["-m", "venv"]).arg(&folder))?;
    let pip = ["-m", "pip", "install", "--quiet", "--no-input", "--only-binary=:all:"];
    run(Command::new(programs.join("python")).args(pip).args(TOOLS))?;
    let path = std::env::var_os("PATH").unwrap_or_default();
    let programs = std::path::absolute(programs)?;
    let all = std::iter::once(programs.clone()).chain(std::env::split_paths(&path));
    let mut maturin = Command::new(programs.join("maturin"));
    maturin.env("PATH", std::env::join_paths(all)?);
    Ok(maturin)
}

fn run(command: &mut Command) -> Result<()> {
    let status = command.status().with_context(|| format!("cannot start {command:?}"))?;
    ensure!(status.success(), "{command:?} failed");
    Ok(())
}
