//! The options that give values to a policy's variables.

use super::approval::is_beside;
use super::{Failure, World};
use crate::pipeline::VariableValues;
use clap::Args;
use std::path::{Path, PathBuf};

/// The options that set variables.
#[derive(Args, Clone, Default)]
pub struct VariableOptions {
    /// Set a variable of the policy; may be repeated
    ///
    /// For a variable of type string, number or bool, or without a type, VALUE is the value itself, else it is an
    /// expression such as `["a", "b"]`. Precedence, highest first: --var, --var-file, the environment variable
    /// NEXUSC_VAR_NAME, the variable's default; of the same option the last one wins.
    #[arg(long = "var", value_name = "NAME=VALUE", value_parser = parse_var)]
    vars: Vec<(String, String)>,
    /// Set variables from a file of `name = value` lines, or a JSON object (`*.json`); may be repeated
    #[arg(long = "var-file", value_name = "FILE")]
    files: Vec<PathBuf>,
}

/// The variable files of the base.
#[derive(Args)]
pub struct BaseVariableOptions {
    /// Variable files of the base, in place of `--var-file`; may be repeated
    ///
    /// Without it a file of `--var-file` in the policy's folder is that of the same name in the base's folder, since who
    /// proposes a change may have edited it.
    #[arg(long = "base-var-file", value_name = "FILE")]
    base_files: Vec<PathBuf>,
}

impl BaseVariableOptions {
    /// The values for the base. The command line and the environment are not part of the change and count for both.
    pub fn values(
        &self,
        values: &VariableValues,
        policy: &[PathBuf],
        base: &[PathBuf],
    ) -> Result<VariableValues, Failure> {
        if !self.base_files.is_empty() {
            return Ok(VariableValues { files: self.base_files.clone(), ..values.clone() });
        }
        let files = values.files.iter().map(|file| in_base(file, policy, base));
        Ok(VariableValues { files: files.collect::<Result<_, _>>()?, ..values.clone() })
    }
}

/// The file of the base that a variable file was before the change.
fn in_base(file: &Path, policy: &[PathBuf], base: &[PathBuf]) -> Result<PathBuf, Failure> {
    if !policy.iter().any(|policy| is_beside(file, policy)) {
        return Ok(file.to_owned());
    }
    let whole = |path: &Path| std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let within =
        policy.iter().find_map(|folder| whole(file).strip_prefix(whole(folder)).ok().map(Path::to_owned));
    let found =
        within.and_then(|within| base.iter().map(|base| base.join(&within)).find(|path| path.is_file()));
    found.ok_or_else(|| {
        let message =
            format!("`--var-file {}` comes with the policy and may be part of the change", file.display());
        Failure::new(message).help("pass the file as it is at the base with `--base-var-file`")
    })
}

fn parse_var(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.trim().is_empty() => Ok((name.trim().to_owned(), value.to_owned())),
        _ => Err("expected `name=value`".to_owned()),
    }
}

impl VariableOptions {
    /// Whether none is given.
    pub fn is_empty(&self) -> bool {
        self.vars.is_empty() && self.files.is_empty()
    }

    /// These options' values and those of the environment.
    pub fn values(&self, world: &World) -> VariableValues {
        VariableValues {
            command_line: self.vars.clone(),
            files: self.files.clone(),
            environment: VariableValues::of_environment(&world.environment),
        }
    }
}
