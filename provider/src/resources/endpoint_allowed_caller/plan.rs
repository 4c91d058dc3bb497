//! Planning one caller: checks what is new, and warns about what is revoked.

use registry::RegistryError;
use tfplugin::{Answer, Context, DeleteRequest, Value};

use super::{NAMESPACE_ID, caller, managed_objects};
use crate::account::Account;
use crate::diagnostics::cloud_only;
use crate::diagnostics::findings::Findings;
use crate::diagnostics::warnings;
use crate::resources::allowlist::{self, ENDPOINT_ID};
use crate::wait;

/// Checks a planned caller.
pub(super) async fn plan(
    cx: &Context,
    account: &Account,
    prior: Option<&Value>,
    planned: &Value,
) -> Answer<()> {
    cloud_only::require(account.backend(), cloud_only::no_allowlists)?;
    let (endpoint, caller) = (planned.get(ENDPOINT_ID), planned.get(NAMESPACE_ID));
    let same = |prior: &Value| prior.get(ENDPOINT_ID) == endpoint && prior.get(NAMESPACE_ID) == caller;
    if prior.is_some_and(same) {
        return Ok(());
    }
    let mut findings = Findings::default();
    wait::answered(cx, account.registry(), check(account, planned, &mut findings)).await?;
    if let Some(prior) = prior.filter(|_| planned.is_wholly_known()) {
        wait::answered(cx, account.registry(), check_removal(account, prior, &mut findings)).await?;
        revoked(cx, prior);
    }
    findings.report(
        cx,
        &format!("this caller of {}", allowlist::title(endpoint.as_str().unwrap_or("of this plan"))),
    )
}

/// Warns about the revocation by a destroy, and checks the permission.
pub(super) async fn plan_delete(cx: &Context, account: &Account, request: &DeleteRequest) -> Answer<()> {
    let prior = &request.prior;
    let (endpoint, namespace) =
        (allowlist::endpoint_id(prior), prior.get(NAMESPACE_ID).as_str().unwrap_or_default());
    let others = account.claims().others_at_delete(&request.private, &managed_objects(prior));
    if others.manages_caller(endpoint, namespace) {
        return Ok(());
    }
    revoked(cx, prior);
    let mut findings = Findings::default();
    wait::answered(cx, account.registry(), check_removal(account, prior, &mut findings)).await?;
    findings.report(cx, &format!("this caller of {}", allowlist::title(endpoint)))
}

async fn check(account: &Account, planned: &Value, findings: &mut Findings) -> Result<(), RegistryError> {
    let Some(endpoint) = planned.get(ENDPOINT_ID).as_str() else { return Ok(()) };
    let Some(found) = allowlist::endpoint(account, endpoint, findings).await? else { return Ok(()) };
    let new = caller(planned).filter(|caller| !found.callers().contains(&caller.to_string()));
    allowlist::check(account, &found, (new.into_iter(), &NAMESPACE_ID.into()), findings).await
}

async fn check_removal(
    account: &Account,
    prior: &Value,
    findings: &mut Findings,
) -> Result<(), RegistryError> {
    let Some(found) = allowlist::lookup(account, allowlist::endpoint_id(prior)).await? else { return Ok(()) };
    allowlist::check(account, &found, (std::iter::empty(), &NAMESPACE_ID.into()), findings).await
}

fn revoked(cx: &Context, prior: &Value) {
    let namespace = prior.get(NAMESPACE_ID).as_str().unwrap_or_default();
    cx.report(warnings::revoked(&allowlist::title(allowlist::endpoint_id(prior)), &[namespace.to_owned()]));
}
