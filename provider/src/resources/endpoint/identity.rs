//! What tells an Endpoint from all others: its id. The name can change, and another Endpoint can then have it.

use tfplugin::{IdentityAttribute, IdentitySchema, Type};

/// The identity of an Endpoint; its state tells it.
pub(super) fn schema() -> IdentitySchema {
    let id = IdentityAttribute::required(
        "id",
        Type::String,
        "Id that the registry gave the Endpoint, never its name.",
    );
    IdentitySchema::new(0, [id])
}
