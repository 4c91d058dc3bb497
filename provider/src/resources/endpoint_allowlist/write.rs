//! Writing a whole allowlist, if it did not change since the plan.

use std::collections::BTreeSet;

use registry::CallersChange;
use schema::name::NamespaceId;
use tfplugin::{Answer, Context, CreateRequest, DeleteRequest, Diagnostic, Stored, UpdateRequest, Value};

use super::{managed_objects, state};
use crate::account::Account;
use crate::claims::OtherClaims;
use crate::resources::allowlist::{self, AllowlistChange};
use crate::resources::endpoint::foreign_allowlist;
use crate::resources::endpoint::model::{self, CALLERS};
use crate::timeouts::Operation;
use crate::wait::Wait;

/// Takes over the allowlist.
pub(super) async fn create(cx: &Context, account: &Account, request: CreateRequest) -> Answer<Stored> {
    let CreateRequest { planned, private, .. } = request;
    let planned_on = foreign_allowlist::remembered(&private).ok_or_else(not_read)?;
    let wait = Wait::start(cx, &planned, Operation::Create);
    let others = account.claims().others_at_update(&private, (&[], &managed_objects(&planned)));
    replace(cx, account, &wait, (planned_on, &others), &planned).await?;
    Ok(Stored { private: Some(Vec::new()), ..planned.into() })
}

/// Replaces the allowlist. If the Endpoint changes, the allowlist of the old one is emptied afterwards.
pub(super) async fn update(cx: &Context, account: &Account, request: UpdateRequest) -> Answer<Stored> {
    let UpdateRequest { prior, planned, private, .. } = request;
    let wait = Wait::start(cx, &planned, Operation::Update);
    let change = (&*managed_objects(&prior), &*managed_objects(&planned));
    let others = || account.claims().others_at_update(&private, change);
    if allowlist::endpoint_id(&prior) != allowlist::endpoint_id(&planned) {
        let planned_on = foreign_allowlist::remembered(&private).ok_or_else(not_read)?;
        replace(cx, account, &wait, (planned_on, &others()), &planned).await?;
        empty(account, &wait, &prior, others).await?;
        return Ok(Stored { private: Some(Vec::new()), ..planned.into() });
    }
    if prior.get(CALLERS) != planned.get(CALLERS) {
        replace(cx, account, &wait, (state::callers(&prior), &others()), &planned).await?;
    }
    Ok(planned.into())
}

/// Empties the allowlist, except for callers that other resources manage; succeeds if the Endpoint no longer exists.
pub(super) async fn delete(cx: &Context, account: &Account, request: &DeleteRequest) -> Answer<()> {
    let wait = Wait::start(cx, &request.prior, Operation::Delete);
    let others = || account.claims().others_at_delete(&request.private, &managed_objects(&request.prior));
    empty(account, &wait, &request.prior, others).await
}

/// The claims of others are read once the Endpoint is locked.
async fn empty(
    account: &Account,
    wait: &Wait<'_>,
    prior: &Value,
    others: impl FnOnce() -> OtherClaims,
) -> Answer<()> {
    let endpoint = allowlist::endpoint_id(prior);
    let change = || {
        let others = others();
        let single = others.single_callers(endpoint);
        let remaining = single.iter().filter_map(|caller| caller.parse().ok()).collect();
        let change = AllowlistChange {
            planned_on: Some(state::callers(prior)),
            planned_elsewhere: others.changed_callers(endpoint),
            change: CallersChange::Replace(remaining),
        };
        (!others.manages_allowlist(endpoint)).then_some(change)
    };
    allowlist::revoke(account, (endpoint, state::any_caller(prior)), wait, change).await
}

async fn replace(
    cx: &Context,
    account: &Account,
    wait: &Wait<'_>,
    (planned_on, others): (BTreeSet<String>, &OtherClaims),
    planned: &Value,
) -> Answer<()> {
    let endpoint = allowlist::endpoint_id(planned);
    let wanted: BTreeSet<NamespaceId> = model::callers(planned)?.unwrap_or_default();
    let change = AllowlistChange {
        planned_on: Some(planned_on),
        planned_elsewhere: others.changed_callers(endpoint),
        change: CallersChange::Replace(wanted),
    };
    allowlist::apply(cx, account, endpoint, wait, change).await
}

fn not_read() -> Diagnostic {
    let detail = "The current allowlist was not read, so the callers that this change revokes are not known. Plan again.";
    Diagnostic::error("cannot take over the allowlist without reading it", detail).at(CALLERS)
}
