//! `nexusc check`: reports all findings of a policy, without a network.

use super::baseline::BaselineOptions;
use super::policy::InputOptions;
use super::reports::{ReportOptions, verdict};
use super::{AccountOptions, FailOn, Failure, PolicyOptions, World, parse_principal, repository};
use crate::check::any_at_least;
use crate::pipeline::{Checked, PermissionCheck};
use crate::policy::Policy;
use crate::report::{Contents, RunReport, findings_text, summary};
use clap::Args;
use schema::name::PrincipalId;

/// The options of `check`.
#[derive(Args)]
pub struct Options {
    #[command(flatten)]
    policy: PolicyOptions,
    #[command(flatten)]
    input: InputOptions,
    #[command(flatten)]
    account: AccountOptions,
    /// Check the permissions of this principal instead of the policy's `apply_as`
    #[arg(long = "as", value_name = "PRINCIPAL", value_parser = parse_principal)]
    applier: Option<PrincipalId>,
    #[command(flatten)]
    baseline: BaselineOptions,
    /// The lowest severity that fails the check
    #[arg(long, value_enum, default_value = "error")]
    fail_on: FailOn,
    #[command(flatten)]
    reports: ReportOptions,
}

/// Checks a policy.
pub fn run(options: Options, world: &mut World) -> Result<u8, Failure> {
    options.reports.check(&options.policy.paths)?;
    let mut parsed = options.policy.load_with_input(&options.input, world)?;
    let facts = options.account.facts()?;
    let known = options.baseline.read(&mut parsed.sources)?;
    let (facts, applier) = (facts.as_ref(), options.applier.as_ref());
    let Checked { policy, findings, permissions } =
        options.baseline.check(known.as_ref(), &parsed, facts, applier, world)?;
    if permissions == PermissionCheck::NoApplier {
        let hint = "permissions were not checked: set `apply_as` in `account` or pass `--as`\n";
        world.note(hint);
    }
    let code = u8::from(any_at_least(&findings, options.fail_on.severity()));
    if options.reports.is_for_people() {
        let colour = world.colour(world.out_is_terminal);
        world.print(&findings_text(&findings, &parsed.sources, colour));
        world.note(&format!("{}: {}\n", counts(&policy), summary(&findings)));
    }
    if options.reports.is_needed() {
        let report = RunReport {
            findings: &findings,
            sources: &parsed.sources,
            paths: &repository::paths(parsed.files(), world),
            as_of: parsed.today,
            verdict: verdict(code),
            fails: options.fail_on.severity(),
            remarks: &[],
            contents: Contents::Findings,
            options: &options.reports.format_options(),
        };
        options.reports.write(&report, world)?;
    }
    // The process exits here: freeing a policy of 80,000 calls would take 5 ms more.
    std::mem::forget((parsed, policy));
    Ok(options.reports.exit_code(code))
}

fn counts(policy: &Policy) -> String {
    let count = |count, what| crate::report::counted(count, what);
    format!(
        "checked {}, {} and {}",
        count(policy.namespaces.len(), "Namespace"),
        count(policy.principals.len(), "principal"),
        count(policy.endpoints.len(), "Endpoint"),
    )
}
