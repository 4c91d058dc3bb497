//! From the paths of a command line to the text of the policy's files. Of what reads, checks, plans and shows a policy, the
//! only part that touches the disk: whatever else a command reads and writes it does itself. A policy in memory is added to
//! [`Sources`] directly.

use schema::diagnostic::{Code, Finding, Findings};
use schema::source::{FileId, Sources, Span};
use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// The bytes of one file that are read at most.
const FILE_LIMIT: u64 = 64 << 20;

/// The bytes of all files together that are read at most.
const TOTAL_LIMIT: u64 = 256 << 20;

/// Why a policy cannot be read at all. What is wrong *in* a file is a finding instead.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// A path that does not exist or may not be read.
    #[error("cannot read `{}`: {source}", path.display())]
    Read {
        /// The path as named.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A directory without a policy.
    #[error("`{}` holds no policy file: none ends in `.nexus.hcl` or `.nexus.json`", path.display())]
    NoPolicy {
        /// The directory as named.
        path: PathBuf,
    },
    /// A file that was named but whose name does not say its format.
    #[error("`{}` is neither `.hcl` nor `.json`", path.display())]
    UnknownFormat {
        /// The file as named.
        path: PathBuf,
    },
}

/// Adds the policy files that `paths` name to `sources`, each once: files as they are, and from directories all
/// `*.nexus.hcl` and `*.nexus.json`, sorted by path.
///
/// # Errors
/// When a path does not exist, may not be read, names no policy file or a directory without one.
pub fn read(paths: &[PathBuf], sources: &mut Sources, findings: &mut Findings) -> Result<(), LoadError> {
    let mut reader = Reader { seen: BTreeSet::new(), total: 0, sources, findings };
    for path in paths {
        if metadata(path)?.is_dir() {
            reader.directory(path)?;
        } else if is_hcl_or_json(path) {
            reader.file(path)?;
        } else {
            return Err(LoadError::UnknownFormat { path: path.clone() });
        }
    }
    Ok(())
}

/// Adds one file to `sources`, whatever it is called.
///
/// # Errors
/// When it does not exist or may not be read.
pub fn read_file(path: &Path, sources: &mut Sources, findings: &mut Findings) -> Result<FileId, LoadError> {
    let next = sources.iter().count();
    Reader { seen: BTreeSet::new(), total: 0, sources, findings }.file(path)?;
    Ok(FileId(u32::try_from(next).unwrap_or(u32::MAX)))
}

/// Adds what a reader gives to `sources`, under this name.
///
/// # Errors
/// When it cannot be read.
pub fn read_from(
    input: &mut dyn Read,
    name: &str,
    sources: &mut Sources,
    findings: &mut Findings,
) -> io::Result<()> {
    let mut bytes = Vec::new();
    input.take(FILE_LIMIT + 1).read_to_end(&mut bytes)?;
    let mut reader = Reader { seen: BTreeSet::new(), total: 0, sources, findings };
    if bytes.len() as u64 > FILE_LIMIT {
        reader.refuse_size(name.to_owned(), FILE_LIMIT);
    } else {
        reader.add(name.to_owned(), bytes);
    }
    Ok(())
}

struct Reader<'a> {
    /// Canonical paths of the files read, so that a file that is named twice is not its own duplicate.
    seen: BTreeSet<PathBuf>,
    total: u64,
    sources: &'a mut Sources,
    findings: &'a mut Findings,
}

impl Reader<'_> {
    fn directory(&mut self, path: &Path) -> Result<(), LoadError> {
        let mut files = Vec::new();
        collect(path, &mut BTreeSet::new(), &mut files)?;
        if files.is_empty() {
            return Err(LoadError::NoPolicy { path: path.to_owned() });
        }
        files.sort();
        files.iter().try_for_each(|file| self.file(file))
    }

    fn file(&mut self, path: &Path) -> Result<(), LoadError> {
        let canonical = fs::canonicalize(path).map_err(|source| unreadable(path, source))?;
        if !self.seen.insert(canonical) {
            return Ok(());
        }
        let name = path.to_string_lossy().into_owned();
        let room = FILE_LIMIT.min(TOTAL_LIMIT - self.total);
        let bytes = contents(path, room).map_err(|source| unreadable(path, source))?;
        if bytes.len() as u64 > room {
            self.refuse_size(name, room);
        } else {
            self.total += bytes.len() as u64;
            self.add(name, bytes);
        }
        Ok(())
    }

    fn refuse_size(&mut self, name: String, room: u64) {
        let message = if room == FILE_LIMIT {
            format!("`{name}` is larger than {} MiB", FILE_LIMIT >> 20)
        } else {
            format!("`{name}` takes the policy beyond {} MiB", TOTAL_LIMIT >> 20)
        };
        let file = self.sources.add(name, "");
        self.findings.push(Finding::new(Code::TooLarge, Span::new(file, 0, 0), message));
    }

    /// Adds the text. Where it is not UTF-8, what is invalid is replaced, so that the place can be shown and the
    /// blocks that it does not touch still count.
    fn add(&mut self, name: String, bytes: Vec<u8>) {
        let error = match String::from_utf8(bytes) {
            Ok(text) => {
                self.sources.add(name, text);
                return;
            }
            Err(error) => error,
        };
        let at = error.utf8_error().valid_up_to();
        let byte = error.as_bytes().get(at).copied().unwrap_or_default();
        let text = String::from_utf8_lossy(error.as_bytes()).into_owned();
        let file = self.sources.add(name, text);
        let start = u32::try_from(at).unwrap_or(u32::MAX);
        let end = start.saturating_add(char::REPLACEMENT_CHARACTER.len_utf8() as u32);
        let message = format!("the byte 0x{byte:02X} is not valid UTF-8");
        let finding = Finding::new(Code::Syntax, Span::new(file, start, end), message);
        self.findings.push(finding.help("save the file as UTF-8"));
    }
}

/// All policy files under `directory`. A directory that was entered before, by way of a symbolic link, is passed over.
fn collect(
    directory: &Path,
    entered: &mut BTreeSet<PathBuf>,
    files: &mut Vec<PathBuf>,
) -> Result<(), LoadError> {
    let canonical = fs::canonicalize(directory).map_err(|source| unreadable(directory, source))?;
    if !entered.insert(canonical) {
        return Ok(());
    }
    let entries = fs::read_dir(directory).map_err(|source| unreadable(directory, source))?;
    for entry in entries {
        let entry = entry.map_err(|source| unreadable(directory, source))?;
        let path = entry.path();
        let kind = entry.file_type().map_err(|source| unreadable(&path, source))?;
        if kind.is_symlink() && (!is_policy(&path) || is_lock(&path)) {
            // A link that leads nowhere is not ours to mind.
            if fs::metadata(&path).is_ok_and(|target| target.is_dir()) {
                collect(&path, entered, files)?;
            }
        } else if metadata(&path)?.is_dir() {
            collect(&path, entered, files)?;
        } else if is_policy(&path) {
            if !metadata(&path)?.is_file() {
                // A pipe would keep us waiting for a writer.
                return Err(unreadable(&path, io::Error::other("it is not a regular file")));
            }
            files.push(path);
        }
    }
    Ok(())
}

/// At most one byte more than `room`.
fn contents(path: &Path, room: u64) -> io::Result<Vec<u8>> {
    let file = File::open(path)?;
    let mut bytes = Vec::with_capacity(usize::try_from(file.metadata()?.len().min(room)).unwrap_or(0) + 1);
    file.take(room + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn metadata(path: &Path) -> Result<fs::Metadata, LoadError> {
    fs::metadata(path).map_err(|source| unreadable(path, source))
}

fn unreadable(path: &Path, source: io::Error) -> LoadError {
    LoadError::Read { path: path.to_owned(), source }
}

fn is_policy(path: &Path) -> bool {
    path.file_name()
        .and_then(|name| name.to_str())
        .is_some_and(|name| name.ends_with(".nexus.hcl") || name.ends_with(".nexus.json"))
}

/// Whether Emacs keeps this link while it edits a file: it leads nowhere.
fn is_lock(path: &Path) -> bool {
    path.file_name().and_then(|name| name.to_str()).is_some_and(|name| name.starts_with(".#"))
}

fn is_hcl_or_json(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "hcl" || extension == "json")
}

#[cfg(test)]
mod tests;
