//! The two languages, and detection of the language of a text.

use super::names::Names;
use super::{Input, hcl, json};
use crate::diagnostic::Findings;
use crate::syntax::document::Document;

/// The language of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    /// HCL native syntax.
    Hcl,
    /// JSON with comments.
    Json,
}

impl Language {
    /// The language of a file, by its name.
    #[must_use]
    pub fn of_path(path: &str) -> Self {
        if path.ends_with(".json") { Self::Json } else { Self::Hcl }
    }

    /// The language of a text without a name: a policy in JSON is an object, and HCL never starts with a brace.
    #[must_use]
    pub fn of_text(text: &str) -> Self {
        let mut rest = text.trim_start_matches('\u{feff}').trim_start();
        loop {
            let after = if rest.starts_with("//") {
                rest.split_once('\n')
            } else if rest.starts_with("/*") {
                rest.split_once("*/")
            } else {
                break;
            };
            rest = after.map_or("", |(_, rest)| rest.trim_start());
        }
        if rest.starts_with(['{', '[']) { Self::Json } else { Self::Hcl }
    }

    /// Parses a file into `document`.
    pub(super) fn parse(
        self,
        input: Input,
        names: &mut Names,
        document: &mut Document,
        findings: &mut Findings,
    ) {
        match self {
            Self::Hcl => hcl::parse(input, names, document, findings),
            Self::Json => json::parse(input, names, document, findings),
        }
    }
}
