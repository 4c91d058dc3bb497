//! Reports for the services that show findings in a pull request: one file for each format. What is common to them is an
//! [`Alert`]: a finding on one line of a file of the repository.

mod alert;
pub mod atlantis;
pub mod github;
pub mod gitlab;
pub mod junit;
pub mod sarif;

pub use alert::{Alert, AlertPlace, RULE_CHANGED, alerts, by_line};

use crate::diagnostic::source::FileId;
use std::collections::BTreeMap;

/// The paths of source files from the root of the repository, with `/`.
#[derive(Clone, Debug, Default)]
pub struct Paths(BTreeMap<FileId, String>);

impl Paths {
    /// The files that are in the repository.
    #[must_use]
    pub fn new(files: impl IntoIterator<Item = (FileId, String)>) -> Self {
        Self(files.into_iter().collect())
    }

    /// The path of a file; `None` for one that is not in the repository.
    #[must_use]
    pub fn get(&self, file: FileId) -> Option<&str> {
        self.0.get(&file).map(String::as_str)
    }

    /// The file that stands for those outside of the repository.
    fn fallback(&self) -> &str {
        self.0.values().next().map_or("unknown", String::as_str)
    }
}

/// The text, cut at a character so that it has at most so many bytes, with `…` for the rest.
fn clipped(text: &str, most: usize) -> String {
    if text.len() <= most {
        return text.to_owned();
    }
    let end = (0..=most.saturating_sub('…'.len_utf8())).rev().find(|end| text.is_char_boundary(*end));
    format!("{}…", text.get(..end.unwrap_or(0)).unwrap_or_default())
}
