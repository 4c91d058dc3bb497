//! The Terraform plugin protocol, version 6, for providers written in Rust.
//!
//! A provider implements [`Provider`], [`Resource`], [`DataSource`] and [`Function`] in terms of [`Value`]s
//! and [`Schema`]s; [`serve`] speaks the protocol for it. Neither protobuf nor MessagePack leaves this crate.

mod clock;
mod diagnostic;
pub mod docs;
mod environment;
pub mod log;
mod path;
mod plan;
mod provider;
mod rpc;
pub mod schema;
pub mod serve;
mod value;
mod wire;

pub use async_trait::async_trait;
pub use diagnostic::{Answer, Diagnostic, Diagnostics, Severity};
pub use environment::Environment;
pub use path::{Path, Step};
pub use plan::Plan;
pub use provider::configured::Configured;
pub use provider::context::Context;
pub use provider::data_source::DataSource;
pub use provider::function::{Function, FunctionError, Parameter, Signature};
pub use provider::list_resource::{ListRequest, ListResource, Listed};
pub use provider::resource::{
    CreateRequest, DeleteRequest, ImportKey, MoveRequest, PlanRequest, ReadRequest, Resource, Stored,
    UpdateRequest,
};
pub use provider::{ConfigureRequest, Provider, problems};
pub use schema::{Attribute, IdentityAttribute, IdentitySchema, Nested, NestedBlock, Schema};
pub use value::{DecodeError, Dynamic, Mismatch, Number, NumberError, Set, Type, Value};
