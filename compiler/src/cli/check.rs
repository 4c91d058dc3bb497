//! `nexusc check`: everything that is wrong with a policy, without a network.

use super::compile::Parsed;
use super::{AccountOptions, FailOn, Failure, Format, PolicyOptions, World, parse_principal};
use crate::check::permission::{Identity, check, check_managers, demands};
use crate::check::{account_mismatch, any_at_least};
use crate::diagnostic::Findings;
use crate::facts::Facts;
use crate::language::block::BlockKind;
use crate::plan::{Planned, connectivity, diff};
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
    let parsed = Parsed::read(&options.policy, world)?;
    let facts = options.account.facts()?;
    let Checked { policy, findings, nobody } =
        Checked::of(&parsed, facts.as_ref(), options.applier.as_ref())?;
    if nobody {
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

/// A policy that was checked.
pub struct Checked {
    /// What it declares.
    pub policy: Policy,
    /// Everything that was found, in order.
    pub findings: Findings,
    /// Whether neither the policy nor the caller says whose permissions to check.
    pub nobody: bool,
}

impl Checked {
    /// Checks a policy with the account's facts or without, for `applier` or else for whom it names itself.
    ///
    /// # Errors
    /// When there is no such `applier`.
    pub fn of(
        parsed: &Parsed,
        facts: Option<&Facts>,
        applier: Option<&PrincipalId>,
    ) -> Result<Self, Failure> {
        let (policy, mut findings) = parsed.compile(facts);
        let nobody = check_permissions(parsed, &policy, facts, applier, &mut findings)?;
        let findings = parsed.finalize(findings, &policy, facts);
        Ok(Self { policy, findings, nobody })
    }
}

/// Whether nobody's permissions could be checked, since nobody is named.
fn check_permissions(
    parsed: &Parsed,
    policy: &Policy,
    facts: Option<&Facts>,
    applier: Option<&PrincipalId>,
    findings: &mut Findings,
) -> Result<bool, Failure> {
    if facts.is_some_and(|facts| account_mismatch(policy, facts).is_some()) {
        return Ok(false);
    }
    let declared = policy.account.apply_as.as_ref();
    check_managers(policy, facts, applier.or(declared.map(|used| &used.id)), findings);
    let (id, named) = match (applier, declared) {
        (Some(id), _) => (id, None),
        (None, Some(used)) => (&used.id, Some(used.span)),
        (None, None) => {
            let mut accounts = parsed.document.of_kind(BlockKind::Account);
            return Ok(!accounts.any(|account| account.attribute("apply_as").is_some()));
        }
    };
    let Some(identity) = Identity::of(id, named, policy, facts) else {
        if named.is_some() || policy.account.id.is_none() || !policy.unclear.is_nothing_of(id) {
            return Ok(false);
        }
        let help = "name a `user`, `service_account` or `group` of the policy or of the account";
        return Err(Failure::new(format!("`--as {id}`: there is no such principal")).help(help));
    };
    // With facts only what would change needs a permission, without them everything that is managed does.
    let Some(facts) = facts else {
        check(&identity, demands(policy), findings);
        return Ok(false);
    };
    let planned = diff(policy, facts, parsed.today);
    let connected = connectivity(policy, facts);
    let demands = planned.iter().filter_map(Planned::demand);
    check(&identity, demands.chain(connected.demands()), findings);
    Ok(false)
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
