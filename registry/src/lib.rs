//! The registry client: the only crate that knows a registry API.
