//! Slots for operations in progress: Temporal Cloud allows ten for an account, and refuses further writes until one ends.

use super::shared;
use rand::RngExt as _;
use std::fmt;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::sleep;

/// The operations that may be in progress at once (source: Temporal Cloud's documentation).
const SLOTS: usize = 10;
/// How often a file is tried while other processes have locked all of them.
const POLL_INTERVAL: Duration = Duration::from_millis(20);

/// The slots for operations in progress.
pub(crate) struct Slots {
    free: Arc<Semaphore>,
    /// The prefix of the lock files, one for each slot.
    shared: OnceLock<PathBuf>,
}

/// A slot for an operation, released when it is dropped.
#[derive(Clone, Default)]
pub(crate) struct Slot(Option<Arc<Held>>);

struct Held {
    // Dropped in this order: a task that waits for the permit finds the file unlocked.
    _lock: Option<File>,
    _permit: Option<OwnedSemaphorePermit>,
}

impl Default for Slots {
    fn default() -> Self {
        Self { free: Arc::new(Semaphore::new(SLOTS)), shared: OnceLock::new() }
    }
}

impl Slots {
    /// Shares the slots with other processes that use the same files.
    pub(super) fn share(&self, files: PathBuf) {
        let _ = self.shared.set(files);
    }

    /// Waits for a slot.
    pub(crate) async fn take(&self) -> Slot {
        let is_contended = self.free.available_permits() == 0;
        let permit = Arc::clone(&self.free).acquire_owned().await.ok();
        let lock = match self.shared.get() {
            Some(files) => {
                if is_contended {
                    // Gives another process that waits for a file a chance.
                    let pause = POLL_INTERVAL.mul_f64(rand::rng().random_range(0.0..=2.0));
                    sleep(pause).await;
                }
                lock(files).await
            }
            None => None,
        };
        Slot(Some(Arc::new(Held { _permit: permit, _lock: lock })))
    }
}

/// Waits for the lock of one of the files. Without them each process counts only its own operations.
async fn lock(files: &Path) -> Option<File> {
    let path = |number: usize| {
        let mut path = files.as_os_str().to_owned();
        path.push(format!("-{number}"));
        PathBuf::from(path)
    };
    loop {
        match shared::lock_one((0..SLOTS).map(path)) {
            Ok(Some(file)) => return Some(file),
            Ok(None) => sleep(POLL_INTERVAL).await,
            Err(error) => {
                tracing::debug!(%error, "cannot share operation slots with other processes");
                return None;
            }
        }
    }
}

impl Slot {
    /// Whether it holds a slot.
    pub(crate) fn is_held(&self) -> bool {
        self.0.is_some()
    }
}

impl fmt::Debug for Slot {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Slot")
    }
}

/// Slots are ignored when operations are compared.
impl PartialEq for Slot {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Slot {}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::time::timeout;

    async fn is_full(slots: &Slots) -> bool {
        timeout(Duration::from_millis(100), slots.take()).await.is_err()
    }

    async fn take(slots: &Slots, count: usize) -> Vec<Slot> {
        futures_util::future::join_all((0..count).map(|_| slots.take())).await
    }

    #[tokio::test(start_paused = true)]
    async fn a_slot_is_free_once_its_last_holder_lets_go() {
        let slots = Slots::default();
        let mut taken = take(&slots, SLOTS).await;
        assert!(is_full(&slots).await);
        let copy = taken.pop().unwrap().clone();
        drop(copy);
        assert!(!is_full(&slots).await);
    }

    /// Two clients stand for two processes: a lock is of the file that was opened, not of the process.
    #[tokio::test(start_paused = true)]
    async fn processes_share_their_slots() {
        let folder = tempfile::tempdir().unwrap();
        let (one, another, of_others) = (Slots::default(), Slots::default(), Slots::default());
        one.share(folder.path().join("a"));
        another.share(folder.path().join("a"));
        of_others.share(folder.path().join("b"));
        let taken = take(&one, 6).await;
        let others = take(&another, 4).await;
        assert!(is_full(&one).await && is_full(&another).await && !is_full(&of_others).await);
        drop(taken);
        assert!(!is_full(&another).await);
        drop(others);
    }

    #[tokio::test(start_paused = true)]
    async fn without_files_each_has_its_own() {
        let slots = Slots::default();
        slots.share("/nowhere/at/all".into());
        let _taken = take(&slots, SLOTS).await;
        assert!(is_full(&slots).await);
    }
}
