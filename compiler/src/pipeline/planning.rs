//! A policy compared with its account.

use super::approval::ChangeDigest;
use super::difference::difference_of;
use super::{Base, ParsedPolicy, PermissionCheck, PipelineError, idle};
use crate::access::deletion::unmanaged_endpoints;
use crate::access::difference::{AccountAccess, Difference, Size};
use crate::check::permission::{Identity, check, check_managers};
use crate::check::rules::RuleChange;
use crate::check::{Unjudged, account_mismatch, any_at_least};
use crate::diagnostic::{Finding, Severity};
use crate::facts::{Credential, Facts, credential, facts};
use crate::plan::{
    self, LeftOut, Plan, PlanSource, Planned, Share, SnapshotSource, VERSION, connectivity, diff, flaws,
    interrupted_targets, interruptions,
};
use crate::policy::ownership::OwnershipScope;
use crate::policy::{Policy, Unmanaged};
use registry::Registry;
use schema::backend::Backend;
use schema::name::PrincipalId;
use std::collections::BTreeSet;
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
    /// The policy.
    pub policy: Policy,
    /// How access differs after the plan.
    pub difference: Difference,
    /// The rules that change against the base.
    pub rules: Vec<RuleChange>,
    /// The digest of the change, for approvals.
    pub digest: ChangeDigest,
    /// Whether permissions were checked.
    pub permissions: PermissionCheck,
    /// The applier of a `--mine` plan, when nothing lists it in `managed_by`.
    pub owns_nothing: Option<PrincipalId>,
}

impl Planning {
    /// Reads the account's facts and compares the policy with them.
    ///
    /// # Errors
    /// When the account cannot be read, or the applier does not exist.
    pub async fn of(
        parsed: &ParsedPolicy,
        registry: &Registry,
        applier: Applier<'_>,
        extent: Extent,
        now: OffsetDateTime,
    ) -> Result<Self, PipelineError> {
        let credential = credential(registry).await?;
        let facts = facts(registry, credential.as_ref()).await?;
        Self::on(parsed, &facts, credential, applier, extent, now).map(|made| made.made_from(registry))
    }

    /// Like [`Self::of`], for an apply: operations in progress on what the policy manages are awaited first. `progress` gets
    /// a line about those.
    ///
    /// # Errors
    /// As [`Self::of`].
    pub async fn of_idle(
        parsed: &ParsedPolicy,
        registry: &Registry,
        applier: Applier<'_>,
        extent: Extent,
        now: OffsetDateTime,
        progress: impl FnMut(&str),
    ) -> Result<Self, PipelineError> {
        let credential = credential(registry).await?;
        let facts = idle::facts(parsed, registry, credential.as_ref(), progress).await?;
        Self::on(parsed, &facts, credential, applier, extent, now).map(|made| made.made_from(registry))
    }

    /// Compares a policy with a snapshot of its account. Without an applier, and without `apply_as`, permissions are not
    /// checked.
    ///
    /// # Errors
    /// When the applier does not exist.
    pub fn of_snapshot(
        parsed: &ParsedPolicy,
        facts: &Facts,
        applier: Applier<'_>,
        extent: Extent,
        now: OffsetDateTime,
    ) -> Result<Self, PipelineError> {
        Self::on(parsed, facts, None, applier, extent, now)
    }

    fn on(
        parsed: &ParsedPolicy,
        facts: &Facts,
        credential: Option<Credential>,
        applier: Applier<'_>,
        extent: Extent,
        now: OffsetDateTime,
    ) -> Result<Self, PipelineError> {
        let scope = scope(extent, applier, credential.as_ref(), facts)?;
        let mut unjudged = Unjudged::default();
        let (policy, mut findings) = parsed.compile_into(scope, Some(facts), Some(&mut unjudged));
        let (planned, left_out) = planned(&policy, facts, parsed.today);
        let identity = match facts.home.backend() {
            Backend::Cloud => identity(&policy, facts, applier, credential, &findings)?,
            Backend::SelfHosted => no_identity(applier)?,
        };
        let permissions = match (&identity, facts.home.backend()) {
            (None, Backend::Cloud) => PermissionCheck::NoApplier,
            _ => PermissionCheck::Done,
        };
        let connected = connectivity(&policy, facts);
        let before = AccountAccess::of(facts);
        let base = parsed.base.as_deref().map(|base| Base::of(base, Some(facts)));
        let rules =
            base.as_ref().map(|base| parsed.rule_changes(&policy, base, Some(facts))).unwrap_or_default();
        let difference = difference_of(&before, planned.iter().map(|planned| &planned.change));
        let difference = Difference { rules_changed: rules.len(), ..difference };
        let mut uncorrected = Vec::new();
        if account_mismatch(&policy, facts).is_none() {
            if let Some(identity) = &identity {
                let demands = planned.iter().filter_map(Planned::demand);
                check(identity, demands.chain(connected.demands()), &mut findings);
            }
            let applier = identity.as_ref().map(|identity| &identity.id);
            if facts.home.backend() == Backend::Cloud {
                check_managers(&policy, Some(facts), applier, &mut findings);
            }
            parsed.check_difference(&policy, None, Some(facts), &difference, &mut unjudged, &mut findings);
            uncorrected = plan::uncorrected(&flaws(&policy, facts), &planned);
        }
        unjudged.report(&policy, &mut findings);
        if let Some(scope) = &policy.scope {
            findings = scope.without_doubts_of_others(parsed.named(findings), &policy);
            scope.report_unseen_groups(&policy, &mut findings);
        }
        let made_at = now.format(&Rfc3339)?;
        let self_hosted = facts.home.backend() == Backend::SelfHosted;
        let valid_until = valid_until(&policy, &planned, parsed.today);
        let changes: Vec<_> = planned.into_iter().map(|planned| planned.change).collect();
        let interruptions = interruptions(&before.endpoints, &changes);
        let interrupted_targets = interrupted_targets(&before.endpoints, &changes);
        let plan = Plan {
            version: VERSION,
            digest: String::new(),
            source: PlanSource { valid_until, policy: parsed.digest(), ..PlanSource::default() },
            account: facts.home.id().to_owned(),
            identity: identity.map(|identity| identity.id.to_string()),
            as_of: parsed.today.to_string(),
            made_at,
            changes,
            connectivity: connected.change,
            unmanaged: unmanaged(&policy, facts),
            access: difference.rows(),
            interruptions,
            interrupted_targets,
            left_out,
            uncorrected,
            snapshot: facts.snapshot.clone().map(|as_of| SnapshotSource { as_of, self_hosted }),
        };
        let (findings, rules) = match &base {
            None => (parsed.finalize(findings, &policy, Some(facts)), rules),
            Some(base) => {
                let judgement = parsed.judge(&policy, base, Some(facts), &difference, rules, findings);
                (judgement.findings, judgement.rules)
            }
        };
        let digest = ChangeDigest::of(facts.home.id(), &difference, &plan.connectivity, &rules);
        let much = takes_away(&plan, &difference);
        let plan = Plan { source: source(plan.source, &findings, &rules, much, &digest), ..plan }.sealed();
        let unlisted = policy.scope.as_ref().filter(|scope| !scope.is_listed(&policy));
        let owns_nothing = unlisted.map(|scope| scope.id.clone());
        Ok(Self { findings, plan, policy, difference, rules, digest, permissions, owns_nothing })
    }

    /// Records the registry in the plan.
    fn made_from(self, registry: &Registry) -> Self {
        let registry = Some(registry.address().to_string());
        let source = PlanSource { registry, ..self.plan.source };
        Self { plan: Plan { source, ..self.plan }.sealed(), ..self }
    }

    /// Records the commit of the policy in the plan.
    #[must_use]
    pub fn at_commit(self, commit: Option<String>) -> Self {
        let source = PlanSource { commit, ..self.plan.source };
        Self { plan: Plan { source, ..self.plan }.sealed(), ..self }
    }

    /// What the plan takes away that must be agreed to.
    #[must_use]
    pub fn takes_away(&self) -> Size {
        takes_away(&self.plan, &self.difference)
    }

    /// The plan, unless an error was found.
    pub fn plan(&self) -> Option<Plan> {
        (!any_at_least(&self.findings, Severity::Error)).then(|| self.plan.clone())
    }
}

/// Adds to what a plan was made from what was found, and what must be agreed to.
fn source(
    source: PlanSource,
    findings: &[Finding],
    rules: &[RuleChange],
    much: Size,
    digest: &ChangeDigest,
) -> PlanSource {
    let of = |severity| findings.iter().filter(move |finding| finding.severity == severity);
    let changed = rules.iter().filter(|rule| rule.needs_approval);
    let changed = changed.map(|rule| format!("`{}` {}", rule.rule, rule.detail));
    let Size { endpoints: deletes, pairs: revokes } = much;
    PlanSource {
        warnings: of(Severity::Warning).count(),
        notes: of(Severity::Note).count(),
        approvals: of(Severity::Approval).map(|finding| finding.message.clone()).chain(changed).collect(),
        revokes,
        deletes,
        change: digest.0.clone(),
        ..source
    }
}

/// The last day of the first grant to expire of those on the Endpoints that change.
fn valid_until(policy: &Policy, planned: &[Planned], today: Date) -> Option<String> {
    let changed: BTreeSet<_> = planned.iter().map(|planned| planned.change.name_after()).collect();
    let grants = policy.allowlists.iter().filter(|(name, _)| changed.contains(name.as_str()));
    let granting = grants.flat_map(|(_, grants)| grants).filter(|grant| grant.grants_on(today));
    granting.filter_map(|grant| grant.expires.map(|(last, _)| last)).min().map(|last| last.to_string())
}

/// What a plan takes away that must be agreed to: much at once, and all that is deleted where the policy does not name it.
/// Deletions are Endpoints and private connections.
fn takes_away(plan: &Plan, difference: &Difference) -> Size {
    let much = difference.takes_away_much();
    let is_named = plan.unmanaged_deletions() == 0;
    let endpoints = if much.endpoints == 0 && is_named { 0 } else { plan.deletions() };
    Size { endpoints, ..much }
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
    if facts.home.backend() == Backend::SelfHosted {
        return Err(PipelineError::NoOwnership);
    }
    let own = credential.map(|credential| &credential.identity.id);
    let id = match applier {
        Applier::Named(id) => Some(id),
        Applier::Declared | Applier::Credential => own,
    };
    Ok(Some(OwnershipScope::of(id.ok_or(PipelineError::NoOwner)?, facts)))
}

/// The changes, and what `--mine` leaves out.
fn planned(policy: &Policy, facts: &Facts, today: Date) -> (Vec<Planned>, Option<LeftOut>) {
    let planned = diff(policy, facts, today);
    let Some(scope) = &policy.scope else { return (planned, None) };
    let Share { planned, left_out } = Share::of(scope, planned, policy, facts);
    (planned, Some(left_out))
}

/// The Endpoints of the account that the policy neither declares, removes nor ignores, and that stay. A `--mine` plan is not
/// about these.
fn unmanaged(policy: &Policy, facts: &Facts) -> Vec<String> {
    if policy.scope.is_some() || policy.account.unmanaged != Unmanaged::Keep {
        return Vec::new();
    }
    unmanaged_endpoints(policy, facts).iter().map(|endpoint| endpoint.name().to_owned()).collect()
}

/// Self-hosted Temporal has no principals; its Authorizer decides each call.
fn no_identity(applier: Applier) -> Result<Option<Identity>, PipelineError> {
    match applier {
        Applier::Named(id) => Err(PipelineError::NoPrincipals { id: id.clone() }),
        Applier::Declared | Applier::Credential => Ok(None),
    }
}

/// Whose permissions are checked; `None` without an API key where neither the command line nor the policy names a principal.
fn identity(
    policy: &Policy,
    facts: &Facts,
    applier: Applier,
    credential: Option<Credential>,
    findings: &[Finding],
) -> Result<Option<Identity>, PipelineError> {
    let owner = credential.map(|credential| owner(credential, policy));
    let (id, named) = match (applier, &policy.account.apply_as) {
        (Applier::Named(id), _) => (id, None),
        (Applier::Declared, Some(used)) => (&used.id, Some(used.span)),
        _ => return Ok(owner),
    };
    if owner.as_ref().is_some_and(|owner| owner.id == *id) {
        return Ok(owner.map(|owner| Identity { named, ..owner }));
    }
    let identity = Identity::of(id, named, policy, Some(facts));
    if identity.is_none() && any_at_least(findings, Severity::Error) {
        // The errors prevent a plan, and include one for this principal.
        return Ok(owner);
    }
    let missing = || PipelineError::PrincipalNotInAccount { id: id.clone(), home: facts.home.clone() };
    identity.ok_or_else(missing).map(Some)
}

fn owner(credential: Credential, policy: &Policy) -> Identity {
    let declared = policy.principals.get(&credential.identity.id).map(|declared| declared.span);
    Identity { id: credential.identity.id, rights: credential.rights, named: None, declared }
}
