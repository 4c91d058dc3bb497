//! The identity of an allowed caller: the ids of the Endpoint and the Namespace.

use tfplugin::{IdentityAttribute, IdentitySchema, Type};

use super::NAMESPACE_ID;
use crate::resources::allowlist::ENDPOINT_ID;

/// The identity schema.
pub(super) fn schema() -> IdentitySchema {
    let required = |name, description| IdentityAttribute::required(name, Type::String, description);
    IdentitySchema::new(
        0,
        [
            required(ENDPOINT_ID, "Id of the Endpoint, not its name."),
            required(NAMESPACE_ID, "Id of the Namespace whose Workflows may call."),
        ],
    )
}
