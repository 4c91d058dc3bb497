//! The policy and the account that a command line names, and what was found in them, shown.

use super::base::BaseVariableOptions;
use super::variables::VariableOptions;
use super::{Failure, World, snapshot};
use crate::check::any_at_least;
use crate::diagnostic::{Finding, Severity};
use crate::facts::Facts;
use crate::pipeline::ParsedPolicy;
use crate::policy::Policy;
use crate::report::{findings_text, summary};
use clap::Args;
use std::path::PathBuf;
use time::Date;

/// The policy that a command reads.
#[derive(Args)]
pub struct PolicyOptions {
    /// Policy files, and directories that hold `*.nexus.hcl` and `*.nexus.json`
    #[arg(default_value = ".", value_name = "POLICY")]
    pub paths: Vec<PathBuf>,
    /// Evaluate expiry dates as of this day instead of today
    #[arg(long, value_name = "YYYY-MM-DD", value_parser = super::parse_day)]
    pub as_of: Option<Date>,
    #[command(flatten)]
    pub variables: VariableOptions,
}

impl PolicyOptions {
    /// Reads and parses the policy.
    pub fn load(&self, world: &World) -> Result<ParsedPolicy, Failure> {
        Ok(ParsedPolicy::load(&self.paths, &self.variables.values(world), self.today(world))?)
    }

    /// Reads and parses the policy that it is compared with, and the policy.
    pub fn load_both(
        &self,
        (base, variables): (&[PathBuf], &BaseVariableOptions),
        world: &World,
    ) -> Result<(ParsedPolicy, ParsedPolicy), Failure> {
        if let Some(path) = base.iter().find(|path| !path.exists()) {
            let help = "name files or a folder; for a branch of Git, check it out: `git worktree add ../base BRANCH`, and pass a path in `../base`";
            return Err(
                Failure::new(format!("`--base {}`: no such file or folder", path.display())).help(help)
            );
        }
        let values = self.variables.values(world);
        let base_values = variables.values(&values, &self.paths, base)?;
        let base = (base, &base_values);
        Ok(ParsedPolicy::load_both(base, &self.paths, &values, self.today(world))?)
    }

    /// Reads and parses the policy, and its base where one is named: that judges too.
    pub fn load_with_base(
        &self,
        base: (&[PathBuf], &BaseVariableOptions),
        world: &World,
    ) -> Result<ParsedPolicy, Failure> {
        if base.0.is_empty() {
            return self.load(world);
        }
        let (base, mut parsed) = self.load_both(base, world)?;
        parsed.base = Some(Box::new(base));
        Ok(parsed)
    }

    fn today(&self, world: &World) -> Date {
        self.as_of.unwrap_or_else(|| world.now.date())
    }
}

/// The account's facts, from a file.
#[derive(Args)]
pub struct AccountOptions {
    /// The account's facts, a file written by `nexusc snapshot`: names that the policy does not declare are looked up
    /// there
    #[arg(long, value_name = "FILE")]
    pub account: Option<PathBuf>,
}

impl AccountOptions {
    /// The facts in the file, where one is named.
    pub fn facts(&self) -> Result<Option<Facts>, Failure> {
        self.account.as_deref().map(snapshot::read).transpose()
    }
}

/// The policy, unless it has errors; findings go to standard error.
pub fn accepted(parsed: &ParsedPolicy, facts: Option<&Facts>, world: &mut World) -> Option<Policy> {
    let (policy, findings) = parsed.compile(facts);
    let findings = parsed.finalize(findings, &policy, facts);
    eprint_findings(&findings, parsed, world);
    (!any_at_least(&findings, Severity::Error)).then_some(policy)
}

/// Writes findings to standard error, with a line that counts them; nothing when there are none.
pub fn eprint_findings(findings: &[Finding], parsed: &ParsedPolicy, world: &mut World) {
    if !findings.is_empty() {
        let text = findings_text(findings, &parsed.sources, world.colour(world.err_is_terminal));
        world.eprint(&format!("{text}{}\n", summary(findings)));
    }
}
