//! The messages of `tfplugin6` and go-plugin's controller that a provider needs, written by hand.
//!
//! Field numbers are those of the protocol. Unused fields are omitted, as protobuf skips them.

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
