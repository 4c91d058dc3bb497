//! The files of the base that stand for those of the policy: who proposes a change may have edited its own.

use super::approval::is_beside;
use super::{Failure, snapshot};
use crate::check::rules::RuleChange;
use crate::facts::Facts;
use crate::pipeline::VariableValues;
use clap::Args;
use std::path::{Path, PathBuf};

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
        let files =
            values.files.iter().map(|file| in_base(file, policy, base, ["--var-file", "--base-var-file"]));
        Ok(VariableValues { files: files.collect::<Result<_, _>>()?, ..values.clone() })
    }
}

/// The account's facts as they are at the base.
#[derive(Args)]
pub struct BaseAccountOptions {
    /// The account's facts as they are at the base: they count in place of those of `--account`
    ///
    /// Without it a file of `--account` in the policy's folder is that of the same name in the base's folder, since who
    /// proposes a change may have edited it. Facts that differ from those of the base are a rule that changes.
    #[arg(long, value_name = "FILE", requires = "account")]
    base_account: Option<PathBuf>,
}

impl BaseAccountOptions {
    /// The facts that count, and their change, if the policy comes with others.
    pub fn facts(
        &self,
        account: &Path,
        policy: &[PathBuf],
        base: &[PathBuf],
    ) -> Result<(Facts, Option<RuleChange>), Failure> {
        let counts = match &self.base_account {
            _ if base.is_empty() => account.to_owned(),
            Some(path) => path.clone(),
            None => in_base(account, policy, base, ["--account", "--base-account"])?,
        };
        let facts = snapshot::read(&counts)?;
        let text = |path: &Path| std::fs::read(path).unwrap_or_default();
        let (before, after) = (text(&counts), text(account));
        let change = (before != after).then(|| {
            let name = account.file_name().unwrap_or_default().to_string_lossy();
            RuleChange::of_file(&format!("facts {name}"), &before, &after)
        });
        Ok((facts, change))
    }
}

/// The file of the base that a file was before the change; the file itself, where it does not come with the policy.
fn in_base(
    file: &Path,
    policy: &[PathBuf],
    base: &[PathBuf],
    [option, of_base]: [&str; 2],
) -> Result<PathBuf, Failure> {
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
            format!("`{option} {}` comes with the policy and may be part of the change", file.display());
        Failure::new(message).help(format!("pass the file as it is at the base with `{of_base}`"))
    })
}
