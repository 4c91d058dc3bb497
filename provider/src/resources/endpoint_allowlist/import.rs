//! Importing an allowlist by the id of its Endpoint.

use registry::RegisteredEndpoint;
use tfplugin::{Answer, Context, ImportKey, Value};

use super::REVOKED;
use crate::account::Account;
use crate::resources::allowlist::{self, ENDPOINT_ID};
use crate::resources::endpoint::model::CALLERS;
use crate::resources::endpoint::read;
use crate::wait;

/// The state of an existing allowlist.
pub(super) async fn import(cx: &Context, account: &Account, key: ImportKey) -> Answer<Value> {
    let id = match &key {
        ImportKey::Id(key) => key.trim(),
        ImportKey::Identity(identity) => allowlist::endpoint_id(identity),
    };
    let found = wait::answered(cx, account.registry(), allowlist::importable(account, id)).await??;
    read::unknown_policies(&found).into_iter().for_each(|warning| cx.report(warning));
    Ok(state(&found))
}

/// The state of an imported allowlist.
pub(crate) fn state(endpoint: &RegisteredEndpoint) -> Value {
    Value::object([
        (ENDPOINT_ID, endpoint.id().into()),
        (CALLERS, Value::set(endpoint.callers())),
        (REVOKED, Value::set::<Value>([])),
        ("timeouts", Value::Null),
    ])
}
