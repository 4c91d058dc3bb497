//! What tells one allowed caller from all others: the Endpoint's id and the Namespace's.

use tfplugin::{IdentityAttribute, IdentitySchema, Type};

use super::NAMESPACE_ID;
use crate::resources::allowlist::ENDPOINT_ID;

/// The identity; the state tells it.
pub(super) fn schema() -> IdentitySchema {
    let required = |name, description| IdentityAttribute::required(name, Type::String, description);
    IdentitySchema::new(
        0,
        [
            required(ENDPOINT_ID, "Id of the Endpoint, never its name."),
            required(NAMESPACE_ID, "Id of the Namespace whose Workflows may call."),
        ],
    )
}
