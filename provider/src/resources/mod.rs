//! The resources. Each is a file, or a file and its folder, read from top to bottom: schema, validate, read, plan, create,
//! update, delete, import.

pub(crate) mod allowlist;
pub(crate) mod connectivity;
mod damaged_state;
pub(crate) mod endpoint;
pub(crate) mod endpoint_allowed_caller;
pub(crate) mod endpoint_allowlist;
pub(crate) mod privatelink_attachment;
pub(crate) mod privatelink_mapping;
pub(crate) mod public_connectivity_rule;
pub(crate) mod tracked;
