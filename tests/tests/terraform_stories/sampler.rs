//! Reads the registry again and again while Terraform applies.

use crate::world::{Parts, Reader, World};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{Scope, ScopedJoinHandle, sleep};
use std::time::Duration;
use tests::account::Account;

const PAUSE: Duration = Duration::from_millis(5);

/// The states that the registry was seen in, each once in a row.
#[derive(Default)]
pub struct Samples {
    seen: Mutex<Vec<World>>,
    ended: AtomicBool,
}

impl Samples {
    /// Reads until [`Samples::end`].
    pub fn start<'s, 'e>(
        &'s self,
        scope: &'s Scope<'s, 'e>,
        account: Account,
        parts: Parts,
    ) -> ScopedJoinHandle<'s, ()> {
        scope.spawn(move || {
            let mut reader = Reader::new(account, parts);
            while !self.ended.load(Ordering::Relaxed) {
                let now = reader.read();
                let mut seen = self.seen.lock().expect("no reader has failed");
                if now.is_some() && now.as_ref() != seen.last() {
                    seen.extend(now);
                }
                drop(seen);
                sleep(PAUSE);
            }
        })
    }

    pub fn end(&self) {
        self.ended.store(true, Ordering::Relaxed);
    }

    /// Whether the registry has changed since the start.
    pub fn has_changed(&self) -> bool {
        self.seen.lock().expect("no reader has failed").len() > 1
    }

    pub fn all(self) -> Vec<World> {
        self.seen.into_inner().expect("no reader has failed")
    }
}
