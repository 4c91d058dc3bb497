//! What makes a check fast, each behind a small interface: hash tables.

pub(crate) mod hash;
