//! Files through which the processes of one user on one machine share limits: Terraform starts a process for each provider
//! block, and a pipeline runs several workspaces at once, all with one key and under one limit.
//!
//! Without such a file a process counts only its own requests.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{Error, Read, Result, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The age at which an unused file is removed: a rate recovers much sooner.
const MAX_AGE: Duration = Duration::from_secs(3600);

/// How often, and at what interval, a lock is tried.
const LOCK_ATTEMPTS: u32 = 40;
const LOCK_INTERVAL: Duration = Duration::from_micros(500);

/// The directory for rates and slots in the private directory of this user. Files that were unused for an hour are removed.
pub(crate) fn folder(temporary: &Path) -> Result<PathBuf> {
    let folder = crate::private_folder(temporary)?.join("limits");
    fs::create_dir_all(&folder)?;
    for path in fs::read_dir(&folder)?.flatten().map(|entry| entry.path()) {
        let modified = fs::metadata(&path).and_then(|metadata| metadata.modified());
        let is_old = modified.is_ok_and(|at| at.elapsed().is_ok_and(|age| age > MAX_AGE));
        if is_old && try_lock(&path).is_ok_and(|lock| lock.is_some()) {
            // Another process may have removed it.
            let _ = fs::remove_file(&path);
        }
    }
    Ok(folder)
}

/// Opens a file, and creates it if necessary.
pub(super) fn open(path: &Path) -> Result<File> {
    OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path)
}

/// Locks the first of these files that is not locked; `None` when all are. The lock is released when the file is closed, or
/// when the process ends.
pub(super) fn lock_one(mut paths: impl Iterator<Item = PathBuf>) -> Result<Option<File>> {
    paths.find_map(|path| try_lock(&path).transpose()).transpose()
}

fn try_lock(path: &Path) -> Result<Option<File>> {
    let file = open(path)?;
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(error)) => Err(error),
    }
}

/// Numbers in a file, which one process at a time reads and writes.
pub(super) struct SharedNumbers<const COUNT: usize>(File);

impl<const COUNT: usize> SharedNumbers<COUNT> {
    pub(super) fn open(path: &Path) -> Result<Self> {
        Ok(Self(open(path)?))
    }

    /// Passes the numbers to `change`, or `None` if there are none yet, and writes those that it returns.
    pub(super) fn change<T>(
        &mut self,
        change: impl FnOnce(Option<[f64; COUNT]>) -> ([f64; COUNT], T),
    ) -> Result<T> {
        self.lock()?;
        let changed = self.change_locked(change);
        self.0.unlock()?;
        changed
    }

    /// Processes hold the lock only briefly, unless one is suspended: then this fails.
    fn lock(&self) -> Result<()> {
        for _ in 0..LOCK_ATTEMPTS {
            match self.0.try_lock() {
                Err(TryLockError::WouldBlock) => std::thread::sleep(LOCK_INTERVAL),
                Err(TryLockError::Error(error)) => return Err(error),
                Ok(()) => return Ok(()),
            }
        }
        Err(Error::other("another process holds the lock"))
    }

    fn change_locked<T>(
        &mut self,
        change: impl FnOnce(Option<[f64; COUNT]>) -> ([f64; COUNT], T),
    ) -> Result<T> {
        let mut bytes = Vec::new();
        self.0.seek(SeekFrom::Start(0))?;
        (&mut self.0).take(1 << 10).read_to_end(&mut bytes)?;
        let (numbers, result) = change(read(&bytes));
        self.0.seek(SeekFrom::Start(0))?;
        let bytes = numbers.map(f64::to_le_bytes);
        self.0.write_all(bytes.as_flattened())?;
        self.0.set_len(bytes.as_flattened().len() as u64)?;
        Ok(result)
    }
}

/// `None` for anything but so many finite numbers.
fn read<const COUNT: usize>(bytes: &[u8]) -> Option<[f64; COUNT]> {
    let (chunks, rest) = bytes.as_chunks();
    let numbers: [f64; COUNT] =
        chunks.iter().map(|chunk| f64::from_le_bytes(*chunk)).collect::<Vec<_>>().try_into().ok()?;
    (rest.is_empty() && numbers.iter().all(|number| number.is_finite())).then_some(numbers)
}
