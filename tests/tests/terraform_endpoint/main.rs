//! `temporalnexus_endpoint` from end to end: real Terraform, our provider's program, the embedded registry's program.
//! Every test runs on every Terraform that there is.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod configuration;
mod conflicts;
mod drift;
mod faults;
mod import;
mod kills;
mod lifecycle;
mod moved;
mod query;
mod refusals;
mod scene;
mod timeouts;
mod validate;
