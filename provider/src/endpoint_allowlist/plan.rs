//! Planning an allowlist: new callers are checked, and a creation tells whom it revokes.

use std::collections::BTreeSet;

use registry::{RegisteredEndpoint, RegistryError};
use tfplugin::{Answer, Context, Plan, Value};

use super::{REVOKED, state};
use crate::account::Account;
use crate::callers::{self, ENDPOINT_ID};
use crate::claims::{Claim, Keeper};
use crate::endpoint::model::{self, CALLERS};
use crate::findings::Findings;
use crate::{consequence, self_hosted, wait};

/// Checks and completes a planned create or update.
pub(super) async fn plan(cx: &Context, account: &Account, prior: Option<&Value>, plan: Plan) -> Answer<Plan> {
    self_hosted::on_cloud(account, self_hosted::no_allowlists)?;
    let (endpoint, list) = (plan.state.get(ENDPOINT_ID), plan.state.get(CALLERS));
    // One that moves to another Endpoint is created there.
    let prior = prior.filter(|prior| prior.get(ENDPOINT_ID) == endpoint);
    let Some(id) = endpoint.as_str().map(str::to_owned) else { return Ok(plan) };
    let known = list.is_wholly_known().then(|| state::callers(&plan.state));
    callers::claim(cx, account.claims(), &id, Claim::Whole(Keeper::Allowlist, known), CALLERS)?;
    if prior.is_some_and(|prior| prior.get(CALLERS) == list) {
        return Ok(plan);
    }
    let mut findings = Findings::default();
    let checked = check(account, &id, prior, &plan.state, &mut findings);
    let found = wait::answered(cx, account.registry(), checked).await?;
    findings.report(cx, &format!("the allowlist of {}", callers::title(&id)))?;
    match found {
        Some(found) if prior.is_none() => Ok(take_over(cx, account, &found, plan)),
        _ => Ok(plan),
    }
}

/// Tells who loses access by a destroy.
pub(super) fn plan_delete(cx: &Context, account: &Account, prior: &Value) {
    let (endpoint, callers) = (callers::endpoint_id(prior), state::callers(prior));
    callers::end_claim(
        cx,
        account.claims(),
        endpoint,
        Claim::Whole(Keeper::Allowlist, Some(callers.clone())),
    );
    let stays = |caller: &String| account.claims().keeps(endpoint, caller);
    let revoked: Vec<_> = callers.into_iter().filter(|caller| !stays(caller)).collect();
    if !revoked.is_empty() {
        cx.report(consequence::emptied(&callers::title(endpoint), &revoked));
    }
}

async fn check(
    account: &Account,
    id: &str,
    prior: Option<&Value>,
    planned: &Value,
    findings: &mut Findings,
) -> Result<Option<std::sync::Arc<RegisteredEndpoint>>, RegistryError> {
    let Some(found) = callers::endpoint(account, id, findings).await? else { return Ok(None) };
    let before = prior.map_or_else(|| found.callers(), state::callers);
    let new = planned.get(CALLERS).elements().iter().filter_map(model::namespace_id);
    let new = new.filter(|caller| !before.contains(&caller.to_string()));
    callers::check(account, &found, (new, &CALLERS.into()), findings).await?;
    Ok(Some(found))
}

/// A creation lists whom it revokes, and leaves for its apply who was on the list: what this run itself did to the list
/// in between does not count.
fn take_over(cx: &Context, account: &Account, found: &RegisteredEndpoint, plan: Plan) -> Plan {
    let before = account.endpoints().callers_before_ours(found);
    let private = Some(state::remember(&before));
    if !plan.state.get(CALLERS).is_wholly_known() {
        return Plan { private, ..plan };
    }
    let revoked: BTreeSet<_> = &before - &state::callers(&plan.state);
    if !revoked.is_empty() {
        let title = format!("Endpoint `{}`", found.name());
        let list: Vec<_> = revoked.iter().cloned().collect();
        cx.report(consequence::takeover(&title, &list).at(CALLERS));
    }
    Plan { state: plan.state.with(REVOKED, Value::set(revoked)), private, ..plan }
}
