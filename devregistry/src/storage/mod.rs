//! Tables that remember what a call changes, and the state file that keeps them.

mod durable;
pub(crate) mod record;
pub(crate) mod store;
pub(crate) mod table;
