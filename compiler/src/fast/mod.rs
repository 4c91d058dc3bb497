//! What makes a check fast, each behind a small interface: threads, hash tables, sorted tables.

pub(crate) mod hash;
pub(crate) mod parallel;
pub mod sorted;
