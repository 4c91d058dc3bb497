//! Python packages for tests: installed once into the target directory, pinned, without touching the user's own.

use crate::binaries;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Packages that a test needs.
#[derive(Clone, Copy, Debug)]
pub struct Packages {
    /// What pip is asked for, each with its version, and everything that they need.
    pub requirements: &'static [&'static str],
    /// What they are for, in the words of someone who lacks Python.
    pub why: &'static str,
}

/// A Python that can be run, as it names itself: a version manager's launcher looks at `HOME`, which tests change.
#[derive(Clone, Debug)]
pub struct Python(PathBuf);

impl Packages {
    /// The folder of the packages. `finish` adds to a fresh one what else belongs there. Whoever comes first renames a
    /// finished folder into place, so that nobody sees half of one.
    ///
    /// # Panics
    /// When they cannot be installed.
    #[must_use]
    #[track_caller]
    pub fn installed(&self, python: &Python, finish: impl FnOnce(&Path)) -> PathBuf {
        self.try_installed(python, finish).unwrap_or_else(|why| panic!("{why}"))
    }

    /// Like [`Self::installed`], for what a test can do without.
    ///
    /// # Errors
    /// When they cannot be installed.
    ///
    /// # Panics
    /// When the folder cannot be written.
    #[track_caller]
    pub fn try_installed(&self, python: &Python, finish: impl FnOnce(&Path)) -> Result<PathBuf, String> {
        let name = format!("python-{}", self.requirements.first().expect("a package").replace("==", "-"));
        let target = binaries::target();
        let folder = target.join(name);
        if folder.join("COMPLETE").is_file() {
            return Ok(folder);
        }
        let fresh =
            tempfile::tempdir_in(&target).unwrap_or_else(|error| panic!("no folder in {target:?}: {error}"));
        python.install(self, fresh.path())?;
        finish(fresh.path());
        std::fs::write(fresh.path().join("COMPLETE"), "").expect("the mark is written");
        let renamed = std::fs::rename(fresh.path(), &folder);
        assert!(folder.join("COMPLETE").is_file(), "cannot put {self:?} into {folder:?}: {renamed:?}");
        Ok(folder)
    }
}

impl Python {
    /// Finds one.
    ///
    /// # Panics
    /// With `why` when there is none.
    #[must_use]
    #[track_caller]
    pub fn find(why: &str) -> Self {
        let script = "import sys; assert sys.version_info >= (3, 10); print(sys.executable)";
        let path = |name: &str| {
            let output = Command::new(name).args(["-c", script]).output().ok()?;
            let path = String::from_utf8(output.stdout).ok()?.trim_end().to_owned();
            (output.status.success() && !path.is_empty()).then(|| Self(path.into()))
        };
        let found = ["python3", "python"].into_iter().find_map(path);
        found.unwrap_or_else(|| panic!("needs Python 3.10 or newer as `python3`: {why}"))
    }

    /// The program.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Installs packages with this Python's pip, or that of a virtual environment where it comes without one.
    fn install(&self, packages: &Packages, folder: &Path) -> Result<(), String> {
        let Err(own) = pip(&self.0, packages, folder) else { return Ok(()) };
        let environment = folder.join("environment");
        let made = said(Command::new(&self.0).args(["-m", "venv"]).arg(&environment));
        let installed = made.and_then(|()| pip(&environment.join("bin").join("python"), packages, folder));
        let why = packages.why;
        installed.map_err(|other| {
            format!("needs Python 3 with pip or venv, and PyPI or a mirror of it: {why}\n{own}\n{other}")
        })
    }
}

/// Only built packages will do: to build them takes other compilers.
fn pip(python: &Path, packages: &Packages, folder: &Path) -> Result<(), String> {
    let options =
        ["-m", "pip", "install", "--quiet", "--no-input", "--no-deps", "--only-binary=:all:", "--target"];
    said(Command::new(python).args(options).arg(folder).args(packages.requirements))
}

/// Runs a command; what it said where it failed.
fn said(command: &mut Command) -> Result<(), String> {
    let output = command.output().map_err(|error| format!("{command:?}: {error}"))?;
    let talk = || [String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr)].concat();
    if output.status.success() { Ok(()) } else { Err(format!("{command:?} failed:\n{}", talk())) }
}
