//! Writing a whole allowlist, if it is still the one that the plan was made on.

use std::collections::BTreeSet;

use registry::CallersChange;
use schema::name::NamespaceId;
use tfplugin::{Answer, Context, CreateRequest, DeleteRequest, Diagnostic, Stored, UpdateRequest, Value};

use super::{objects, state};
use crate::account::Account;
use crate::claims::Others;
use crate::resources::allowlist::{self, Intent};
use crate::resources::endpoint::foreign_allowlist;
use crate::resources::endpoint::model::{self, CALLERS};
use crate::timeouts::Operation;
use crate::wait::Wait;

/// Takes the list over.
pub(super) async fn create(cx: &Context, account: &Account, request: CreateRequest) -> Answer<Stored> {
    let CreateRequest { planned, private, .. } = request;
    let planned_on = foreign_allowlist::recall(&private).ok_or_else(unread)?;
    let wait = Wait::start(cx, &planned, Operation::Create);
    let others = account.claims().at_update(&private, (&[], &objects(&planned)));
    replace(cx, account, &wait, (planned_on, &others), &planned).await?;
    Ok(Stored { private: Some(Vec::new()), ..planned.into() })
}

/// Makes the list what is planned. Where it is that of another Endpoint now, the list until now is emptied afterwards.
pub(super) async fn update(cx: &Context, account: &Account, request: UpdateRequest) -> Answer<Stored> {
    let UpdateRequest { prior, planned, private, .. } = request;
    let wait = Wait::start(cx, &planned, Operation::Update);
    let change = (&*objects(&prior), &*objects(&planned));
    let others = || account.claims().at_update(&private, change);
    if allowlist::endpoint_id(&prior) != allowlist::endpoint_id(&planned) {
        let planned_on = foreign_allowlist::recall(&private).ok_or_else(unread)?;
        replace(cx, account, &wait, (planned_on, &others()), &planned).await?;
        empty(account, &wait, &prior, others).await?;
        return Ok(Stored { private: Some(Vec::new()), ..planned.into() });
    }
    if prior.get(CALLERS) != planned.get(CALLERS) {
        replace(cx, account, &wait, (state::callers(&prior), &others()), &planned).await?;
    }
    Ok(planned.into())
}

/// Empties the list; one whose Endpoint is gone is a success. Callers that other resources of this run keep on it stay.
pub(super) async fn delete(cx: &Context, account: &Account, request: &DeleteRequest) -> Answer<()> {
    let wait = Wait::start(cx, &request.prior, Operation::Delete);
    let others = || account.claims().at_delete(&request.private, &objects(&request.prior));
    empty(account, &wait, &request.prior, others).await
}

/// What others keep is looked up when it is our turn to write.
async fn empty(
    account: &Account,
    wait: &Wait<'_>,
    prior: &Value,
    others: impl FnOnce() -> Others,
) -> Answer<()> {
    let endpoint = allowlist::endpoint_id(prior);
    let intent = || {
        let others = others();
        let alone = others.callers_kept_alone(endpoint);
        let stay = alone.iter().filter_map(|caller| caller.parse().ok()).collect();
        let intent = Intent {
            planned_on: Some(state::callers(prior)),
            planned_elsewhere: others.callers_in_change(endpoint),
            change: CallersChange::Whole(stay),
        };
        (!others.keep_allowlist(endpoint)).then_some(intent)
    };
    allowlist::take_away(account, (endpoint, state::any_caller(prior)), wait, intent).await
}

async fn replace(
    cx: &Context,
    account: &Account,
    wait: &Wait<'_>,
    (planned_on, others): (BTreeSet<String>, &Others),
    planned: &Value,
) -> Answer<()> {
    let endpoint = allowlist::endpoint_id(planned);
    let wanted: BTreeSet<NamespaceId> = model::callers(planned)?.unwrap_or_default();
    let intent = Intent {
        planned_on: Some(planned_on),
        planned_elsewhere: others.callers_in_change(endpoint),
        change: CallersChange::Whole(wanted),
    };
    allowlist::put(cx, account, endpoint, wait, intent).await
}

fn unread() -> Diagnostic {
    let detail = "Who is on it now was not read, so whom this would revoke is not known. Plan again.";
    Diagnostic::error("the allowlist cannot be taken over unseen", detail).at(CALLERS)
}
