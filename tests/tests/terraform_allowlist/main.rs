//! Allowlists from end to end, in the three ways that a configuration can keep them: real Terraform, our provider's program,
//! the embedded registry's program. Every test runs on every Terraform that there is.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod allowed_caller;
mod allowlist;
mod at_once;
mod faults;
mod handover;
mod import;
mod refresh;
mod scene;
mod together;
mod validate;
