//! The policy compiler: load, parse, evaluate, lower, check, plan, apply, render.

pub mod adopt;
pub mod apply;
pub mod check;
pub mod command;
pub mod conformance;
pub mod day;
pub mod difference;
pub mod docs;
pub mod document;
pub mod evaluate;
pub mod explain;
pub mod facts;
pub mod format;
pub mod graph;
pub mod load;
pub mod lower;
pub mod matrix;
pub mod mine;
pub mod number;
pub mod plan;
pub mod policy;
mod quick;
pub mod renames;
pub mod render;
pub mod sorted;
pub mod suggest;
pub mod syntax;
