//! Work that several threads share. The others are started when they are first needed, and wait for more.

use rayon_core::{ThreadPool, ThreadPoolBuilder};
use std::num::NonZero;
use std::sync::OnceLock;
use std::thread;

/// How many threads there are at most, this one included.
const MOST: usize = 8;

/// The bytes of a thread's stack, which has to hold what is nested as deep as may be.
const STACK: usize = 8 << 20;

/// How many threads may work at once, this one included.
pub fn threads() -> usize {
    thread::available_parallelism().map_or(1, NonZero::get).min(MOST)
}

/// Does `other` in another thread while it does `own`, and gives what came of both. Where there is no processor or no
/// thread for it, `other` is not done.
pub fn join<T, O: Send>(own: impl FnOnce() -> T, other: impl FnOnce() -> O + Send) -> (T, Option<O>) {
    let Some(pool) = others() else { return (own(), None) };
    let mut done = None;
    let own = pool.in_place_scope(|scope| {
        scope.spawn(|_| done = Some(other()));
        own()
    });
    (own, done)
}

/// Does `other` in so many other threads while it does `own`, or in as many as there are, and gives what came of all.
pub fn with_others<T, O: Send>(
    count: usize,
    other: impl Fn() -> O + Sync,
    own: impl FnOnce() -> T,
) -> (T, Vec<O>) {
    let Some(pool) = others() else { return (own(), Vec::new()) };
    let mut done: Vec<_> = (0..count.min(pool.current_num_threads())).map(|_| None).collect();
    let own = pool.in_place_scope(|scope| {
        for done in &mut done {
            scope.spawn(|_| *done = Some(other()));
        }
        own()
    });
    (own, done.into_iter().flatten().collect())
}

/// The threads beside this one.
fn others() -> Option<&'static ThreadPool> {
    static OTHERS: OnceLock<Option<ThreadPool>> = OnceLock::new();
    let count = threads() - 1;
    let started = || ThreadPoolBuilder::new().num_threads(count).stack_size(STACK).build().ok();
    OTHERS.get_or_init(|| if count == 0 { None } else { started() }).as_ref()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_are_done() {
        let (own, other) = join(|| 1, || 2);
        assert_eq!((own, other.unwrap_or(2)), (1, 2));
        let (own, others) = with_others(3, || 2, || 1);
        assert!(own == 1 && others.len() < threads() && others.iter().all(|other| *other == 2));
    }
}
