//! `nexusc check`: everything that is wrong with a policy, without a network.

use super::{AccountOptions, FailOn, Failure, Format, PolicyOptions, World, parse_principal};
use crate::check::any_at_least;
use crate::pipeline::{Checked, PermissionCheck};
use crate::policy::Policy;
use crate::report::{findings_json, findings_text, summary};
use clap::Args;
use schema::name::PrincipalId;

/// The options of `check`.
#[derive(Args)]
pub struct Options {
    #[command(flatten)]
    policy: PolicyOptions,
    #[command(flatten)]
    account: AccountOptions,
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
    let parsed = options.policy.load(world)?;
    let facts = options.account.facts()?;
    let Checked { policy, findings, permissions } =
        Checked::of(&parsed, facts.as_ref(), options.applier.as_ref())?;
    if permissions == PermissionCheck::NoApplier {
        let told = "nobody's permission was checked: name who applies the policy with `apply_as` or `--as`\n";
        world.eprint(told);
    }
    let failed = any_at_least(&findings, options.fail_on.severity());
    match options.format {
        Format::Json => {
            let report = findings_json(&findings, &parsed.sources, parsed.today);
            world.print(&format!("{report:#}\n"));
        }
        Format::Human => {
            let text = findings_text(&findings, &parsed.sources, world.colour(world.out_is_terminal));
            world.print(&text);
            world.eprint(&format!("{}: {}\n", counts(&policy), summary(&findings)));
        }
    }
    // The process ends here: giving back piece by piece what a large policy took would only take time.
    std::mem::forget((parsed, policy));
    Ok(u8::from(failed))
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
