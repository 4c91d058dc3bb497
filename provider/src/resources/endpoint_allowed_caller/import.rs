//! Importing one caller by `ENDPOINT_ID/NAMESPACE_ID` or by its identity.

use schema::name::{NameError, NamespaceId};
use tfplugin::{Answer, Context, Diagnostic, ImportKey, Value};

use super::{NAMESPACE_ID, state};
use crate::account::Account;
use crate::diagnostics::failure::capitalized;
use crate::resources::allowlist;
use crate::wait;

/// The state of a caller that is on the list.
pub(super) async fn import(cx: &Context, account: &Account, key: ImportKey) -> Answer<Value> {
    let (endpoint, caller) = match &key {
        ImportKey::Id(key) => key.trim().split_once('/').ok_or_else(|| unreadable(key.trim()))?,
        ImportKey::Identity(identity) => {
            (allowlist::endpoint_id(identity), identity.get(NAMESPACE_ID).as_str().unwrap_or_default())
        }
    };
    if let Err(reason) = caller.parse::<NamespaceId>() {
        return Err(no_namespace(caller, &reason).into());
    }
    let found = wait::answered(cx, account.registry(), allowlist::importable(account, endpoint)).await??;
    if !found.callers().contains(caller) {
        let detail = "The Namespace is not on the allowlist, so there is nothing to import. Remove the import; an apply then \
                      adds it.";
        let summary = format!("`{caller}` may not call Endpoint `{}`", found.name());
        return Err(Diagnostic::error(summary, detail).into());
    }
    Ok(state(found.id(), caller))
}

fn no_namespace(caller: &str, reason: &NameError) -> Diagnostic {
    let detail = format!("{}.", capitalized(&reason.to_string()));
    Diagnostic::error(format!("`{}` is not a Namespace id", caller.escape_debug()), detail)
}

fn unreadable(key: &str) -> Diagnostic {
    let detail = "Expected `ENDPOINT_ID/NAMESPACE_ID`, such as \
                  `0123456789abcdef0123456789abcdef/orders-prod.a2dd6`.";
    Diagnostic::error(format!("`{}` is not a valid import id", key.escape_debug()), detail)
}
