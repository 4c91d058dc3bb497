//! What is long is read in parts by several threads. Each has names of its own; where one finds anything wrong, or all
//! together hold more than a document may, what they read is dropped, and it is read again as a whole: so nobody can tell
//! the difference but by the time.

use super::names::Names;
use crate::beside::STACK;
use schema::diagnostic::Findings;
use std::num::NonZero;
use std::sync::Mutex;
use std::sync::mpsc::{Receiver, channel};
use std::thread::{self, Builder};

/// The bytes that are worth a thread of their own.
const LEAST: usize = 256 << 10;

/// How many threads there are at most.
const MOST: usize = 8;

/// How many parts there are for each thread, so that one that is slower than the others reads fewer.
const PARTS: usize = 4;

/// In how many parts a text of so many bytes is read; one where it is not worth it.
pub(super) fn parts(bytes: usize) -> usize {
    match threads(bytes) {
        1 => 1,
        threads => threads * PARTS,
    }
}

fn threads(bytes: usize) -> usize {
    match (bytes / LEAST).min(MOST) {
        0 | 1 => 1,
        worth => thread::available_parallelism().map_or(1, NonZero::get).min(worth),
    }
}

/// Reads the parts of a text of so many bytes, which `cut` gives one after the other. `None` where they have to be read as
/// a whole.
pub(super) fn read<T: Send, R: Send>(
    bytes: usize,
    names: &mut Names,
    cut: impl FnOnce(&mut dyn FnMut(T)) -> Option<()>,
    read: impl Fn(T, &mut Names, &mut Findings) -> R + Sync,
) -> Option<Vec<R>> {
    let (room, threads) = (names.room(), threads(bytes));
    let (give, parts) = channel();
    let parts = Mutex::new(parts);
    let work = || {
        let (mut names, mut findings) = (Names::with_room(room, bytes / threads), Findings::new());
        let mut done = Vec::new();
        while let Some((number, part)) = next(&parts) {
            done.push((number, read(part, &mut names, &mut findings)));
            if !findings.is_empty() {
                return None;
            }
        }
        Some((done, room - names.room()))
    };
    let done: Vec<_> = thread::scope(|scope| {
        let spawn = |_| Builder::new().stack_size(STACK).spawn_scoped(scope, work).ok();
        let others: Vec<_> = (1..threads).filter_map(spawn).collect();
        let mut number = 0..;
        let is_cut = cut(&mut |part| drop(number.next().map(|number: usize| give.send((number, part)))));
        drop(give);
        let own = is_cut.and_then(|()| work());
        let others = others.into_iter().map(|thread| thread.join().ok().flatten());
        others.chain([own]).collect::<Option<_>>()
    })?;
    let used: usize = done.iter().map(|(_, used)| used).sum();
    if used >= room {
        return None;
    }
    names.make_room(used);
    let mut read: Vec<_> = done.into_iter().flat_map(|(read, _)| read).collect();
    read.sort_unstable_by_key(|(number, _)| *number);
    Some(read.into_iter().map(|(_, read)| read).collect())
}

/// The next part, once there is one; none after the last.
fn next<T>(parts: &Mutex<Receiver<T>>) -> Option<T> {
    parts.lock().ok()?.recv().ok()
}
