//! The vocabulary of the policy language: its blocks and attributes, numbers and days, and names that were meant.

pub mod block;
pub mod day;
pub mod differences;
pub mod guarded;
pub mod json_schema;
pub mod number;
pub mod suggest;
pub mod text;
