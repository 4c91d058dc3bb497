//! The policy compiler: load, parse, evaluate, lower, check, plan, apply, render.

pub mod document;
pub mod evaluate;
pub mod load;
pub mod number;
pub mod suggest;
pub mod syntax;
