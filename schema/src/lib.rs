//! The domain of Temporal Nexus as code: names, regions, roles and the one permission rule, and the account.
//! No I/O, no async, no clock.

pub mod access;
pub mod account;
pub mod backend;
pub mod codec;
pub mod limit;
pub mod name;
pub mod permission;
pub mod privatelink;
pub mod region;
pub mod secret;
