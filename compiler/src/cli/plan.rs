//! `nexusc plan`: shows what applying a policy would change.

use super::connect::{check_account, connect};
use super::policy::eprint_findings;
use super::{Failure, Format, PolicyOptions, RegistryOptions, World, file, parse_principal, runtime};
use crate::diagnostic::{Finding, Severity};
use crate::pipeline::{Applier, Extent, ParsedPolicy, Planning};
use crate::plan::Plan;
use crate::report::{findings_json, plan_text, printable_line};
use clap::Args;
use schema::name::PrincipalId;
use std::path::PathBuf;

/// The options of `plan`.
#[derive(Args)]
pub struct Options {
    #[command(flatten)]
    policy: PolicyOptions,
    #[command(flatten)]
    registry: RegistryOptions,
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
    /// Exit with 2 when there are changes
    #[arg(long)]
    detailed_exitcode: bool,
    /// Output format
    #[arg(long, value_enum, default_value = "human")]
    format: Format,
}

/// Plans a policy against the registry.
pub fn run(options: Options, world: &mut World) -> Result<u8, Failure> {
    let parsed = options.policy.load(world)?;
    let registry = connect(&options.registry, world)?;
    let extent = Extent::of(options.mine);
    let made = runtime()?.block_on(async {
        check_account(&registry, world).await?;
        let applier = match (&options.applier, extent) {
            (Some(id), _) => Applier::Named(id),
            (None, Extent::Owned) => Applier::Credential,
            (None, Extent::Whole) => Applier::Declared,
        };
        Ok::<_, Failure>(Planning::of(&parsed, &registry, applier, extent, world.now).await?)
    })?;
    let Some(plan) = made.plan() else {
        print_refusal(&made.findings, &parsed, options.format, world);
        return Ok(1);
    };
    eprint_planning(&made, &parsed, world);
    write(&options, &plan, world)?;
    let needs_approval = made.findings.iter().any(|finding| finding.severity == Severity::Approval);
    Ok(match options.detailed_exitcode && !plan.is_empty() {
        _ if needs_approval => 3,
        true => 2,
        false => 0,
    })
}

fn write(options: &Options, plan: &Plan, world: &mut World) -> Result<(), Failure> {
    let json = file::pretty(plan)?;
    if let Some(path) = &options.out {
        file::replace(path, &json)?;
    }
    match options.format {
        Format::Json => world.print(&json),
        Format::Human => world.print(&plan_text(plan)),
    }
    Ok(())
}

/// Shows findings instead of what was asked for: to a program they are the result.
fn print_refusal(findings: &[Finding], parsed: &ParsedPolicy, format: Format, world: &mut World) {
    match format {
        Format::Human => eprint_findings(findings, parsed, world),
        Format::Json => world.print(&findings_json(findings, &parsed.sources, parsed.today)),
    }
}

/// Writes what was found to standard error.
pub fn eprint_planning(planning: &Planning, parsed: &ParsedPolicy, world: &mut World) {
    eprint_findings(&planning.findings, parsed, world);
    if let Some(id) = &planning.owns_nothing {
        let text = format!("nothing in the policy lists `{id}` in `managed_by`");
        world.eprint(&(printable_line(&text) + "\n"));
    }
}
