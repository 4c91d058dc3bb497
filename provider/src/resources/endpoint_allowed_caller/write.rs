//! Adding one caller and removing it, whatever happens to the others at the same time.

use std::collections::BTreeSet;

use registry::CallersChange;
use schema::name::NamespaceId;
use tfplugin::{Answer, Context, DeleteRequest, Diagnostic, Stored, UpdateRequest, Value};

use super::{NAMESPACE_ID, caller, objects};
use crate::account::Account;
use crate::claims::Others;
use crate::resources::allowlist::{self, ENDPOINT_ID, Intent};
use crate::timeouts::Operation;
use crate::wait::Wait;

/// Adds the caller; one that is there already is a success.
pub(super) async fn add(cx: &Context, account: &Account, planned: Value) -> Answer<Stored> {
    put(cx, account, &planned, Operation::Create).await?;
    Ok(planned.into())
}

/// Adds the caller that is planned, and only then removes the one until now: neither is refused in between.
pub(super) async fn update(cx: &Context, account: &Account, request: UpdateRequest) -> Answer<Stored> {
    let UpdateRequest { prior, planned, private, .. } = request;
    let (before, after) = (objects(&prior), objects(&planned));
    if before != after {
        put(cx, account, &planned, Operation::Update).await?;
        let wait = Wait::start(cx, &planned, Operation::Update);
        remove(account, &wait, &prior, || account.claims().at_update(&private, (&before, &after))).await?;
    }
    Ok(planned.into())
}

/// Removes the caller; one that is gone already is a success. One that another resource keeps stays.
pub(super) async fn delete(cx: &Context, account: &Account, request: &DeleteRequest) -> Answer<()> {
    let wait = Wait::start(cx, &request.prior, Operation::Delete);
    let others = || account.claims().at_delete(&request.private, &objects(&request.prior));
    remove(account, &wait, &request.prior, others).await
}

async fn put(cx: &Context, account: &Account, planned: &Value, operation: Operation) -> Answer<()> {
    let (endpoint, wait) = (allowlist::endpoint_id(planned), Wait::start(cx, planned, operation));
    let change = CallersChange::Add(only(planned)?);
    allowlist::put(cx, account, endpoint, &wait, Intent::always(change)).await
}

/// What others keep is looked up when it is our turn to write.
async fn remove(
    account: &Account,
    wait: &Wait<'_>,
    prior: &Value,
    others: impl FnOnce() -> Others,
) -> Answer<()> {
    let (endpoint, callers) = (allowlist::endpoint_id(prior), only(prior)?);
    let intent = || {
        let others = others();
        let kept = callers.iter().any(|caller| others.keep_caller(endpoint, &caller.to_string()));
        (!kept).then_some(Intent::always(CallersChange::Remove(callers)))
    };
    allowlist::take_away(account, (endpoint, caller(prior)), wait, intent).await
}

fn only(value: &Value) -> Answer<BTreeSet<NamespaceId>> {
    let missing = || {
        let detail =
            format!("`{ENDPOINT_ID}` and `{NAMESPACE_ID}` must be known and not null when they are applied.");
        Diagnostic::error(format!("`{NAMESPACE_ID}` is not a Namespace id"), detail).at(NAMESPACE_ID)
    };
    Ok(BTreeSet::from([caller(value).ok_or_else(missing)?]))
}
