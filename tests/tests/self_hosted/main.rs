//! Self-hosted Temporal: a real server, with Terraform and with `nexusc`, and its own CLI as witness.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod calls;
mod data;
mod policy;
mod scene;
mod terraform;
mod tls;
mod validate;
mod workflows;
