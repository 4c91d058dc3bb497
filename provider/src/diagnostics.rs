//! What users are told: failures of the registry, findings of plans, and warnings about what a change does to others.

pub(crate) mod failure;
pub(crate) mod findings;
pub(crate) mod warnings;
