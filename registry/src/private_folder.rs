//! A folder for what the processes of one user share with each other, and with nobody else.

use std::fs;
use std::io::{Error, Result};
use std::path::{Path, PathBuf};

/// The folder of this user's files within the one for temporary files: nobody else may read it or write to it.
///
/// # Errors
/// When there is none, and it cannot be made, or when it is open to others.
#[cfg(unix)]
pub fn private_folder(temporary: &Path) -> Result<PathBuf> {
    use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _};

    let probe = temporary.join(format!("temporalnexus-{}", crate::new_operation_id()));
    fs::DirBuilder::new().mode(0o700).create(&probe)?;
    let user = fs::symlink_metadata(&probe)?.uid();
    let folder = temporary.join(format!("temporalnexus-{user}"));
    // The first process of a user leaves its folder there for all others.
    let _ = fs::rename(&probe, &folder).or_else(|_| fs::remove_dir(&probe));
    let found = fs::symlink_metadata(&folder)?;
    if !found.is_dir() || found.uid() != user || found.mode() & 0o077 != 0 {
        return Err(Error::other(
            "the folder for shared files belongs to another user, or is open to others",
        ));
    }
    Ok(folder)
}

/// Elsewhere the folder for temporary files is each user's own.
///
/// # Errors
/// When it cannot be made.
#[cfg(not(unix))]
pub fn private_folder(temporary: &Path) -> Result<PathBuf> {
    let folder = temporary.join("temporalnexus");
    fs::create_dir_all(&folder)?;
    Ok(folder)
}
