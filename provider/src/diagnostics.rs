//! Errors and warnings: failures of the registry, findings of plans, warnings about the effects of a change, and what only
//! Temporal Cloud supports.

pub(crate) mod cloud_only;
pub(crate) mod failure;
pub(crate) mod findings;
pub(crate) mod warnings;
