//! Adding one caller and removing it, whatever happens to the others at the same time.

use std::collections::BTreeSet;

use registry::CallersChange;
use schema::name::NamespaceId;
use tfplugin::{Answer, Context, Diagnostic, Severity, Stored, Value};

use super::{NAMESPACE_ID, caller};
use crate::account::Account;
use crate::callers::{self, ENDPOINT_ID, Intent, Outcome};
use crate::timeouts::Operation;
use crate::wait::Wait;

/// Adds the caller; one that is there already is a success.
pub(super) async fn add(cx: &Context, account: &Account, planned: Value) -> Answer<Stored> {
    let (endpoint, wait) = (callers::endpoint_id(&planned), Wait::start(cx, &planned, Operation::Create));
    let change = CallersChange::Add(only(&planned)?);
    match callers::write(account, endpoint, &wait, || Some(Intent { planned_on: None, change })).await? {
        Outcome::Done => {}
        Outcome::Unseen(told) => cx.report(told),
        Outcome::Gone => return Err(callers::gone(endpoint).into()),
    }
    Ok(planned.into())
}

/// Removes the caller; one that is gone already is a success. One that another resource keeps by now stays.
pub(super) async fn remove(cx: &Context, account: &Account, prior: &Value) -> Answer<()> {
    let (endpoint, wait) = (callers::endpoint_id(prior), Wait::start(cx, prior, Operation::Delete));
    let callers = only(prior)?;
    let kept = |caller: &NamespaceId| account.claims().keeps(endpoint, &caller.to_string());
    let intent = || {
        let change = CallersChange::Remove(callers.clone());
        (!callers.iter().any(kept)).then_some(Intent { planned_on: None, change })
    };
    match callers::write(account, endpoint, &wait, intent).await? {
        Outcome::Done => Ok(()),
        Outcome::Unseen(told) => Err(Diagnostic { severity: Severity::Error, ..told }.into()),
        Outcome::Gone => Ok(callers::proven_gone(account, endpoint, caller(prior)).await?),
    }
}

fn only(value: &Value) -> Answer<BTreeSet<NamespaceId>> {
    let missing = || {
        let detail =
            format!("`{ENDPOINT_ID}` and `{NAMESPACE_ID}` must be known and not null when they are applied.");
        Diagnostic::error(format!("`{NAMESPACE_ID}` is not a Namespace id"), detail).at(NAMESPACE_ID)
    };
    Ok(BTreeSet::from([caller(value).ok_or_else(missing)?]))
}
