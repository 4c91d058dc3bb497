//! The domain of Temporal Nexus as code: names, regions, roles and the one permission rule, the account,
//! and what can be wrong with a policy. No I/O, no async, no clock.

pub mod access;
pub mod account;
pub mod block;
pub mod codec;
pub mod diagnostic;
pub mod json_schema;
pub mod limit;
pub mod name;
pub mod permission;
pub mod privatelink;
pub mod region;
pub mod secret;
pub mod source;
