//! Writing a whole allowlist, if it is still the one that the plan was made on.

use std::collections::BTreeSet;

use registry::CallersChange;
use schema::name::NamespaceId;
use tfplugin::{Answer, Context, CreateRequest, Diagnostic, Severity, Stored, UpdateRequest, Value};

use super::state;
use crate::account::Account;
use crate::callers::{self, Intent, Outcome};
use crate::endpoint::model::{self, CALLERS};
use crate::endpoint::others;
use crate::timeouts::Operation;
use crate::wait::Wait;

/// Takes the list over.
pub(super) async fn create(cx: &Context, account: &Account, request: CreateRequest) -> Answer<Stored> {
    let CreateRequest { planned, private, .. } = request;
    let planned_on = others::recall(&private).ok_or_else(unread)?;
    let wait = Wait::start(cx, &planned, Operation::Create);
    replace(cx, account, &wait, planned_on, &planned).await?;
    Ok(Stored { private: Some(Vec::new()), ..planned.into() })
}

/// Makes the list what is planned.
pub(super) async fn update(cx: &Context, account: &Account, request: UpdateRequest) -> Answer<Stored> {
    let UpdateRequest { prior, planned, .. } = request;
    if prior.get(CALLERS) != planned.get(CALLERS) {
        let wait = Wait::start(cx, &planned, Operation::Update);
        replace(cx, account, &wait, state::callers(&prior), &planned).await?;
    }
    Ok(planned.into())
}

/// Empties the list; one whose Endpoint is gone is a success. Callers that other resources of this run keep on it stay.
pub(super) async fn empty(cx: &Context, account: &Account, prior: &Value) -> Answer<()> {
    let (endpoint, wait) = (callers::endpoint_id(prior), Wait::start(cx, prior, Operation::Delete));
    let claims = account.claims();
    let intent = || {
        let stay = claims.kept_alone(endpoint).iter().filter_map(|caller| caller.parse().ok()).collect();
        let intent = Intent { planned_on: Some(state::callers(prior)), change: CallersChange::Whole(stay) };
        (!claims.is_kept_whole(endpoint)).then_some(intent)
    };
    match callers::write(account, endpoint, &wait, intent).await? {
        Outcome::Done => Ok(()),
        Outcome::Unseen(told) => Err(Diagnostic { severity: Severity::Error, ..told }.into()),
        Outcome::Gone => Ok(callers::proven_gone(account, endpoint, state::any_caller(prior)).await?),
    }
}

async fn replace(
    cx: &Context,
    account: &Account,
    wait: &Wait<'_>,
    planned_on: BTreeSet<String>,
    planned: &Value,
) -> Answer<()> {
    let endpoint = callers::endpoint_id(planned);
    let wanted: BTreeSet<NamespaceId> = model::callers(planned)?.unwrap_or_default();
    let intent = Intent { planned_on: Some(planned_on), change: CallersChange::Whole(wanted) };
    match callers::write(account, endpoint, wait, || Some(intent)).await? {
        Outcome::Done => {}
        Outcome::Unseen(told) => cx.report(told),
        Outcome::Gone => return Err(callers::gone(endpoint).into()),
    }
    Ok(())
}

fn unread() -> Diagnostic {
    let detail = "Who is on it now was not read, so whom this would revoke is not known. Plan again.";
    Diagnostic::error("the allowlist cannot be taken over unseen", detail).at(CALLERS)
}
