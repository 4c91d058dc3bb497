//! Who may call what: as a graph, as a matrix, and the difference between two policies.

pub mod difference;
pub mod endpoint;
pub mod graph;
pub mod matrix;
