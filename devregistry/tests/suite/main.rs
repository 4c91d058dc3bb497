//! The embedded registry over real sockets: plain HTTP and gRPC, one behaviour a test.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod api_key;
mod audit;
mod concurrency;
mod connectivity_rule;
mod crash;
mod custom_role;
mod durable;
mod endpoint;
mod fault;
mod grpc;
mod hostile;
mod http;
mod identity;
mod list;
mod namespace;
mod operation;
mod people;
mod permission;
mod property;
mod readme;
mod replica;
mod restart;
mod robust;
mod storm;
mod thing;
mod tls;
mod world;
