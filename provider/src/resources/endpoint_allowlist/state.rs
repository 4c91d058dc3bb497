//! An allowlist as Terraform has it.

use std::collections::BTreeSet;

use schema::name::NamespaceId;
use serde_json::json;
use tfplugin::Value;

use crate::resources::endpoint::model::{self, CALLERS};

/// The ids on the list of a plan or state, as they are written.
pub(super) fn callers(value: &Value) -> BTreeSet<String> {
    value.get(CALLERS).strings().map(str::to_owned).collect()
}

/// A caller that tells the account of the list, if it has any.
pub(super) fn any_caller(value: &Value) -> Option<NamespaceId> {
    value.get(CALLERS).elements().iter().find_map(model::namespace_id)
}

/// What the plan of a creation leaves for its apply: who was on the list.
pub(super) fn remember(callers: &BTreeSet<String>) -> Vec<u8> {
    json!({ CALLERS: callers }).to_string().into_bytes()
}
