//! A policy with everything that was found in it, the permissions of whoever applies it included.

use super::{ParsedPolicy, PipelineError};
use crate::check::permission::{Identity, check, check_managers};
use crate::check::{ReportContext, account_mismatch, finalize_sifted};
use crate::diagnostic::Findings;
use crate::facts::Facts;
use crate::language::block::BlockKind;
use crate::plan::{Planned, connectivity, diff};
use crate::policy::Policy;
use crate::policy::demand::demands;
use schema::backend::Backend;
use schema::name::PrincipalId;

/// A policy that was checked.
pub struct Checked {
    /// The policy.
    pub policy: Policy,
    /// All findings, in order.
    pub findings: Findings,
    /// Whether permissions were checked too.
    pub permissions: PermissionCheck,
}

/// Whether a check included the permissions of whoever applies the policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PermissionCheck {
    /// It did, as far as errors elsewhere let it.
    Done,
    /// Neither the policy nor the caller says whose permissions to check.
    NoApplier,
}

impl Checked {
    /// Checks a policy with or without the account's facts, for `applier` or else the policy's `apply_as`.
    ///
    /// # Errors
    /// When `applier` does not exist.
    pub fn of(
        parsed: &ParsedPolicy,
        facts: Option<&Facts>,
        applier: Option<&PrincipalId>,
    ) -> Result<Self, PipelineError> {
        Self::sifted(parsed, facts, applier, |findings, _| findings)
    }

    /// Like [`Self::of`], with what `sift` leaves of the findings before those with one cause become one.
    ///
    /// # Errors
    /// When `applier` does not exist.
    pub fn sifted(
        parsed: &ParsedPolicy,
        facts: Option<&Facts>,
        applier: Option<&PrincipalId>,
        sift: impl FnOnce(Findings, &ReportContext) -> Findings,
    ) -> Result<Self, PipelineError> {
        let (policy, mut findings) = parsed.compile(facts);
        let permissions = parsed.check_permissions(&policy, facts, applier, &mut findings)?;
        let findings = finalize_sifted(findings, &parsed.report_context(&policy, facts), sift);
        Ok(Self { policy, findings, permissions })
    }
}

impl ParsedPolicy {
    /// Checks the permissions of `applier`, else of the policy's `apply_as`, with or without the account's facts.
    ///
    /// # Errors
    /// When `applier` does not exist.
    pub fn check_permissions(
        &self,
        policy: &Policy,
        facts: Option<&Facts>,
        applier: Option<&PrincipalId>,
        findings: &mut Findings,
    ) -> Result<PermissionCheck, PipelineError> {
        if facts.is_some_and(|facts| account_mismatch(policy, facts).is_some()) {
            return Ok(PermissionCheck::Done);
        }
        let declared = policy.account.apply_as.as_ref();
        check_managers(policy, facts, applier.or(declared.map(|used| &used.id)), findings);
        let (id, named) = match (applier, declared) {
            (Some(id), _) => (id, None),
            (None, Some(used)) => (&used.id, Some(used.span)),
            (None, None) => {
                let mut accounts = self.document.of_kind(BlockKind::Account);
                let is_named = accounts.any(|account| account.attribute("apply_as").is_some());
                let has_principals = policy.account.backend == Backend::Cloud;
                // What could not be read may say who applies the policy, and is not checked anyway.
                let is_missing = has_principals && !is_named && policy.whole;
                return Ok(if is_missing { PermissionCheck::NoApplier } else { PermissionCheck::Done });
            }
        };
        let Some(identity) = Identity::of(id, named, policy, facts) else {
            if named.is_some() || policy.account.id.is_none() || !policy.unclear.is_nothing_of(id) {
                return Ok(PermissionCheck::Done);
            }
            return Err(PipelineError::UnknownPrincipal { id: id.clone() });
        };
        // With facts only changes need permissions, without them everything that the policy manages does.
        let Some(facts) = facts else {
            check(&identity, demands(policy), findings);
            return Ok(PermissionCheck::Done);
        };
        let planned = diff(policy, facts, self.today);
        let connected = connectivity(policy, facts);
        let demands = planned.iter().filter_map(Planned::demand);
        check(&identity, demands.chain(connected.demands()), findings);
        Ok(PermissionCheck::Done)
    }
}
