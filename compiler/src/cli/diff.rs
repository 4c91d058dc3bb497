//! `nexusc diff`: shows how access differs between two policies.

use super::approval::{ApprovalOptions, needs_approval};
use super::base::{BaseAccountOptions, BaseVariableOptions};
use super::policy::eprint_findings;
use super::reports::{ReportOptions, verdict};
use super::{AccountOptions, Failure, PolicyOptions, World, repository};
use crate::access::difference::Difference;
use crate::check::{Unjudged, any_at_least};
use crate::diagnostic::Severity;
use crate::pipeline::{Base, ChangeDigest, Judgement, policy_difference};
use crate::plan::{ConnectivityChange, declared_connectivity};
use crate::report::review::ReviewedChange;
use crate::report::{Contents, RunReport, difference_text, rules_text};
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
    #[command(flatten)]
    reports: ReportOptions,
}

/// Compares a policy with its base. Both judge the change.
pub fn run(options: Options, world: &mut World) -> Result<u8, Failure> {
    options.reports.check(&options.policy.paths)?;
    let (base, mut parsed) = options.policy.load_both((&options.base, &options.base_variables), world)?;
    let account = options.account.account.as_deref();
    let facts = account.map(|path| options.base_account.facts(path, &options.policy.paths, &options.base));
    let (facts, change) = facts.transpose()?.unzip();
    parsed.changed_files.extend(change.flatten());
    let facts = facts.as_ref();
    let base = Base::of(&base, facts);
    let (policy, mut findings) = parsed.compile(facts);
    parsed.check_permissions(&policy, facts, None, &mut findings)?;
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
    let connectivity =
        if is_judged { declared_connectivity(&base.policy, &policy) } else { ConnectivityChange::default() };
    let digest = ChangeDigest::of(&account, &compared, &connectivity, &rules);
    if options.reports.is_for_people() {
        eprint_findings(&findings, &parsed, world);
        world.print(&rules_text(&rules));
        if is_judged {
            world.print(&difference_text(&compared));
        }
    }
    let is_approved = has_errors
        || !needs_approval(&findings, &rules)
        || options.approvals.is_approved(&digest, &options.policy.paths, parsed.today, world)?;
    let code = match (has_errors, is_approved) {
        (true, _) => 1,
        (false, false) => 3,
        (false, true) => 0,
    };
    if options.reports.is_needed() {
        let paths = repository::paths(parsed.files(), world);
        let change = ReviewedChange {
            difference: &compared,
            rules: &rules,
            connectivity: &connectivity,
            policy: &policy,
            base: Some(&base.policy),
            sources: &parsed.sources,
            paths: &paths,
            as_of: parsed.today,
            digest: Some(&*digest.0).filter(|_| !has_errors),
        };
        let report = RunReport {
            findings: &findings,
            sources: &parsed.sources,
            paths: &paths,
            as_of: parsed.today,
            verdict: verdict(code),
            fails: Severity::Error,
            remarks: &[],
            contents: Contents::Difference(change),
            options: &options.reports.format_options(),
        };
        options.reports.write(&report, world)?;
    }
    Ok(options.reports.exit_code(code))
}
