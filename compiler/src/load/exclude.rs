//! What `--exclude` leaves out of a policy: whole files and folders, never a part of a file.

use super::Excluded;
use std::fs;
use std::path::{Path, PathBuf};
use wildmatch::WildMatch;

/// The patterns and paths of `--exclude`.
///
/// A pattern without `/` matches the names of files and folders, one with `/` their paths from the named directory; `*` and
/// `?` are wildcards. A path is left out as it is.
#[derive(Clone, Debug, Default)]
pub struct Exclusions(Vec<String>);

impl Exclusions {
    /// Nothing is left out.
    pub const NONE: Self = Self(Vec::new());

    /// What these patterns and paths leave out.
    #[must_use]
    pub fn new(patterns: &[String]) -> Self {
        Self(patterns.to_vec())
    }

    /// Whether nothing is left out.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What is left out of these paths.
    pub(super) fn within(&self, paths: &[PathBuf]) -> Exclusion {
        let folders: Vec<_> = paths.iter().filter_map(|path| fs::canonicalize(path).ok()).collect();
        let pattern = |text: &String| {
            let found = fs::canonicalize(text).ok();
            let within = |folder: &PathBuf| found.as_ref()?.strip_prefix(folder).ok().map(Path::to_owned);
            let below = folders.iter().find_map(within).filter(|path| !path.as_os_str().is_empty());
            let glob = WildMatch::new(text.trim_start_matches("./").trim_end_matches('/'));
            Pattern { text: text.clone(), glob, found, below, used: false }
        };
        Exclusion { patterns: self.0.iter().map(pattern).collect(), count: 0 }
    }
}

/// What is left out of the paths of one command.
#[derive(Default)]
pub(super) struct Exclusion {
    patterns: Vec<Pattern>,
    count: usize,
}

struct Pattern {
    text: String,
    glob: WildMatch,
    /// The canonical path that it names.
    found: Option<PathBuf>,
    /// That path from a named directory.
    below: Option<PathBuf>,
    used: bool,
}

impl Exclusion {
    /// Whether the file or folder with this path from the named directory is left out.
    pub fn excludes(&mut self, path: &Path) -> bool {
        self.any(|pattern| pattern.below.as_deref() == Some(path) || pattern.matches(path))
    }

    /// Whether a file that was named itself is left out.
    pub fn excludes_named(&mut self, path: &Path) -> bool {
        let canonical = fs::canonicalize(path).ok();
        self.any(|pattern| canonical.is_some() && pattern.found == canonical || pattern.matches(path))
    }

    fn any(&mut self, matches: impl Fn(&Pattern) -> bool) -> bool {
        let mut found = false;
        for pattern in self.patterns.iter_mut() {
            if matches(pattern) {
                (found, pattern.used) = (true, true);
            }
        }
        self.count += usize::from(found);
        found
    }

    /// What was left out.
    pub fn done(self) -> Excluded {
        let unused = self.patterns.into_iter().filter(|pattern| !pattern.used);
        Excluded { count: self.count, unused: unused.map(|pattern| pattern.text).collect() }
    }
}

impl Pattern {
    fn matches(&self, path: &Path) -> bool {
        let is_name = !self.text.trim_end_matches('/').contains('/');
        let tail = if is_name { path.file_name().unwrap_or_default() } else { path.as_os_str() };
        self.glob.matches(&tail.to_string_lossy())
    }
}
