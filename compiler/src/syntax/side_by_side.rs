//! What is long is read in parts by several threads. Each has names of its own; where one finds anything wrong, or all
//! together hold more than a document may, what they read is dropped, and it is read again as a whole: so nobody can tell
//! the difference but by the time.

use super::names::Names;
use crate::beside::STACK;
use schema::diagnostic::Findings;
use std::num::NonZero;
use std::thread::{self, Builder};

/// The bytes that are worth a thread of their own.
const LEAST: usize = 256 << 10;

/// How many threads there are at most.
const MOST: usize = 8;

/// In how many parts a text of so many bytes is read; one where it is not worth it.
pub(super) fn parts(bytes: usize) -> usize {
    match (bytes / LEAST).min(MOST) {
        0 | 1 => 1,
        worth => thread::available_parallelism().map_or(1, NonZero::get).min(worth),
    }
}

/// Reads every part that `cut` gives, whose bytes `length` tells, in a thread of its own as soon as it is given. `None` where
/// they have to be read as a whole.
pub(super) fn read<T: Send, R: Send>(
    names: &mut Names,
    length: impl Fn(&T) -> usize + Sync,
    cut: impl FnOnce(&mut dyn FnMut(T)) -> Option<()>,
    read: impl Fn(T, &mut Names, &mut Findings) -> R + Sync,
) -> Option<Vec<R>> {
    let room = names.room();
    let one = |part: T| {
        let (mut names, mut findings) = (Names::with_room(room, length(&part)), Findings::new());
        let read = read(part, &mut names, &mut findings);
        findings.is_empty().then(|| (read, room - names.room()))
    };
    let done: Vec<_> = thread::scope(|scope| {
        let (one, mut threads) = (&one, Vec::new());
        let spawn = |part| Builder::new().stack_size(STACK).spawn_scoped(scope, move || one(part));
        cut(&mut |part| threads.push(spawn(part)))?;
        threads.into_iter().map(|thread| thread.ok()?.join().ok().flatten()).collect::<Option<_>>()
    })?;
    let used: usize = done.iter().map(|(_, used)| used).sum();
    if used >= room {
        return None;
    }
    names.make_room(used);
    Some(done.into_iter().map(|(read, _)| read).collect())
}
