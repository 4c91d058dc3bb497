//! The policy compiler. A policy goes through `load`, `syntax`, `lower` (which evaluates its expressions), `check`, `plan` and
//! `apply`; `cli` has one file for each command, `report` one for each kind of output.

pub mod access;
pub mod adopt;
pub mod apply;
pub mod check;
pub mod cli;
pub mod diagnostic;
pub mod digest;
pub mod docs;
pub mod evaluate;
pub mod facts;
mod fast;
pub mod fmt;
pub mod json;
pub mod language;
pub mod load;
pub mod lower;
pub mod pipeline;
pub mod plan;
pub mod policy;
pub mod report;
pub mod syntax;
