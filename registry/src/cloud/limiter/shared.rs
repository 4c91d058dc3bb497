//! What the processes of one user on one machine share: Terraform starts one for each provider block, and a pipeline runs
//! several workspaces at once, all with one key and under one limit.
//!
//! Nothing depends on a file being there: without one a process knows its own calls alone.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{Error, Read, Result, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// After that a file is of no use any more: a rate has recovered long before.
const UNUSED: Duration = Duration::from_secs(3600);

/// How long a lock on a file of numbers is waited for.
const TRIES: u32 = 40;
const MOMENT: Duration = Duration::from_micros(500);

/// The folder for rates and slots within the one of this user. What nobody has used for an hour is removed from it.
pub(crate) fn folder(temporary: &Path) -> Result<PathBuf> {
    let folder = crate::private_folder(temporary)?.join("limits");
    fs::create_dir_all(&folder)?;
    for path in fs::read_dir(&folder)?.flatten().map(|entry| entry.path()) {
        let modified = fs::metadata(&path).and_then(|metadata| metadata.modified());
        let is_old = modified.is_ok_and(|at| at.elapsed().is_ok_and(|age| age > UNUSED));
        if is_old && try_lock(&path).is_ok_and(|lock| lock.is_some()) {
            // Another process may have been faster.
            let _ = fs::remove_file(&path);
        }
    }
    Ok(folder)
}

/// Opens a file for whoever comes first or later.
pub(super) fn open(path: &Path) -> Result<File> {
    OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path)
}

/// Locks the first of these files that nobody has locked; `None` when all are. It is free again when it is closed, whatever
/// ends its process.
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
pub(super) struct Numbers<const COUNT: usize>(File);

impl<const COUNT: usize> Numbers<COUNT> {
    pub(super) fn open(path: &Path) -> Result<Self> {
        Ok(Self(open(path)?))
    }

    /// Lets `change` have the numbers, or `None` where there are none yet, and writes what it makes of them.
    pub(super) fn change<T>(
        &mut self,
        change: impl FnOnce(Option<[f64; COUNT]>) -> ([f64; COUNT], T),
    ) -> Result<T> {
        self.lock()?;
        let changed = self.change_locked(change);
        self.0.unlock()?;
        changed
    }

    /// Nobody holds the lock longer than a moment, unless its process is suspended: then it is gone without.
    fn lock(&self) -> Result<()> {
        for _ in 0..TRIES {
            match self.0.try_lock() {
                Err(TryLockError::WouldBlock) => std::thread::sleep(MOMENT),
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

/// Anything else than so many finite numbers is nothing.
fn read<const COUNT: usize>(bytes: &[u8]) -> Option<[f64; COUNT]> {
    let (chunks, rest) = bytes.as_chunks();
    let numbers: [f64; COUNT] =
        chunks.iter().map(|chunk| f64::from_le_bytes(*chunk)).collect::<Vec<_>>().try_into().ok()?;
    (rest.is_empty() && numbers.iter().all(|number| number.is_finite())).then_some(numbers)
}
