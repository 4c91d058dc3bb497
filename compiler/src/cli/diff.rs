//! `nexusc diff`: shows how access differs between two policies.

use super::approval::{ApprovalOptions, needs_approval};
use super::base::{BaseAccountOptions, BaseVariableOptions};
use super::policy::eprint_findings;
use super::{AccountOptions, Failure, Format, PolicyOptions, World};
use crate::access::difference::Difference;
use crate::check::{Unjudged, any_at_least};
use crate::diagnostic::Severity;
use crate::pipeline::{Base, ChangeDigest, Judgement, policy_difference};
use crate::plan::ConnectivityChange;
use crate::report::{difference_json, difference_text, rules_text};
use clap::Args;
use std::path::PathBuf;

/// The options of `diff`.
#[derive(Args)]
pub struct Options {
    /// The policy before the change: files, and directories that hold `*.nexus.hcl` and `*.nexus.json`; may be repeated
    #[arg(long, value_name = "POLICY", required = true)]
    base: Vec<PathBuf>,
    #[command(flatten)]
    base_variables: BaseVariableOptions,
    #[command(flatten)]
    policy: PolicyOptions,
    #[command(flatten)]
    account: AccountOptions,
    #[command(flatten)]
    base_account: BaseAccountOptions,
    #[command(flatten)]
    approvals: ApprovalOptions,
    /// Output format
    #[arg(long, value_enum, default_value = "human")]
    format: Format,
}

/// Compares a policy with its base. Both judge the change.
pub fn run(options: Options, world: &mut World) -> Result<u8, Failure> {
    let (base, mut parsed) = options.policy.load_both((&options.base, &options.base_variables), world)?;
    let account = options.account.account.as_deref();
    let facts = account.map(|path| options.base_account.facts(path, &options.policy.paths, &options.base));
    let (facts, change) = facts.transpose()?.unzip();
    parsed.changed_files.extend(change.flatten());
    let facts = facts.as_ref();
    let base = Base::of(&base, facts);
    let (policy, mut findings) = parsed.compile(facts);
    let mut unjudged = Unjudged::default();
    let rules = parsed.rule_changes(&policy, &base, facts);
    let difference = policy_difference(&base.policy, &policy, facts, parsed.today);
    let difference = Difference { rules_changed: rules.len(), ..difference };
    parsed.check_difference(&policy, Some(&base), facts, &difference, &mut unjudged, &mut findings);
    unjudged.report(&policy, &mut findings);
    let judgement = parsed.judge(&policy, &base, facts, &difference, rules, findings);
    let Judgement { findings, rules, is_judged } = judgement;
    let has_errors = any_at_least(&findings, Severity::Error);
    // A policy with errors of its text is not compared: what it lacks may be in a block with an error.
    let compared = if is_judged { difference } else { Difference::default() };
    let account = policy.account.id.as_ref().map(|(id, _)| id.to_string()).unwrap_or_default();
    let digest = ChangeDigest::of(&account, &compared, &ConnectivityChange::default(), &rules);
    let told = Some(&*digest.0).filter(|_| !has_errors);
    match options.format {
        Format::Human => {
            eprint_findings(&findings, &parsed, world);
            world.print(&rules_text(&rules));
            if is_judged {
                world.print(&difference_text(&compared));
            }
        }
        Format::Json => {
            let rules = (&*rules, told);
            world.print(&difference_json(&compared, rules, &findings, &parsed.sources, parsed.today));
        }
    }
    if has_errors {
        return Ok(1);
    }
    let needs_approval = needs_approval(&findings, &rules)
        && !options.approvals.is_approved(&digest, &options.policy.paths, parsed.today, world)?;
    Ok(if needs_approval { 3 } else { 0 })
}
