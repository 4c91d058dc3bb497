//! The limits of the language, for its page: each room has a list of its own, made from the constants that it checks.

/// One limit.
#[derive(Clone, Copy, Debug)]
pub struct Limit {
    /// What is counted.
    pub what: &'static str,
    /// The most that is allowed.
    pub most: usize,
}

/// A limit.
#[must_use]
pub const fn limit(what: &'static str, most: usize) -> Limit {
    Limit { what, most }
}
