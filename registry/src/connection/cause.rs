//! The chain of causes of an error.

use std::error::Error;
use std::io;

/// The text of the innermost cause, such as "connection refused"; the outer ones only say that something failed.
pub(crate) fn innermost(error: &dyn Error) -> String {
    let mut error = error;
    while let Some(source) = error.source() {
        error = source;
    }
    error.to_string()
}

/// The first cause of a type for which `is` holds. `source` of an I/O error skips the error that it wraps.
pub(crate) fn cause<'a, E: Error + 'static>(
    error: &'a (dyn Error + 'static),
    is: impl Fn(&E) -> bool,
) -> Option<&'a E> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(found) = error.downcast_ref::<E>().filter(|found| is(found)) {
            return Some(found);
        }
        let wrapped = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        next = wrapped.map_or_else(|| error.source(), |inner| Some(inner));
    }
    None
}
