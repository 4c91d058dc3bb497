//! Importing an allowlist by the id of its Endpoint.

use tfplugin::{Answer, Context, ImportKey, Value};

use super::REVOKED;
use crate::account::Account;
use crate::callers::{self, ENDPOINT_ID};
use crate::endpoint::model::CALLERS;
use crate::endpoint::read;
use crate::wait;

/// The state of an existing allowlist. None was revoked for it.
pub(super) async fn import(cx: &Context, account: &Account, key: ImportKey) -> Answer<Value> {
    let id = match &key {
        ImportKey::Id(key) => key.trim(),
        ImportKey::Identity(identity) => callers::endpoint_id(identity),
    };
    let found = wait::answered(cx, account.registry(), callers::importable(account, id)).await??;
    read::unknown_policies(&found).into_iter().for_each(|warning| cx.report(warning));
    Ok(Value::object([
        (ENDPOINT_ID, found.id().into()),
        (CALLERS, Value::set(found.callers())),
        (REVOKED, Value::set::<Value>([])),
        ("timeouts", Value::Null),
    ]))
}
