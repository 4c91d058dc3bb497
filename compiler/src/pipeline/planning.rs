//! A policy compared with its account.

use super::difference::difference_of;
use super::{ParsedPolicy, PipelineError};
use crate::access::difference::{AccountAccess, Difference};
use crate::check::permission::{Identity, check, check_managers};
use crate::check::{account_mismatch, any_at_least};
use crate::diagnostic::{Finding, Severity};
use crate::facts::{Credential, Facts, credential, facts};
use crate::plan::{LeftOut, Plan, Planned, Share, VERSION, connectivity, diff};
use crate::policy::Policy;
use crate::policy::ownership::OwnershipScope;
use registry::Registry;
use schema::name::PrincipalId;
use time::format_description::well_known::Rfc3339;
use time::{Date, OffsetDateTime};

/// The principal whose permissions a plan is checked for.
#[derive(Clone, Copy)]
pub enum Applier<'a> {
    /// The policy's `apply_as`, else the API key's owner.
    Declared,
    /// The API key's owner.
    Credential,
    /// The given principal.
    Named(&'a PrincipalId),
}

/// How much of a policy is planned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    /// All of it.
    Whole,
    /// Only objects that list the applier in `managed_by`.
    Owned,
}

impl Extent {
    /// The extent for `--mine`.
    #[must_use]
    pub fn of(mine: bool) -> Self {
        if mine { Self::Owned } else { Self::Whole }
    }
}

/// A policy compared with its account.
pub struct Planning {
    /// All findings, in order.
    pub findings: Vec<Finding>,
    plan: Plan,
    /// How access differs after the plan.
    pub difference: Difference,
    /// The applier of a `--mine` plan, when nothing lists it in `managed_by`.
    pub owns_nothing: Option<PrincipalId>,
}

impl Planning {
    /// Reads the account's facts and compares the policy with them.
    pub async fn of(
        parsed: &ParsedPolicy,
        registry: &Registry,
        applier: Applier<'_>,
        extent: Extent,
        now: OffsetDateTime,
    ) -> Result<Self, PipelineError> {
        let credential = credential(registry).await?;
        let facts = facts(registry, credential.as_ref()).await?;
        let scope = scope(extent, applier, credential.as_ref(), &facts)?;
        let (policy, mut findings) = parsed.compile_for(scope, Some(&facts));
        let (planned, left_out) = planned(&policy, &facts, parsed.today);
        let identity = match credential {
            Some(credential) => Some(identity(&policy, &facts, applier, credential, &findings)?),
            None => no_identity(applier)?,
        };
        let connected = connectivity(&policy, &facts);
        let before = AccountAccess::of(&facts);
        let difference = difference_of(&before, planned.iter().map(|planned| &planned.change));
        if account_mismatch(&policy, &facts).is_none() {
            if let Some(identity) = &identity {
                let demands = planned.iter().filter_map(Planned::demand);
                check(identity, demands.chain(connected.demands()), &mut findings);
                check_managers(&policy, Some(&facts), Some(&identity.id), &mut findings);
            }
            parsed.check_difference(&policy, None, Some(&facts), &difference, &mut findings);
        }
        if let Some(scope) = &policy.scope {
            findings = scope.without_doubts_of_others(parsed.named(findings), &policy);
            scope.report_unseen_groups(&policy, &mut findings);
        }
        let made_at = now.format(&Rfc3339)?;
        let plan = Plan {
            version: VERSION,
            account: facts.home.id().to_owned(),
            identity: identity.map(|identity| identity.id.to_string()),
            as_of: parsed.today.to_string(),
            made_at,
            changes: planned.into_iter().map(|planned| planned.change).collect(),
            connectivity: connected.change,
            access: difference.rows(),
            left_out,
        };
        let findings = parsed.finalize(findings, &policy, Some(&facts));
        let unlisted = policy.scope.as_ref().filter(|scope| !scope.is_listed(&policy));
        let owns_nothing = unlisted.map(|scope| scope.id.clone());
        Ok(Self { findings, plan, difference, owns_nothing })
    }

    /// The plan, unless an error was found.
    pub fn plan(&self) -> Option<Plan> {
        (!any_at_least(&self.findings, Severity::Error)).then(|| self.plan.clone())
    }
}

/// The scope of a `--mine` plan.
fn scope(
    extent: Extent,
    applier: Applier,
    credential: Option<&Credential>,
    facts: &Facts,
) -> Result<Option<OwnershipScope>, PipelineError> {
    if extent == Extent::Whole {
        return Ok(None);
    }
    let own = credential.map(|credential| &credential.identity.id);
    let id = match applier {
        Applier::Named(id) => Some(id).filter(|_| own.is_some()),
        Applier::Declared | Applier::Credential => own,
    };
    Ok(Some(OwnershipScope::of(id.ok_or(PipelineError::NoOwnership)?, facts)))
}

/// The changes, and what `--mine` leaves out.
fn planned(policy: &Policy, facts: &Facts, today: Date) -> (Vec<Planned>, Option<LeftOut>) {
    let planned = diff(policy, facts, today);
    let Some(scope) = &policy.scope else { return (planned, None) };
    let Share { planned, left_out } = Share::of(scope, planned, policy, facts);
    (planned, Some(left_out))
}

/// Self-hosted Temporal has no principals; its Authorizer decides each call.
fn no_identity(applier: Applier) -> Result<Option<Identity>, PipelineError> {
    match applier {
        Applier::Named(id) => Err(PipelineError::NoPrincipals { id: id.clone() }),
        Applier::Declared | Applier::Credential => Ok(None),
    }
}

fn identity(
    policy: &Policy,
    facts: &Facts,
    applier: Applier,
    credential: Credential,
    findings: &[Finding],
) -> Result<Identity, PipelineError> {
    let (id, named) = match (applier, &policy.account.apply_as) {
        (Applier::Named(id), _) => (id, None),
        (Applier::Declared, Some(used)) => (&used.id, Some(used.span)),
        _ => return Ok(owner(credential, policy)),
    };
    if *id == credential.identity.id {
        return Ok(Identity { named, ..owner(credential, policy) });
    }
    let identity = Identity::of(id, named, policy, Some(facts));
    if identity.is_none() && any_at_least(findings, Severity::Error) {
        // The errors prevent a plan, and include one for this principal.
        return Ok(owner(credential, policy));
    }
    identity.ok_or_else(|| PipelineError::PrincipalNotInAccount { id: id.clone(), home: facts.home.clone() })
}

fn owner(credential: Credential, policy: &Policy) -> Identity {
    let declared = policy.principals.get(&credential.identity.id).map(|declared| declared.span);
    Identity { id: credential.identity.id, rights: credential.rights, named: None, declared }
}
