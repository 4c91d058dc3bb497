//! The Terraform plugin protocol, version 6, for providers written in Rust.
//!
//! A provider implements [`Provider`], [`Resource`], [`DataSource`] and [`Function`] in terms of [`Value`]s
//! and [`Schema`]s; [`serve`] speaks the protocol for it. Neither protobuf nor MessagePack leaves this crate.

mod clock;
mod configured;
mod context;
mod data_source;
mod diagnostic;
pub mod docs;
mod environment;
mod function;
mod list_resource;
pub mod log;
mod path;
mod plan;
mod provider;
mod resource;
pub mod schema;
pub mod serve;
mod server;
mod value;
mod wire;

pub use async_trait::async_trait;
pub use configured::Configured;
pub use context::Context;
pub use data_source::DataSource;
pub use diagnostic::{Answer, Diagnostic, Diagnostics, Severity};
pub use environment::Environment;
pub use function::{Function, FunctionError, Parameter, Signature};
pub use list_resource::{ListRequest, ListResource, Listed};
pub use path::{Path, Step};
pub use plan::Plan;
pub use provider::{ConfigureRequest, Provider, problems};
pub use resource::{
    CreateRequest, DeleteRequest, ImportKey, MoveRequest, PlanRequest, ReadRequest, Resource, Stored,
    UpdateRequest,
};
pub use schema::{Attribute, IdentityAttribute, IdentitySchema, Nested, NestedBlock, Schema};
pub use value::{DecodeError, Dynamic, Mismatch, Number, NumberError, Set, Type, Value};
