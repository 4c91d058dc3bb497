//! Who may call what: as a graph, as a matrix, and the difference that a change makes.

pub mod account;
pub mod deletion;
pub mod difference;
pub mod endpoint;
pub mod graph;
pub mod held;
pub mod matrix;
pub mod renames;
mod target;

pub use target::{ExternalTarget, HeldTarget, WorkerTarget};
