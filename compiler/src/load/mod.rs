//! Reads the policy files that a command line names. The only part of the pipeline that accesses the file system; commands
//! read and write all other files themselves. A policy in memory is added to
//! [`Sources`] directly.

mod content;
mod exclude;
mod hidden;
mod stored;
mod walk;

pub use content::{BYTES_AFTER, FILE_LIMIT, WRITER_AFTER, read_bytes, read_text};
pub use exclude::Exclusions;
pub use hidden::{REPORTED_LINES, hidden_characters};
pub use stored::{
    StoredEntry, StoredExclusion, StoredFile, StoredFolder, StoredNames, joined, read_stored,
    read_stored_file,
};

use crate::diagnostic::source::{FileId, Sources, Span};
use crate::diagnostic::{Finding, Findings, SYNTAX, TOO_LARGE};
use content::Accepted;
use exclude::Exclusion;
use std::collections::BTreeSet;
use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// The path that stands for standard input, for commands that read it.
pub const STANDARD_INPUT: &str = "-";

/// The size limit of all files together, in bytes.
pub const TOTAL_LIMIT: u64 = 256 << 20;

/// Why a policy cannot be read. Problems *in* a file are findings instead.
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
    /// A symbolic link out of a directory. A pull request can add such a link, and the target must not be disclosed.
    #[error("`{}` is a symbolic link out of `{}`, which is not followed", path.display(), directory.display())]
    LeadsOut {
        /// The link.
        path: PathBuf,
        /// The directory as named.
        directory: PathBuf,
    },
    /// A directory without a policy.
    #[error("`{}` has no policy files (`*.nexus.hcl`, `*.nexus.json`)", path.display())]
    NoPolicy {
        /// The directory as named.
        path: PathBuf,
        /// A hidden file or folder that was not read, or whether all files are excluded.
        unread: Unread,
    },
    /// A policy file in a directory whose name is not UTF-8, or differs from that of a policy file only by case.
    #[error("`{}` has the name of a policy file, but {reason}", path.display())]
    Misnamed {
        /// The file.
        path: PathBuf,
        /// What is wrong with its name.
        reason: &'static str,
    },
    /// A symbolic link that has the name of a policy file and leads to nothing, in a tree that is not on the disk.
    #[error("`{}` is a symbolic link to nothing", path.display())]
    Broken {
        /// The link.
        path: PathBuf,
    },
    /// A submodule in a tree that is not on the disk.
    #[error("`{}` is a submodule, whose files are not in the repository", path.display())]
    Submodule {
        /// The submodule.
        path: PathBuf,
    },
    /// A file whose extension is not that of a format.
    #[error("`{}` is neither `.hcl` nor `.json`", path.display())]
    UnknownFormat {
        /// The file as named.
        path: PathBuf,
    },
}

/// What a directory without a policy has that was not read.
#[derive(Debug, PartialEq, Eq)]
pub enum Unread {
    /// Nothing.
    Nothing,
    /// This hidden file or folder.
    Hidden(PathBuf),
    /// What `--exclude` matches.
    Excluded,
}

impl LoadError {
    /// What to do about it.
    #[must_use]
    pub fn help(&self) -> Option<String> {
        let help = match self {
            Self::UnknownFormat { path } if has_extension(path, "tf") => {
                "Terraform's configuration is no policy: name the folder or the `*.nexus.hcl` files of a policy"
            }
            Self::UnknownFormat { path } if has_extension(path, "hcl") || has_extension(path, "json") => {
                "rename it: the extension of a policy file is in lower case"
            }
            Self::UnknownFormat { .. } => "name a folder, or policy files (`*.nexus.hcl`, `*.nexus.json`)",
            Self::Read { path, .. } if path.as_os_str() == STANDARD_INPUT => {
                "name a folder, or policy files: only `nexusc check` and `nexusc fmt` read standard input"
            }
            Self::NoPolicy { unread: Unread::Hidden(path), .. } => {
                return Some(format!(
                    "hidden files and folders are read only if named, such as `{}`",
                    path.display()
                ));
            }
            Self::NoPolicy { unread: Unread::Excluded, .. } => {
                "remove `--exclude`, which matches all of them"
            }
            Self::Misnamed { .. } => {
                "rename it in UTF-8, with the extension in lower case, or leave it out with `--exclude`"
            }
            Self::Submodule { .. } => {
                "leave it out with `--exclude`, or check the base out and name its folder"
            }
            Self::Read { .. } | Self::LeadsOut { .. } | Self::NoPolicy { .. } | Self::Broken { .. } => {
                return None;
            }
        };
        Some(help.to_owned())
    }
}

/// What to read: files and directories, and what of them to leave out.
#[derive(Clone, Copy)]
pub struct Selection<'a> {
    /// Files and directories.
    pub paths: &'a [PathBuf],
    /// The paths that exclusions are relative to.
    pub beside: &'a [PathBuf],
    /// What is left out.
    pub exclusions: &'a Exclusions,
    /// What the path `-` stands for; without it, `-` is a path like any other.
    pub input: Option<&'a Input>,
}

/// The content of standard input.
pub struct Input {
    /// The name that findings have for it.
    pub name: String,
    /// Its path in the policy, with the extension of its language.
    pub in_policy: String,
    /// The content, of which one byte more than a file may have is kept.
    bytes: Vec<u8>,
}

impl Input {
    /// Reads it, and gives it a path in the policy by its text.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn read(
        input: &mut dyn Read,
        name: String,
        in_policy: impl FnOnce(&str) -> String,
    ) -> io::Result<Self> {
        let mut bytes = Vec::new();
        input.take(FILE_LIMIT + 1).read_to_end(&mut bytes)?;
        let in_policy = in_policy(&String::from_utf8_lossy(&bytes));
        Ok(Self { name, in_policy, bytes })
    }
}

/// Everything that the paths name.
impl<'a> From<&'a [PathBuf]> for Selection<'a> {
    fn from(paths: &'a [PathBuf]) -> Self {
        static NONE: Exclusions = Exclusions::NONE;
        Self { paths, beside: paths, exclusions: &NONE, input: None }
    }
}

impl<'a> From<&'a Vec<PathBuf>> for Selection<'a> {
    fn from(paths: &'a Vec<PathBuf>) -> Self {
        Self::from(paths.as_slice())
    }
}

impl<'a, const N: usize> From<&'a [PathBuf; N]> for Selection<'a> {
    fn from(paths: &'a [PathBuf; N]) -> Self {
        Self::from(paths.as_slice())
    }
}

/// What `--exclude` did.
#[derive(Clone, Debug, Default)]
pub struct Excluded {
    /// How many files and folders it left out.
    pub count: usize,
    /// The patterns that match nothing.
    pub unused: Vec<String>,
}

/// Adds the policy files that `selection` names to `sources`, each once: files as given, and from directories all
/// `*.nexus.hcl` and `*.nexus.json`, sorted by path, but hidden ones. A path may be a symbolic link; in a directory, links are
/// followed if their target is in the directory.
///
/// # Errors
/// When a path does not exist, may not be read, names no policy file or a directory without one.
pub fn read<'a>(
    selection: impl Into<Selection<'a>>,
    sources: &mut Sources,
    findings: &mut Findings,
) -> Result<Excluded, LoadError> {
    let (excluded, errors) = read_all(selection, sources, findings);
    errors.into_iter().next().map_or(Ok(excluded), Err)
}

/// Like [`read`], and goes on after what cannot be read.
pub fn read_all<'a>(
    selection: impl Into<Selection<'a>>,
    sources: &mut Sources,
    findings: &mut Findings,
) -> (Excluded, Vec<LoadError>) {
    let Selection { paths, beside, exclusions, input } = selection.into();
    let bases = bases(paths);
    let exclusion = exclusions.within(beside);
    let mut reader = Reader { exclusion, ..Reader::new(sources, findings) };
    for (path, base) in paths.iter().zip(bases) {
        reader.base = base;
        if let Some(input) = input.filter(|_| path.as_os_str() == STANDARD_INPUT) {
            reader.input(input);
        } else if let Err(error) = reader.named(path) {
            reader.errors.push(error);
        }
    }
    (reader.exclusion.done(), reader.errors)
}

/// Adds a file or pipe of any name to `sources`.
///
/// # Errors
/// When it does not exist or may not be read.
pub fn read_file(path: &Path, sources: &mut Sources, findings: &mut Findings) -> Result<FileId, LoadError> {
    let next = sources.next_id();
    Reader::new(sources, findings).file(path, Accepted::Any)?;
    hidden_characters(next, sources, findings);
    Ok(next)
}

/// Adds the content of a reader to `sources`, under this name.
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
    let mut reader = Reader::new(sources, findings);
    if bytes.len() as u64 > FILE_LIMIT {
        reader.refuse_size(name.to_owned(), FILE_LIMIT);
    } else {
        reader.add(name.to_owned(), name.to_owned(), bytes);
    }
    Ok(())
}

/// How the files of one of the named paths are called in the policy.
#[derive(Default)]
struct Base {
    /// The folder as named, which their paths begin with.
    named: PathBuf,
    /// Its path in the policy.
    in_policy: PathBuf,
}

impl Base {
    fn in_policy(&self, path: &Path) -> String {
        let path = self.in_policy.join(path.strip_prefix(&self.named).unwrap_or(path));
        let parts: Vec<_> = path.components().map(|part| part.as_os_str().to_string_lossy()).collect();
        parts.join("/")
    }
}

/// The base of each path. Files are called by their path from the named directory or from the folder of the named file; of
/// several paths, from the folder that holds them all.
fn bases(paths: &[PathBuf]) -> Vec<Base> {
    let folder = |path: &PathBuf| {
        let named = if path.is_dir() { path } else { path.parent().unwrap_or(path) };
        let found = if named.as_os_str().is_empty() { Path::new(".") } else { named };
        // A path that does not exist is reported when it is read.
        (named.to_owned(), fs::canonicalize(found).unwrap_or_default())
    };
    let folders: Vec<_> = paths.iter().map(folder).collect();
    let all = folders.iter().map(|(_, canonical)| canonical.as_path());
    let common = all.reduce(common).map(Path::to_owned).unwrap_or_default();
    let base = |(named, canonical): (PathBuf, PathBuf)| {
        let in_policy = canonical.strip_prefix(&common).unwrap_or(&canonical).to_owned();
        Base { named, in_policy }
    };
    folders.into_iter().map(base).collect()
}

/// The deepest folder that holds both.
fn common<'p>(left: &'p Path, right: &Path) -> &'p Path {
    left.ancestors().find(|folder| right.starts_with(folder)).unwrap_or(left)
}

struct Reader<'a> {
    /// Canonical paths of the files read, so that a file that is named twice is not its own duplicate.
    seen: BTreeSet<PathBuf>,
    total: u64,
    base: Base,
    exclusion: Exclusion,
    sources: &'a mut Sources,
    findings: &'a mut Findings,
    errors: Vec<LoadError>,
}

impl<'a> Reader<'a> {
    fn new(sources: &'a mut Sources, findings: &'a mut Findings) -> Self {
        let (exclusion, base) = (Exclusion::default(), Base::default());
        Self { seen: BTreeSet::new(), total: 0, base, exclusion, sources, findings, errors: Vec::new() }
    }

    /// Adds standard input, once.
    fn input(&mut self, Input { name, in_policy, bytes }: &Input) {
        if !self.seen.insert(STANDARD_INPUT.into()) {
            return;
        }
        let room = FILE_LIMIT.min(TOTAL_LIMIT - self.total);
        if bytes.len() as u64 > room {
            self.refuse_size(name.clone(), room);
        } else {
            self.total += bytes.len() as u64;
            self.add(name.clone(), in_policy.clone(), bytes.clone());
        }
    }

    /// Reads what a command line names.
    fn named(&mut self, path: &Path) -> Result<(), LoadError> {
        if metadata(path)?.is_dir() {
            return self.directory(path);
        }
        if !is_hcl_or_json(path) {
            return Err(LoadError::UnknownFormat { path: path.to_owned() });
        }
        match self.exclusion.excludes_named(path) {
            true => Ok(()),
            false => self.file(path, Accepted::Any),
        }
    }

    fn directory(&mut self, path: &Path) -> Result<(), LoadError> {
        let canonical = fs::canonicalize(path).map_err(|source| unreadable(path, source))?;
        let walk::Walked { files, errors, unread } = walk::files(path, &canonical, &mut self.exclusion)?;
        let is_empty = files.is_empty() && errors.is_empty();
        self.errors.extend(errors);
        if is_empty {
            return Err(LoadError::NoPolicy { path: path.to_owned(), unread });
        }
        for file in files {
            if let Err(error) = self.file(&file, Accepted::Below(&canonical)) {
                self.errors.push(error);
            }
        }
        Ok(())
    }

    fn file(&mut self, path: &Path, accepted: Accepted) -> Result<(), LoadError> {
        // A pipe may have no canonical path.
        if fs::metadata(path).is_ok_and(|found| found.is_file()) {
            let canonical = fs::canonicalize(path).map_err(|source| unreadable(path, source))?;
            if !self.seen.insert(canonical) {
                return Ok(());
            }
        }
        let name = path.to_string_lossy().into_owned();
        let room = FILE_LIMIT.min(TOTAL_LIMIT - self.total);
        let bytes = content::read(path, room, accepted).map_err(|source| unreadable(path, source))?;
        if bytes.len() as u64 > room {
            self.refuse_size(name, room);
        } else {
            self.total += bytes.len() as u64;
            self.add(name, self.base.in_policy(path), bytes);
        }
        Ok(())
    }

    fn refuse_size(&mut self, name: String, room: u64) {
        let message = if room == FILE_LIMIT {
            format!("`{name}` is larger than {} MiB", FILE_LIMIT >> 20)
        } else {
            format!("`{name}` exceeds the total policy size of {} MiB", TOTAL_LIMIT >> 20)
        };
        let file = self.sources.add(name, "");
        self.findings.push(Finding::new(&TOO_LARGE, Span::new(file, 0, 0), message));
    }

    /// Adds the text. Bytes that are not UTF-8 are replaced, so that their location can be shown and other blocks are still
    /// parsed.
    fn add(&mut self, name: String, in_policy: String, bytes: Vec<u8>) {
        let error = match String::from_utf8(bytes) {
            Ok(text) => {
                self.sources.add_of_policy(name, in_policy, text);
                return;
            }
            Err(error) => error,
        };
        let at = error.utf8_error().valid_up_to();
        let byte = error.as_bytes().get(at).copied().unwrap_or_default();
        let text = String::from_utf8_lossy(error.as_bytes()).into_owned();
        let file = self.sources.add_of_policy(name, in_policy, text);
        let start = u32::try_from(at).unwrap_or(u32::MAX);
        let end = start.saturating_add(char::REPLACEMENT_CHARACTER.len_utf8() as u32);
        let message = format!("the byte 0x{byte:02X} is not valid UTF-8");
        let finding = Finding::new(&SYNTAX, Span::new(file, start, end), message);
        self.findings.push(finding.help("save the file as UTF-8"));
    }
}

fn metadata(path: &Path) -> Result<fs::Metadata, LoadError> {
    fs::metadata(path).map_err(|source| unreadable(path, source))
}

fn unreadable(path: &Path, source: io::Error) -> LoadError {
    LoadError::Read { path: path.to_owned(), source }
}

fn has_extension(path: &Path, wanted: &str) -> bool {
    path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case(wanted))
}

fn is_hcl_or_json(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "hcl" || extension == "json")
}

#[cfg(test)]
mod tests;
