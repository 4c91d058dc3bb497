//! `nexusc plan`: what applying a policy would change.

use super::compile::Parsed;
use super::connect::{Credential, check_account, connect, credential, facts};
use super::{Failure, Format, PolicyOptions, RegistryOptions, World, file, parse_principal, runtime};
use crate::check::permission::{Identity, check, check_managers};
use crate::check::{account_mismatch, any_at_least};
use crate::diagnostic::{Finding, Severity};
use crate::facts::Facts;
use crate::plan::{LeftOut, Plan, Planned, VERSION, connectivity, diff};
use crate::policy::Policy;
use crate::policy::ownership::{OwnershipScope, Share};
use crate::report::{plan_text, printable_line};
use clap::Args;
use registry::Registry;
use schema::name::PrincipalId;
use std::path::PathBuf;
use time::format_description::well_known::Rfc3339;
use time::{Date, OffsetDateTime};

/// The options of `plan`.
#[derive(Args)]
pub struct Options {
    #[command(flatten)]
    policy: PolicyOptions,
    #[command(flatten)]
    registry: RegistryOptions,
    /// Whose permissions are checked, instead of the policy's `apply_as` or the API key's owner
    #[arg(long = "as", value_name = "PRINCIPAL", value_parser = parse_principal)]
    applier: Option<PrincipalId>,
    /// Plan only the Endpoints and private connections that list the API key's owner in `managed_by`
    ///
    /// By itself or by a group that it is in; with --as, those that list that principal. Everything else stays as it is:
    /// it is counted, and needs no permission. What was the key owner's own and is no longer declared is not known to be.
    #[arg(long)]
    mine: bool,
    /// Write the plan to a file, for `nexusc apply --plan`
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Exit with 2 when there is something to change
    #[arg(long)]
    detailed_exitcode: bool,
    /// How the plan is written
    #[arg(long, value_enum, default_value = "human")]
    format: Format,
}

/// Plans a policy against the registry.
pub fn run(options: Options, world: &mut World) -> Result<u8, Failure> {
    let parsed = Parsed::read(&options.policy, world)?;
    let registry = connect(&options.registry, world)?;
    let extent = Extent::of(options.mine);
    let made = runtime()?.block_on(async {
        check_account(&registry, world).await?;
        let applier = match (&options.applier, extent) {
            (Some(id), _) => Applier::Named(id),
            (None, Extent::OwnershipScope) => Applier::Credential,
            (None, Extent::Whole) => Applier::Declared,
        };
        Planning::of(&parsed, &registry, applier, extent, world.now).await
    })?;
    let Some(plan) = made.plan() else {
        parsed.refuse(&made.findings, options.format, world);
        return Ok(1);
    };
    made.eprint(&parsed, world);
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

/// Whose permissions a plan is checked for.
#[derive(Clone, Copy)]
pub enum Applier<'a> {
    /// The policy's `apply_as`, else the API key's owner.
    Declared,
    /// The API key's owner.
    Credential,
    /// This one.
    Named(&'a PrincipalId),
}

/// How much of a policy is planned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    /// All of it.
    Whole,
    /// What lists in `managed_by` whoever applies it.
    OwnershipScope,
}

impl Extent {
    /// What `--mine` asks for.
    #[must_use]
    pub fn of(mine: bool) -> Self {
        if mine { Self::OwnershipScope } else { Self::Whole }
    }
}

/// A policy compared with its account.
pub struct Planning {
    /// Everything that was found, in order.
    pub findings: Vec<Finding>,
    plan: Plan,
    /// Whoever is to apply only what is its own, where nothing is.
    owns_nothing: Option<PrincipalId>,
}

impl Planning {
    /// Reads the account's facts and compares the policy with them.
    pub async fn of(
        parsed: &Parsed,
        registry: &Registry,
        applier: Applier<'_>,
        extent: Extent,
        now: OffsetDateTime,
    ) -> Result<Self, Failure> {
        let credential = credential(registry).await?;
        let facts = facts(registry, credential.as_ref()).await?;
        let mine = mine(extent, applier, credential.as_ref(), &facts)?;
        let (policy, mut findings) = parsed.compile_for(mine, Some(&facts));
        let (planned, left_out) = planned(&policy, &facts, parsed.today);
        let identity = match credential {
            Some(credential) => Some(identity(&policy, &facts, applier, credential, &findings)?),
            None => nobody(applier)?,
        };
        let connected = connectivity(&policy, &facts);
        if account_mismatch(&policy, &facts).is_none() {
            if let Some(identity) = &identity {
                let demands = planned.iter().filter_map(Planned::demand);
                check(identity, demands.chain(connected.demands()), &mut findings);
                check_managers(&policy, Some(&facts), Some(&identity.id), &mut findings);
            }
            parsed.check_changes(&policy, &facts, &planned, &mut findings);
        }
        if let Some(mine) = &policy.mine {
            findings = mine.without_doubts_of_others(parsed.named(findings), &policy);
            mine.report_unseen_groups(&policy, &mut findings);
        }
        let made_at =
            now.format(&Rfc3339).map_err(|error| Failure::new(format!("the clock is wrong: {error}")))?;
        let plan = Plan {
            version: VERSION,
            account: facts.home.id().to_owned(),
            identity: identity.map(|identity| identity.id.to_string()),
            as_of: parsed.today.to_string(),
            made_at,
            changes: planned.into_iter().map(|planned| planned.change).collect(),
            connectivity: connected.change,
            left_out,
        };
        let findings = parsed.finalize(findings, &policy, Some(&facts));
        let unlisted = policy.mine.as_ref().filter(|mine| !mine.is_listed(&policy));
        let owns_nothing = unlisted.map(|mine| mine.id.clone());
        Ok(Self { findings, plan, owns_nothing })
    }

    /// Shows what was found as talk.
    pub(super) fn eprint(&self, parsed: &Parsed, world: &mut World) {
        parsed.eprint(&self.findings, world);
        if let Some(id) = &self.owns_nothing {
            let told = format!("nothing in the policy lists `{id}` in `managed_by`");
            world.eprint(&(printable_line(&told) + "\n"));
        }
    }

    /// The plan, unless an error was found.
    pub fn plan(&self) -> Option<Plan> {
        (!any_at_least(&self.findings, Severity::Error)).then(|| self.plan.clone())
    }
}

/// Whose objects alone are planned, where that is asked for.
fn mine(
    extent: Extent,
    applier: Applier,
    credential: Option<&Credential>,
    facts: &Facts,
) -> Result<Option<OwnershipScope>, Failure> {
    if extent == Extent::Whole {
        return Ok(None);
    }
    let own = credential.map(|credential| &credential.identity.id);
    let id = match applier {
        Applier::Named(id) => Some(id).filter(|_| own.is_some()),
        Applier::Declared | Applier::Credential => own,
    };
    let none = || {
        let help = "leave `--mine` out: on a self-hosted server nothing has a `managed_by`";
        Failure::new("a self-hosted server does not say whose objects are whose").help(help)
    };
    Ok(Some(OwnershipScope::of(id.ok_or_else(none)?, facts)))
}

/// What is to be changed, and what is left out where not all of it may be.
fn planned(policy: &Policy, facts: &Facts, today: Date) -> (Vec<Planned>, Option<LeftOut>) {
    let planned = diff(policy, facts, today);
    let Some(mine) = &policy.mine else { return (planned, None) };
    let Share { planned, left_out } = mine.share(planned, policy, facts);
    (planned, Some(left_out))
}

/// A server has no principals; its Authorizer judges each call.
fn nobody(applier: Applier) -> Result<Option<Identity>, Failure> {
    match applier {
        Applier::Named(id) => {
            let help = "leave `--as` out: the server's Authorizer decides who may do what";
            Err(Failure::new(format!("a self-hosted server has no principals such as `{id}`")).help(help))
        }
        Applier::Declared | Applier::Credential => Ok(None),
    }
}

fn identity(
    policy: &Policy,
    facts: &Facts,
    applier: Applier,
    credential: Credential,
    findings: &[Finding],
) -> Result<Identity, Failure> {
    let (id, named) = match (applier, &policy.account.apply_as) {
        (Applier::Named(id), _) => (id, None),
        (Applier::Declared, Some(used)) => (&used.id, Some(used.span)),
        _ => return Ok(credential.into_identity(policy)),
    };
    if *id == credential.identity.id {
        return Ok(Identity { named, ..credential.into_identity(policy) });
    }
    let identity = Identity::of(id, named, policy, Some(facts));
    if identity.is_none() && any_at_least(findings, Severity::Error) {
        // There will be no plan, and that it does not exist was reported where it is named or declared.
        return Ok(credential.into_identity(policy));
    }
    identity.ok_or_else(|| {
        let help = "name a principal of the account, or use its own API key";
        Failure::new(format!("`{id}` does not exist in {}", facts.home)).help(help)
    })
}

impl Credential {
    fn into_identity(self, policy: &Policy) -> Identity {
        let declared = policy.principals.get(&self.identity.id).map(|declared| declared.span);
        Identity { id: self.identity.id, rights: self.rights, named: None, declared }
    }
}
