//! Planning an allowlist: checks new callers, and warns about revoked ones.

use std::collections::BTreeSet;

use registry::{RegisteredEndpoint, RegistryError};
use tfplugin::{Answer, Context, DeleteRequest, Plan, Value};

use super::{REVOKED, managed_objects, state};
use crate::account::Account;
use crate::claims::ManagedObject;
use crate::diagnostics::cloud_only;
use crate::diagnostics::findings::Findings;
use crate::diagnostics::warnings;
use crate::resources::allowlist::{self, ENDPOINT_ID};
use crate::resources::endpoint::model::{self, CALLERS};
use crate::wait;

/// Checks and completes a planned create or update.
pub(super) async fn plan(cx: &Context, account: &Account, prior: Option<&Value>, plan: Plan) -> Answer<Plan> {
    cloud_only::require(account.backend(), cloud_only::no_allowlists)?;
    let (endpoint, list) = (plan.state.get(ENDPOINT_ID), plan.state.get(CALLERS));
    let (moves, list_is_known) = (prior.is_some(), list.is_wholly_known());
    let until_now = prior.map(managed_objects).unwrap_or_default();
    // A change of the Endpoint takes over the allowlist of the new one, like a create.
    let prior = prior.filter(|prior| prior.get(ENDPOINT_ID) == endpoint);
    let Some(id) = endpoint.as_str().map(str::to_owned) else { return Ok(plan) };
    if prior.is_some_and(|prior| prior.get(CALLERS) == list) {
        return Ok(plan);
    }
    let mut findings = Findings::default();
    let checked = check(account, &id, prior, &plan.state, &mut findings);
    let found = wait::answered(cx, account.registry(), checked).await?;
    findings.report(cx, &format!("the allowlist of {}", allowlist::title(&id)))?;
    match (found, prior) {
        (Some(found), None) => Ok(take_over(cx, account, &found, (plan, moves, until_now))),
        (_, Some(prior)) => {
            let revoked: Vec<_> =
                state::callers(prior).difference(&state::callers(&plan.state)).cloned().collect();
            if !revoked.is_empty() && list_is_known {
                cx.report(warnings::revoked(&allowlist::title(&id), &revoked).at(CALLERS));
            }
            Ok(plan)
        }
        (None, None) => Ok(plan),
    }
}

/// Warns about the revocations by a destroy, and checks the permission.
pub(super) async fn plan_delete(cx: &Context, account: &Account, request: &DeleteRequest) -> Answer<()> {
    let prior = &request.prior;
    let (endpoint, callers) = (allowlist::endpoint_id(prior), state::callers(prior));
    let others = account.claims().others_at_delete(&request.private, &managed_objects(prior));
    let revoked: Vec<_> =
        callers.into_iter().filter(|caller| !others.manages_caller(endpoint, caller)).collect();
    if revoked.is_empty() {
        return Ok(());
    }
    cx.report(warnings::emptied(&allowlist::title(endpoint), &revoked));
    let mut findings = Findings::default();
    wait::answered(cx, account.registry(), check_emptying(account, endpoint, &mut findings)).await?;
    findings.report(cx, &format!("the allowlist of {}", allowlist::title(endpoint)))
}

async fn check_emptying(
    account: &Account,
    endpoint: &str,
    findings: &mut Findings,
) -> Result<(), RegistryError> {
    let Some(found) = allowlist::lookup(account, endpoint).await? else { return Ok(()) };
    allowlist::check(account, &found, (std::iter::empty(), &CALLERS.into()), findings).await
}

async fn check(
    account: &Account,
    id: &str,
    prior: Option<&Value>,
    planned: &Value,
    findings: &mut Findings,
) -> Result<Option<std::sync::Arc<RegisteredEndpoint>>, RegistryError> {
    let Some(found) = allowlist::endpoint(account, id, findings).await? else { return Ok(None) };
    let before = prior.map_or_else(|| found.callers(), state::callers);
    let new = planned.get(CALLERS).elements().iter().filter_map(model::namespace_id);
    let new = new.filter(|caller| !before.contains(&caller.to_string()));
    allowlist::check(account, &found, (new, &CALLERS.into()), findings).await?;
    Ok(Some(found))
}

/// Warns about the callers that a create revokes, and stores the current callers in the private state for its apply, without
/// the changes that this run made.
fn take_over(
    cx: &Context,
    account: &Account,
    found: &RegisteredEndpoint,
    (plan, moves, until_now): (Plan, bool, Vec<ManagedObject>),
) -> Plan {
    let mut before = account.endpoints().callers_before_local_writes(found);
    // At apply Terraform plans again: what another provider block has removed since then was there in the first plan.
    if account.claims().applies_a_plan() {
        let change = (&*until_now, &*managed_objects(&plan.state));
        before.extend(account.claims().others_at_update(&[], change).released_callers(found.id()));
    }
    let private = Some(state::private_callers(&before));
    if !plan.state.get(CALLERS).is_wholly_known() {
        return Plan { private, ..plan };
    }
    let revoked: BTreeSet<_> = &before - &state::callers(&plan.state);
    if !revoked.is_empty() {
        let title = format!("Endpoint `{}`", found.name());
        let list: Vec<_> = revoked.iter().cloned().collect();
        cx.report(warnings::takeover(&title, &list).at(CALLERS));
    }
    // A change of the Endpoint keeps the value of the create.
    let state = if moves { plan.state } else { plan.state.with(REVOKED, Value::set(revoked)) };
    Plan { state, private, ..plan }
}
