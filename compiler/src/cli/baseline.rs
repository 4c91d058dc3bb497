//! The baseline of `check`: known findings that it lets pass.

use super::{Failure, World, file};
use crate::check::Baseline;
use crate::diagnostic::source::Sources;
use crate::facts::Facts;
use crate::pipeline::{Checked, ParsedPolicy};
use crate::report::{counted, printable_line};
use clap::Args;
use schema::name::PrincipalId;
use std::path::PathBuf;

/// The options of a baseline.
#[derive(Args)]
pub struct BaselineOptions {
    /// Let known findings pass: those in a file that `--update-baseline` wrote
    ///
    /// A finding is recognised by what it is about, such as its code, guard, Endpoint, caller and target, never by its file, line or
    /// text. Only what a `nexusc:ignore` comment may silence can be in a baseline. Entries that match no finding are reported.
    /// `plan`, `apply` and `diff` have no baseline.
    #[arg(long, value_name = "FILE")]
    baseline: Option<PathBuf>,
    /// Write the findings of this run to the file of `--baseline`, and let them pass
    #[arg(long, requires = "baseline")]
    update_baseline: bool,
}

impl BaselineOptions {
    /// Reads the baseline, if one is named, and adds its file to `sources`. One that is to be written may not exist yet.
    pub fn read(&self, sources: &mut Sources) -> Result<Option<Baseline>, Failure> {
        let Some(path) = &self.baseline else { return Ok(None) };
        if self.update_baseline && !path.exists() && !path.is_symlink() {
            return Ok(None);
        }
        let shown = path.display();
        let help = "create it with `nexusc check --baseline FILE --update-baseline`";
        let text = file::read(path).map_err(|failure| failure.help(help))?;
        let refused =
            |error| Failure::new(format!("`{shown}` cannot be used as a baseline: {error}")).help(help);
        Baseline::parse(&shown.to_string(), &text, sources).map(Some).map_err(refused)
    }

    /// Checks a policy, without the findings that the baseline lets pass.
    pub fn check(
        &self,
        known: Option<&Baseline>,
        parsed: &ParsedPolicy,
        facts: Option<&Facts>,
        applier: Option<&PrincipalId>,
        world: &mut World,
    ) -> Result<Checked, Failure> {
        let Some(path) = &self.baseline else { return Ok(Checked::of(parsed, facts, applier)?) };
        let (mut passed, mut written) = (0, None);
        let checked = Checked::sifted(parsed, facts, applier, |findings, context| {
            // A policy with errors does not show all findings.
            let new = (self.update_baseline && context.policy.whole)
                .then(|| Baseline::of(&findings, known, context));
            let Some(baseline) = new.as_ref().or(known) else { return findings };
            let (findings, count) = baseline.sift(findings, context);
            (passed, written) = (count, new);
            findings
        })?;
        let shown = path.display();
        let text = match &written {
            Some(baseline) => {
                file::replace_as("--baseline", path, &baseline.text())?;
                format!("wrote {} to the baseline `{shown}`", counted(baseline.len(), "finding"))
            }
            None if self.update_baseline => {
                format!("the baseline `{shown}` was not written: the policy has errors")
            }
            None => format!("the baseline `{shown}` lets {} pass", counted(passed, "finding")),
        };
        world.eprint(&(printable_line(&text) + "\n"));
        Ok(checked)
    }
}
