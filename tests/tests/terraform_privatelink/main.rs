//! Private connectivity from end to end: real Terraform, our provider's program, the embedded registry's program. Every
//! test runs on every Terraform that there is.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod attachment;
mod drift;
mod faults;
mod mapping;
mod moved;
mod public_rule;
mod refusals;
mod scene;
mod takeover;
