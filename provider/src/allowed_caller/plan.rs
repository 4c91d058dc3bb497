//! Planning one caller: what is known is checked where it is new, and who else keeps the list is compared.

use registry::RegistryError;
use tfplugin::{Answer, Context, Value};

use super::{NAMESPACE_ID, caller};
use crate::account::Account;
use crate::callers::{self, ENDPOINT_ID};
use crate::claims::Claim;
use crate::findings::Findings;
use crate::{self_hosted, wait};

/// Checks a planned caller.
pub(super) async fn plan(
    cx: &Context,
    account: &Account,
    prior: Option<&Value>,
    planned: &Value,
) -> Answer<()> {
    self_hosted::on_cloud(account, self_hosted::no_allowlists)?;
    let (endpoint, caller) = (planned.get(ENDPOINT_ID), planned.get(NAMESPACE_ID));
    if let (Some(endpoint), Some(caller)) = (endpoint.as_str(), caller.as_str()) {
        callers::claim(cx, account.claims(), endpoint, Claim::One(caller.to_owned()), NAMESPACE_ID)?;
    }
    let same = |prior: &Value| prior.get(ENDPOINT_ID) == endpoint && prior.get(NAMESPACE_ID) == caller;
    if prior.is_some_and(same) {
        return Ok(());
    }
    let mut findings = Findings::default();
    wait::answered(cx, account.registry(), check(account, planned, &mut findings)).await?;
    findings.report(
        cx,
        &format!("this caller of {}", callers::title(endpoint.as_str().unwrap_or("of this plan"))),
    )
}

/// Notes that the caller is to be removed.
pub(super) fn plan_delete(cx: &Context, account: &Account, prior: &Value) {
    let caller = prior.get(NAMESPACE_ID).as_str().unwrap_or_default().to_owned();
    callers::end_claim(cx, account.claims(), callers::endpoint_id(prior), Claim::One(caller));
}

async fn check(account: &Account, planned: &Value, findings: &mut Findings) -> Result<(), RegistryError> {
    let Some(endpoint) = planned.get(ENDPOINT_ID).as_str() else { return Ok(()) };
    let Some(found) = callers::endpoint(account, endpoint, findings).await? else { return Ok(()) };
    let new = caller(planned).filter(|caller| !found.callers().contains(&caller.to_string()));
    callers::check(account, &found, (new.into_iter(), &NAMESPACE_ID.into()), findings).await
}
