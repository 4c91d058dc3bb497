//! The state of an allowlist.

use std::collections::BTreeSet;

use schema::name::NamespaceId;
use serde_json::json;
use tfplugin::Value;

use crate::resources::endpoint::model::{self, CALLERS};

/// The callers in a plan or state.
pub(super) fn callers(value: &Value) -> BTreeSet<String> {
    value.get(CALLERS).strings().map(str::to_owned).collect()
}

/// Any caller, whose id contains the account of the allowlist.
pub(super) fn any_caller(value: &Value) -> Option<NamespaceId> {
    value.get(CALLERS).elements().iter().find_map(model::namespace_id)
}

/// The private state that the plan of a create leaves for its apply: the current callers.
pub(super) fn private_callers(callers: &BTreeSet<String>) -> Vec<u8> {
    json!({ CALLERS: callers }).to_string().into_bytes()
}
