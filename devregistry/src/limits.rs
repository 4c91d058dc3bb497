//! The limits of what clients can make the registry hold, for documentation.

use crate::calls::page;
use crate::operations;
use crate::server::body;

/// The limits; [`crate::Settings::client_timeout`] is another.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// The bytes of a request, compressed or not.
    pub request: usize,
    /// A body of more bytes counts as large.
    pub large_body: usize,
    /// How many large bodies are read at the same time.
    pub concurrent_large_bodies: usize,
    /// The items of a page of a list.
    pub page: usize,
    /// How many finished operations are kept.
    pub finished_operations: usize,
}

/// The limits that the registry checks.
pub const LIMITS: Limits = Limits {
    request: body::MAX_REQUEST,
    large_body: body::LARGE_BODY,
    concurrent_large_bodies: body::MAX_CONCURRENT_LARGE_BODIES,
    page: page::MAX_SIZE,
    finished_operations: operations::MAX_FINISHED,
};
