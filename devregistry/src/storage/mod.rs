//! Tables that can roll back the changes of a call, and the state file.

mod persistence;
pub(crate) mod record;
pub(crate) mod store;
pub(crate) mod table;
