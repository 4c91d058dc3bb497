//! The provider through the traits that Terraform's protocol calls, against the embedded registry on a socket.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod allowlists;
mod apply;
mod configure;
mod import;
mod plan;
mod plan_checks;
mod read;
mod scene;
mod scripted;
