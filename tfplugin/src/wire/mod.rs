//! The messages of `tfplugin6` and go-plugin's controller, written by hand: what a provider needs and no more.
//!
//! Field numbers are the protocol's. Fields that this layer has no use for are left out; protobuf skips them.

mod configure;
mod function;
mod list;
mod resource;
mod schema;
mod shared;

pub(crate) use configure::*;
pub(crate) use function::*;
pub(crate) use list::*;
pub(crate) use resource::*;
pub(crate) use schema::*;
pub(crate) use shared::*;
