//! The search for the policy files under a directory.
//!
//! Hidden files and folders, whose names begin with a dot, are passed over: `.git`, `.terraform`, `._policy.nexus.hcl`. A
//! symbolic link to one of them is followed.

use super::exclude::Exclusion;
use super::{LoadError, Unread, unreadable};
use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs::{self, DirEntry};
use std::io;
use std::path::{Path, PathBuf};

/// The extensions of policy files.
const EXTENSIONS: [&str; 2] = [".nexus.hcl", ".nexus.json"];

/// What was found under a directory.
pub(super) struct Walked {
    /// The policy files, sorted.
    pub files: Vec<PathBuf>,
    /// What cannot be read.
    pub errors: Vec<LoadError>,
    /// What was not read though it may hold a policy.
    pub unread: Unread,
}

/// The policy files under the directory `named`, whose canonical path is given.
///
/// # Errors
/// When the directory itself cannot be read.
pub(super) fn files(named: &Path, canonical: &Path, exclusion: &mut Exclusion) -> Result<Walked, LoadError> {
    let walked = Walked { files: Vec::new(), errors: Vec::new(), unread: Unread::Nothing };
    let mut walk = Walk { named, canonical, exclusion, linked: BTreeSet::new(), walked };
    walk.enter(named)?;
    let mut walked = walk.walked;
    walked.files.sort();
    Ok(walked)
}

struct Walk<'a> {
    named: &'a Path,
    canonical: &'a Path,
    exclusion: &'a mut Exclusion,
    /// The canonical paths of the directories that were entered through links.
    linked: BTreeSet<PathBuf>,
    walked: Walked,
}

impl Walk<'_> {
    fn enter(&mut self, directory: &Path) -> Result<(), LoadError> {
        let entries = fs::read_dir(directory).map_err(|source| unreadable(directory, source))?;
        for entry in entries {
            let entry = entry.map_err(|source| unreadable(directory, source))?;
            if let Err(error) = self.entry(&entry) {
                self.walked.errors.push(error);
            }
        }
        Ok(())
    }

    fn entry(&mut self, entry: &DirEntry) -> Result<(), LoadError> {
        let path = entry.path();
        let kind = entry.file_type().map_err(|source| unreadable(&path, source))?;
        if is_hidden(&entry.file_name()) {
            if self.walked.unread == Unread::Nothing && (kind.is_dir() || is_policy(&path)) {
                self.walked.unread = Unread::Hidden(path);
            }
            return Ok(());
        }
        let may_be_read = kind.is_dir() || kind.is_symlink() || has_name_of_policy(&path);
        if may_be_read && self.exclusion.excludes(path.strip_prefix(self.named).unwrap_or(&path)) {
            self.walked.unread = Unread::Excluded;
            return Ok(());
        }
        if kind.is_symlink() {
            return self.link(path);
        }
        if kind.is_dir() {
            return self.enter(&path);
        }
        if has_name_of_policy(&path) {
            self.check_name(&path)?;
            if !kind.is_file() {
                return Err(unreadable(&path, io::Error::other("it is not a regular file")));
            }
            self.walked.files.push(path);
        }
        Ok(())
    }

    /// Follows a symbolic link. What the walk finds anyway is not added; a target of another name, or below a hidden folder, is.
    fn link(&mut self, path: PathBuf) -> Result<(), LoadError> {
        let is_policy_file = has_name_of_policy(&path);
        let target = match fs::metadata(&path) {
            Ok(target) => target,
            Err(source) if is_policy_file => return Err(unreadable(&path, source)),
            // Broken links are ignored.
            Err(_) => return Ok(()),
        };
        if !target.is_dir() && !is_policy_file {
            return Ok(());
        }
        let canonical = fs::canonicalize(&path).map_err(|source| unreadable(&path, source))?;
        let Ok(within) = canonical.strip_prefix(self.canonical) else {
            return Err(LoadError::LeadsOut { path, directory: self.named.to_owned() });
        };
        let is_walked = !within.components().any(|part| is_hidden(part.as_os_str()));
        if target.is_dir() {
            let is_new = !is_walked && self.linked.insert(canonical);
            return if is_new { self.enter(&path) } else { Ok(()) };
        }
        self.check_name(&path)?;
        if !target.is_file() {
            return Err(unreadable(&path, io::Error::other("it is not a regular file")));
        }
        if !is_walked || !is_policy(&canonical) {
            self.walked.files.push(path);
        }
        Ok(())
    }

    /// Refuses a name that the reports and digests of a policy could not hold, and one that looks like that of a policy file.
    fn check_name(&self, path: &Path) -> Result<(), LoadError> {
        let reason = if path.strip_prefix(self.named).unwrap_or(path).to_str().is_none() {
            "its path is not UTF-8"
        } else if !is_policy(path) {
            "not in lower case"
        } else {
            return Ok(());
        };
        Err(LoadError::Misnamed { path: path.to_owned(), reason })
    }
}

pub(super) fn is_hidden(name: &OsStr) -> bool {
    name.as_encoded_bytes().starts_with(b".")
}

/// Whether this is the name of a policy file.
pub(super) fn is_policy(path: &Path) -> bool {
    EXTENSIONS.iter().any(|extension| name(path).ends_with(extension.as_bytes()))
}

/// Whether this is the name of a policy file, in any case and encoding.
pub(super) fn has_name_of_policy(path: &Path) -> bool {
    let name = name(path).to_ascii_lowercase();
    EXTENSIONS.iter().any(|extension| name.ends_with(extension.as_bytes()))
}

fn name(path: &Path) -> &[u8] {
    path.file_name().unwrap_or_default().as_encoded_bytes()
}
