//! What is long is read in parts by several threads. Each has names of its own; where one finds anything wrong, or all
//! together hold more than a document may, what they read is dropped, and it is read again as a whole: so nobody can tell
//! the difference but by the time.

use super::names::Names;
use crate::diagnostic::Findings;
use crate::fast::parallel;
use std::sync::Mutex;
use std::sync::mpsc::{Receiver, channel};

/// The bytes that are worth a thread of their own.
const LEAST: usize = 256 << 10;

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
    match bytes / LEAST {
        0 | 1 => 1,
        worth => parallel::threads().min(worth),
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
    let own = || {
        let mut given = 0_usize;
        let is_cut = cut(&mut |part| {
            let _ = give.send((given, part));
            given += 1;
        });
        drop(give);
        is_cut.and_then(|()| work())
    };
    let (own, others) = parallel::with_others(threads - 1, work, own);
    let done: Vec<_> = others.into_iter().chain([own]).collect::<Option<_>>()?;
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
