//! `nexusc check`: everything that is wrong with a policy, without a network.

use super::compile::Parsed;
use super::{FailOn, Failure, Format, PolicyOptions, World, parse_principal};
use crate::check::permission::{Identity, check, check_managers, demands};
use crate::check::{any_at_least, in_order};
use crate::policy::Policy;
use crate::render::{findings_json, findings_text, summary};
use clap::Args;
use schema::diagnostic::Findings;
use schema::name::PrincipalId;

/// The options of `check`.
#[derive(Args)]
pub struct Options {
    #[command(flatten)]
    policy: PolicyOptions,
    /// Whose permissions are checked, instead of the policy's `apply_as`
    #[arg(long = "as", value_name = "PRINCIPAL", value_parser = parse_principal)]
    applier: Option<PrincipalId>,
    /// The least severity that fails the check
    #[arg(long, value_enum, default_value = "error")]
    fail_on: FailOn,
    /// How findings are written
    #[arg(long, value_enum, default_value = "human")]
    format: Format,
}

/// Checks a policy.
pub fn run(options: Options, world: &mut World) -> Result<u8, Failure> {
    let parsed = Parsed::read(&options.policy, world)?;
    let (policy, mut findings) = parsed.compile(None);
    check_permissions(&options, &parsed, &policy, &mut findings, world)?;
    let findings = in_order(findings);
    let failed = any_at_least(&findings, options.fail_on.severity());
    match options.format {
        Format::Json => {
            let report = findings_json(&findings, &parsed.sources, parsed.today);
            world.data(&format!("{report:#}\n"));
        }
        Format::Human => {
            let text = findings_text(&findings, &parsed.sources, world.colour(world.out_is_terminal));
            world.data(&text);
            world.talk(&format!("{}: {}\n", counts(&policy), summary(&findings)));
        }
    }
    Ok(u8::from(failed))
}

fn check_permissions(
    options: &Options,
    parsed: &Parsed,
    policy: &Policy,
    findings: &mut Findings,
    world: &mut World,
) -> Result<(), Failure> {
    check_managers(policy, None, parsed.today, findings);
    let (id, named) = match (&options.applier, &policy.account.apply_as) {
        (Some(id), _) => (id, None),
        (None, Some(used)) => (&used.id, Some(used.span)),
        (None, None) => {
            let declared =
                parsed.document.of_kind("account").any(|account| account.attribute("apply_as").is_some());
            if !declared {
                world.talk("nobody's permission was checked: name who applies the policy with `apply_as` or `--as`\n");
            }
            return Ok(());
        }
    };
    match Identity::of(id, named, policy, None, parsed.today) {
        Some(identity) => check(&identity, demands(policy), findings),
        None if named.is_none() && policy.account.id.is_some() => {
            let help = "name a `user`, `service_account` or `group` of the policy";
            return Err(
                Failure::new(format!("`--as {id}`: the policy does not declare this principal")).help(help)
            );
        }
        None => {}
    }
    Ok(())
}

fn counts(policy: &Policy) -> String {
    let count = |count, what| crate::render::counted(count, what);
    format!(
        "checked {}, {} and {}",
        count(policy.namespaces.len(), "Namespace"),
        count(policy.principals.len(), "principal"),
        count(policy.endpoints.len(), "Endpoint"),
    )
}
