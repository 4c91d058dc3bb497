//! The identity of an allowlist: the id of its Endpoint.

use tfplugin::{IdentityAttribute, IdentitySchema, Type};

use crate::resources::allowlist::ENDPOINT_ID;

/// The identity schema.
pub(super) fn schema() -> IdentitySchema {
    let id = IdentityAttribute::required(ENDPOINT_ID, Type::String, "Id of the Endpoint, not its name.");
    IdentitySchema::new(0, [id])
}
