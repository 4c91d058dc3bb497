//! Work that two threads share.

use std::num::NonZero;
use std::panic::resume_unwind;
use std::thread::{self, Builder};

/// Does `other` in a thread of its own while it does `own`, and gives what came of both. Where there is no processor or no
/// thread for it, `other` is not done.
pub fn beside<T, O: Send>(own: impl FnOnce() -> T, other: impl FnOnce() -> O + Send) -> (T, Option<O>) {
    if thread::available_parallelism().map_or(1, NonZero::get) < 2 {
        return (own(), None);
    }
    thread::scope(|scope| {
        let thread = Builder::new().stack_size(STACK).spawn_scoped(scope, other);
        let done = own();
        (done, thread.ok().map(|thread| thread.join().unwrap_or_else(|panic| resume_unwind(panic))))
    })
}

/// The bytes of a thread's stack, which has to hold what is nested as deep as may be.
pub const STACK: usize = 8 << 20;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_are_done() {
        let (own, other) = beside(|| 1, || 2);
        assert_eq!((own, other.unwrap_or(2)), (1, 2));
    }
}
