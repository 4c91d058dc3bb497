//! The client against a scripted server: what a correct registry does seldom, and what none ever does.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod answers;
mod attachments;
mod guarded;
mod leaks;
mod lists;
mod principals;
mod proxies;
mod retries;
mod scripted;
mod scripted_server;
mod secrets;
mod server_writes;
mod tls;
