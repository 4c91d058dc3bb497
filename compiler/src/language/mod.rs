//! The policy language: expressions and their values.

pub mod day;
pub mod evaluate;
pub mod number;
pub mod suggest;
