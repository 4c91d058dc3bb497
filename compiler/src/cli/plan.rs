//! `nexusc plan`: shows what applying a policy would change.

use super::apply::UNFINISHED;
use super::base::{BaseAccountOptions, remarks_of};
use super::connect::{check_account, connect};
use super::gate::GateOptions;
use super::policy::eprint_findings;
use super::reports::{ReportOptions, verdict};
use super::{
    Failure, PolicyOptions, RegistryOptions, World, file, git, parse_principal, repository, runtime,
};
use crate::access::difference::Size;
use crate::diagnostic::Severity;
use crate::pipeline::{Applier, Extent, ParsedPolicy, PermissionCheck, Planning};
use crate::plan::Plan;
use crate::report::review::ReviewedChange;
use crate::report::{Contents, RunReport, plan_text, printable_line};
use clap::Args;
use schema::name::PrincipalId;
use std::path::PathBuf;

/// The options of `plan`.
#[derive(Args)]
pub struct Options {
    #[command(flatten)]
    policy: PolicyOptions,
    #[command(flatten)]
    gate: GateOptions,
    #[command(flatten)]
    registry: RegistryOptions,
    /// Plan against a snapshot of the account, a file written by `nexusc snapshot`, without a network
    ///
    /// Permissions are checked for `--as`, else for the policy's `apply_as`. The plan shows what an apply would change if
    /// the account were still as in the snapshot; it cannot be applied, as what it was judged by may be outdated.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["registry", "profile", "config_file", "allow_insecure", "timeout", "out"])]
    account: Option<PathBuf>,
    #[command(flatten)]
    base_account: BaseAccountOptions,
    /// Check the permissions of this principal instead of the policy's `apply_as` or the API key's owner
    #[arg(long = "as", value_name = "PRINCIPAL", value_parser = parse_principal)]
    applier: Option<PrincipalId>,
    /// Plan only the Endpoints and private connections that list the API key's owner in `managed_by`
    ///
    /// Directly or through a group; with --as, those that list that principal. Everything else is not changed and
    /// needs no permission; it is counted in the plan. Objects that the policy no longer declares are not detected.
    #[arg(long)]
    mine: bool,
    /// Save the plan to a file, for `nexusc apply --plan`
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Exit with 2 when there are changes, and with 1 when there are none and the account does not match the policy
    #[arg(long)]
    detailed_exitcode: bool,
    #[command(flatten)]
    reports: ReportOptions,
}

/// Plans a policy against the registry.
pub fn run(options: Options, world: &mut World) -> Result<u8, Failure> {
    options.reports.check(&options.policy.paths)?;
    if let Some(path) = &options.out {
        // A plan that fails leaves no older one to apply.
        file::invalidate_plan(path, UNFINISHED)?;
    }
    let mut parsed =
        options.policy.load_with_base((&options.gate.base, &options.gate.base_variables), world)?;
    let made = planning(&options, &mut parsed, world)?.at_commit(git::commit(&options.policy.paths));
    let Some(plan) = made.plan() else {
        if options.reports.is_for_people() {
            eprint_findings(&made.findings, &parsed, world);
        }
        write_reports(&options, &made, None, &parsed, 1, world)?;
        return Ok(options.reports.exit_code(1));
    };
    if options.reports.is_for_people() {
        eprint_planning(&made, &parsed, world);
    } else {
        eprint_remarks(&made, world);
    }
    if let Some(path) = &options.out {
        file::replace(path, &file::pretty(&plan)?)?;
    }
    if options.reports.is_for_people() {
        world.print(&plan_text(&plan));
    }
    let is_approved =
        options.gate.is_approved(&made, &parsed, &options.policy.paths, Size::default(), world)?;
    write_reports(&options, &made, Some(&plan), &parsed, if is_approved { 0 } else { 3 }, world)?;
    Ok(match options.detailed_exitcode {
        _ if !is_approved => options.reports.exit_code(3),
        true if !plan.is_empty() => 2,
        true if !plan.uncorrected.is_empty() => 1,
        _ => 0,
    })
}

/// Writes the reports. Of a policy with errors, they have the findings instead of what was asked for.
fn write_reports(
    options: &Options,
    made: &Planning,
    plan: Option<&Plan>,
    parsed: &ParsedPolicy,
    code: u8,
    world: &mut World,
) -> Result<(), Failure> {
    if !options.reports.is_needed() {
        return Ok(());
    }
    let paths = repository::paths(parsed.files(), world);
    let contents = plan.map(|plan| {
        let change = ReviewedChange {
            difference: &made.difference,
            rules: &made.rules,
            connectivity: &plan.connectivity,
            policy: Some(&made.policy),
            base: None,
            sources: &parsed.sources,
            paths: &paths,
            as_of: parsed.today,
            digest: Some(&made.digest.0),
            is_compared: true,
        };
        Contents::Plan(plan, change)
    });
    let report = RunReport {
        findings: &made.findings,
        sources: &parsed.sources,
        paths: &paths,
        as_of: parsed.today,
        verdict: verdict(code),
        fails: Severity::Error,
        remarks: &remarks_of(&options.gate.base),
        contents: contents.unwrap_or(Contents::Findings),
        options: &options.reports.format_options(),
    };
    options.reports.write(&report, world)
}

/// Compares the policy with the account: with the snapshot that is given, else with the registry.
fn planning(options: &Options, parsed: &mut ParsedPolicy, world: &mut World) -> Result<Planning, Failure> {
    let extent = Extent::of(options.mine);
    let applier = match (&options.applier, extent) {
        (Some(id), _) => Applier::Named(id),
        (None, Extent::Owned) => Applier::Credential,
        (None, Extent::Whole) => Applier::Declared,
    };
    if let Some(path) = &options.account {
        let (facts, change) = options.base_account.facts(path, &options.policy.paths, &options.gate.base)?;
        parsed.changed_files.extend(change);
        return Ok(Planning::of_snapshot(parsed, &facts, applier, extent, world.now)?);
    }
    let registry = connect(&options.registry, world)?;
    runtime()?.block_on(async {
        check_account(&registry, world).await?;
        Ok(Planning::of(parsed, &registry, applier, extent, world.now).await?)
    })
}

/// Writes what was found to standard error.
pub fn eprint_planning(planning: &Planning, parsed: &ParsedPolicy, world: &mut World) {
    eprint_findings(&planning.findings, parsed, world);
    eprint_remarks(planning, world);
}

/// Writes to standard error what was not checked.
fn eprint_remarks(planning: &Planning, world: &mut World) {
    if planning.permissions == PermissionCheck::NoApplier {
        world.note("permissions were not checked: set `apply_as` in `account` or pass `--as`\n");
    }
    if let Some(id) = &planning.owns_nothing {
        let text = format!("nothing in the policy lists `{id}` in `managed_by`");
        world.eprint(&(printable_line(&text) + "\n"));
    }
}
