//! `nexusc check`: reports all findings of a policy, without a network.

use super::{AccountOptions, FailOn, Failure, PolicyOptions, World, parse_principal};
use crate::check::any_at_least;
use crate::pipeline::{Checked, PermissionCheck};
use crate::policy::Policy;
use crate::report::{Audience, FORMATS, FindingsFormat, FindingsInput, summary};
use clap::Args;
use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use schema::name::PrincipalId;

/// The options of `check`.
#[derive(Args)]
pub struct Options {
    #[command(flatten)]
    policy: PolicyOptions,
    #[command(flatten)]
    account: AccountOptions,
    /// Check the permissions of this principal instead of the policy's `apply_as`
    #[arg(long = "as", value_name = "PRINCIPAL", value_parser = parse_principal)]
    applier: Option<PrincipalId>,
    /// The lowest severity that fails the check
    #[arg(long, value_enum, default_value = "error")]
    fail_on: FailOn,
    /// Output format
    #[arg(long, value_parser = findings_format(), default_value = FORMATS.first().map(|format| format.name))]
    format: &'static FindingsFormat,
}

/// Checks a policy.
pub fn run(options: Options, world: &mut World) -> Result<u8, Failure> {
    let parsed = options.policy.load(world)?;
    let facts = options.account.facts()?;
    let Checked { policy, findings, permissions } =
        Checked::of(&parsed, facts.as_ref(), options.applier.as_ref())?;
    if permissions == PermissionCheck::NoApplier {
        let hint = "permissions were not checked: set `apply_as` in `account` or pass `--as`\n";
        world.eprint(hint);
    }
    let failed = any_at_least(&findings, options.fail_on.severity());
    let colour = world.colour(world.out_is_terminal);
    let (sources, as_of) = (&parsed.sources, parsed.today);
    world.print(&(options.format.render)(&FindingsInput { findings: &findings, sources, as_of, colour }));
    if options.format.audience == Audience::People {
        world.eprint(&format!("{}: {}\n", counts(&policy), summary(&findings)));
    }
    // The process exits here: freeing a policy of 80,000 calls would take 5 ms more.
    std::mem::forget((parsed, policy));
    Ok(u8::from(failed))
}

/// The formats by their names.
fn findings_format() -> impl TypedValueParser<Value = &'static FindingsFormat> {
    let names = FORMATS.iter().map(|format| PossibleValue::new(format.name).help(format.about));
    PossibleValuesParser::new(names)
        .try_map(|name| FORMATS.iter().find(|format| format.name == name).ok_or("there is no such format"))
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
