//! How many operations are in progress: Temporal Cloud allows ten of an account, and refuses further writes until one ends.

use super::shared;
use std::fmt;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::sleep;

/// The operations that may be in progress at once (source: Temporal Cloud's documentation).
const PLACES: usize = 10;
/// How often it is looked whether another process has left a place.
const LOOK_AGAIN: Duration = Duration::from_millis(20);

/// The places for operations in progress.
pub(crate) struct Places {
    free: Arc<Semaphore>,
    /// What the names of the files start with, of which a place is one.
    shared: OnceLock<PathBuf>,
}

/// A place for an operation. It is free again once it is dropped.
#[derive(Clone, Default)]
pub struct Place(#[expect(dead_code, reason = "held, and dropped")] Option<Arc<Held>>);

struct Held {
    _permit: Option<OwnedSemaphorePermit>,
    _lock: Option<File>,
}

impl Default for Places {
    fn default() -> Self {
        Self { free: Arc::new(Semaphore::new(PLACES)), shared: OnceLock::new() }
    }
}

impl Places {
    /// Shares them with the other processes that name the same files.
    pub(super) fn share(&self, files: PathBuf) {
        let _ = self.shared.set(files);
    }

    /// Waits for a place.
    pub(crate) async fn take(&self) -> Place {
        let permit = Arc::clone(&self.free).acquire_owned().await.ok();
        let lock = match self.shared.get() {
            Some(files) => lock(files).await,
            None => None,
        };
        Place(Some(Arc::new(Held { _permit: permit, _lock: lock })))
    }
}

/// Waits for one of the files. Where they cannot be had, each process has its own places alone.
async fn lock(files: &Path) -> Option<File> {
    let path = |number: usize| {
        let mut path = files.as_os_str().to_owned();
        path.push(format!("-{number}"));
        PathBuf::from(path)
    };
    loop {
        match shared::lock_one((0..PLACES).map(path)) {
            Ok(Some(file)) => return Some(file),
            Ok(None) => sleep(LOOK_AGAIN).await,
            Err(error) => {
                tracing::debug!(%error, "operations in progress are not shared with other processes");
                return None;
            }
        }
    }
}

impl fmt::Debug for Place {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Place")
    }
}

/// Where an operation is counted makes no difference to what it is.
impl PartialEq for Place {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Place {}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::time::timeout;

    async fn is_full(places: &Places) -> bool {
        timeout(Duration::from_millis(100), places.take()).await.is_err()
    }

    async fn take(places: &Places, count: usize) -> Vec<Place> {
        futures_util::future::join_all((0..count).map(|_| places.take())).await
    }

    #[tokio::test(start_paused = true)]
    async fn a_place_is_free_once_its_last_holder_lets_go() {
        let places = Places::default();
        let mut taken = take(&places, PLACES).await;
        assert!(is_full(&places).await);
        let copy = taken.pop().unwrap().clone();
        drop(copy);
        assert!(!is_full(&places).await);
    }

    /// Two clients stand for two processes: a lock is of the file that was opened, not of the process.
    #[tokio::test(start_paused = true)]
    async fn processes_share_their_places() {
        let folder = tempfile::tempdir().unwrap();
        let (one, another, of_others) = (Places::default(), Places::default(), Places::default());
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
        let places = Places::default();
        places.share("/nowhere/at/all".into());
        let _taken = take(&places, PLACES).await;
        assert!(is_full(&places).await);
    }
}
