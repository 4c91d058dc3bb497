//! Adding and removing one caller, independently of concurrent changes to others.

use std::collections::BTreeSet;

use registry::CallersChange;
use schema::name::NamespaceId;
use tfplugin::{Answer, Context, DeleteRequest, Diagnostic, Stored, UpdateRequest, Value};

use super::{NAMESPACE_ID, caller, managed_objects};
use crate::account::Account;
use crate::claims::OtherClaims;
use crate::resources::allowlist::{self, AllowlistChange, ENDPOINT_ID};
use crate::timeouts::Operation;
use crate::wait::Wait;

/// Adds the caller; succeeds if it is already on the allowlist.
pub(super) async fn add(cx: &Context, account: &Account, planned: Value) -> Answer<Stored> {
    allow(cx, account, &planned, Operation::Create).await?;
    Ok(planned.into())
}

/// Adds the new caller, then removes the old one, so that calls are not rejected in between.
pub(super) async fn update(cx: &Context, account: &Account, request: UpdateRequest) -> Answer<Stored> {
    let UpdateRequest { prior, planned, private, .. } = request;
    let (before, after) = (managed_objects(&prior), managed_objects(&planned));
    if before != after {
        allow(cx, account, &planned, Operation::Update).await?;
        let wait = Wait::start(cx, &planned, Operation::Update);
        remove(account, &wait, &prior, || account.claims().others_at_update(&private, (&before, &after)))
            .await?;
    }
    Ok(planned.into())
}

/// Removes the caller, unless another resource manages it; succeeds if it is not on the allowlist.
pub(super) async fn delete(cx: &Context, account: &Account, request: &DeleteRequest) -> Answer<()> {
    let wait = Wait::start(cx, &request.prior, Operation::Delete);
    let others = || account.claims().others_at_delete(&request.private, &managed_objects(&request.prior));
    remove(account, &wait, &request.prior, others).await
}

async fn allow(cx: &Context, account: &Account, planned: &Value, operation: Operation) -> Answer<()> {
    let (endpoint, wait) = (allowlist::endpoint_id(planned), Wait::start(cx, planned, operation));
    let change = CallersChange::add(single_caller(planned)?);
    allowlist::apply(cx, account, endpoint, &wait, AllowlistChange::unconditional(change)).await
}

/// The claims of others are read once the Endpoint is locked.
async fn remove(
    account: &Account,
    wait: &Wait<'_>,
    prior: &Value,
    others: impl FnOnce() -> OtherClaims,
) -> Answer<()> {
    let (endpoint, callers) = (allowlist::endpoint_id(prior), single_caller(prior)?);
    let change = || {
        let others = others();
        let is_managed = callers.iter().any(|caller| others.manages_caller(endpoint, &caller.to_string()));
        (!is_managed).then_some(AllowlistChange::unconditional(CallersChange::remove(callers)))
    };
    allowlist::revoke(account, (endpoint, caller(prior)), wait, change).await
}

fn single_caller(value: &Value) -> Answer<BTreeSet<NamespaceId>> {
    let missing = || {
        let detail = format!("`{ENDPOINT_ID}` and `{NAMESPACE_ID}` must be known and not null at apply.");
        Diagnostic::error(format!("`{NAMESPACE_ID}` is not a Namespace id"), detail).at(NAMESPACE_ID)
    };
    Ok(BTreeSet::from([caller(value).ok_or_else(missing)?]))
}
