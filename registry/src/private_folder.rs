//! A private directory for files that the processes of one user share.

use std::fs;
use std::io::{Error, Result};
use std::path::{Path, PathBuf};

/// The directory of this user's files in the directory for temporary files. Other users may neither read nor write it.
///
/// # Errors
/// When it cannot be created, or when other users have access to it.
#[cfg(unix)]
pub fn private_folder(temporary: &Path) -> Result<PathBuf> {
    use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _};

    let probe = temporary.join(format!("temporalnexus-{}", crate::new_operation_id()));
    fs::DirBuilder::new().mode(0o700).create(&probe)?;
    let user = fs::symlink_metadata(&probe)?.uid();
    let folder = temporary.join(format!("temporalnexus-{user}"));
    // The first process of a user creates the directory for all others.
    let _ = fs::rename(&probe, &folder).or_else(|_| fs::remove_dir(&probe));
    let found = fs::symlink_metadata(&folder)?;
    if !found.is_dir() || found.uid() != user || found.mode() & 0o077 != 0 {
        return Err(Error::other(
            "the directory for shared files belongs to another user, or other users have access to it",
        ));
    }
    Ok(folder)
}

/// On other systems the directory for temporary files belongs to one user.
///
/// # Errors
/// When it cannot be created.
#[cfg(not(unix))]
pub fn private_folder(temporary: &Path) -> Result<PathBuf> {
    let folder = temporary.join("temporalnexus");
    fs::create_dir_all(&folder)?;
    Ok(folder)
}
