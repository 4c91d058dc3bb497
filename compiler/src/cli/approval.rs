//! Approvals: whether a change needs one, and whether it has one.

use super::base::{BasePath, in_revision, revision_of};
use super::{Failure, World, file};
use crate::check::rules::RuleChange;
use crate::diagnostic::{Finding, Severity};
use crate::load::StoredFile;
use crate::pipeline::{Approval, ChangeDigest, approved, parse_approvals};
use crate::report::printable_line;
use clap::Args;
use std::fmt::Display;
use std::path::{Component, Path, PathBuf};
use time::Date;

/// Where approvals are.
#[derive(Args)]
pub struct ApprovalOptions {
    /// Approvals: a JSON list of { digest, by, reason, until }, from outside of the policy's folders
    ///
    /// An approval is for one change, which its digest identifies, and lasts at most 90 days. A file within the policy does
    /// not count, as who proposes a change must not approve it: pass that of the base, or one that is kept elsewhere. With a
    /// base `REV:PATH` the file counts as it is at the base.
    #[arg(long, value_name = "FILE")]
    approvals: Option<PathBuf>,
}

impl ApprovalOptions {
    /// Tells whether a change that needs an approval has one.
    pub fn is_approved(
        &self,
        digest: &ChangeDigest,
        policy: &[PathBuf],
        base: &[BasePath],
        today: Date,
        world: &mut World,
    ) -> Result<bool, Failure> {
        let approvals = match &self.approvals {
            Some(path) => read(path, policy, base, today)?,
            None => Vec::new(),
        };
        let text = match approved(&approvals, digest, today) {
            Some(Approval { by, reason, until, .. }) => format!("approved by {by} until {until}: {reason}"),
            None => format!("approval needed for the change {}", digest.0),
        };
        let is_approved = text.starts_with("approved by");
        world.eprint(&(printable_line(&text) + "\n"));
        if !is_approved {
            let ChangeDigest(digest) = digest;
            let entry =
                format!(r#"{{"digest": "{digest}", "by": "…", "reason": "…", "until": "YYYY-MM-DD"}}"#);
            world.eprint(&format!("help: to approve it, add {entry} to the file of `--approvals`\n"));
        }
        Ok(is_approved)
    }
}

fn read(path: &Path, policy: &[PathBuf], base: &[BasePath], today: Date) -> Result<Vec<Approval>, Failure> {
    let comes_with = policy.iter().find(|policy| is_beside(path, policy));
    let of_base = match (comes_with, revision_of(base)?) {
        (Some(_), Some(base)) => in_revision(path, policy, base)?,
        _ => None,
    };
    if let Some(StoredFile { name, content, .. }) = of_base {
        let refused = |error: &dyn Display| Failure::new(format!("`{name}`: {error}"));
        let text = String::from_utf8(content).map_err(|_| refused(&"it is not valid UTF-8"))?;
        return parse_approvals(&text, today).map_err(|error| refused(&error));
    }
    if let Some(policy) = comes_with {
        let (path, policy) = (path.display(), policy.display());
        let message =
            format!("`{path}` comes with the policy `{policy}`: who proposes a change cannot approve it");
        let help = "pass the file of the base, or one from outside of the policy's folder and checkout";
        return Err(Failure::new(message).help(help));
    }
    let refused = |error| Failure::new(format!("`{}`: {error}", path.display()));
    parse_approvals(&file::read(path)?, today).map_err(refused)
}

/// Whether a file is in the folder of a policy or in the same git checkout.
pub fn is_beside(path: &Path, policy: &Path) -> bool {
    let whole = |path: &Path| std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let (named, path, policy) = (as_named(path), whole(path), whole(policy));
    let folder = if policy.is_dir() { Some(&*policy) } else { policy.parent() };
    let checkout =
        |path: &Path| path.ancestors().find(|folder| folder.join(".git").exists()).map(Path::to_owned);
    // A change may replace a file by a link that leads anywhere.
    [named, path].iter().any(|path| {
        let is_in_checkout = checkout(&policy).is_some_and(|root| checkout(path) == Some(root));
        is_in_checkout || folder.is_some_and(|folder| path.starts_with(folder))
    })
}

/// The absolute path of a file without its links below the current folder, which a change may have made.
pub fn as_named(path: &Path) -> PathBuf {
    let current = Path::new(".").canonicalize().unwrap_or_default();
    let mut named = PathBuf::new();
    for part in current.join(path).components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => drop(named.pop()),
            other => named.push(other),
        }
    }
    named
}

/// Whether somebody must agree to a change: a guard asks for it, or a rule is removed or weakened.
pub fn needs_approval(findings: &[Finding], rules: &[RuleChange]) -> bool {
    findings.iter().any(|finding| finding.severity == Severity::Approval)
        || rules.iter().any(|rule| rule.needs_approval)
}
