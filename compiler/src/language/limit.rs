//! The limits of the language, for its page: each room has a list of its own, made from the constants that it checks.

/// The most bytes of a label and of a key of `for_each`: they are part of everything that is said of a block.
pub const LABEL_MAX: usize = 1000;

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
