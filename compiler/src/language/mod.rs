//! The vocabulary of the policy language: its blocks and attributes, numbers and days, names that were meant, and what
//! differs from Terraform.

pub mod block;
pub mod day;
pub mod differences;
pub mod guarded;
pub mod hidden;
pub mod json_schema;
pub mod limit;
pub mod number;
pub mod suggest;
pub mod text;
