//! JSON Schemas: what they share, and holding a document against one.

pub mod conformance;
pub(crate) mod schema;
