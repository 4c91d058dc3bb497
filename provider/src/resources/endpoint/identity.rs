//! The identity of an Endpoint: its id. A name can be changed and reused.

use tfplugin::{IdentityAttribute, IdentitySchema, Type};

/// The identity schema.
pub(super) fn schema() -> IdentitySchema {
    let id = IdentityAttribute::required("id", Type::String, "Id of the Endpoint, not its name.");
    IdentitySchema::new(0, [id])
}
