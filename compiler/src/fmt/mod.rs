//! `nexusc fmt`: formats HCL as `terraform fmt` does, and JSON likewise.
//!
//! Changes only whitespace outside of strings, heredocs and comments, and removes a byte order mark. Both formatters require a
//! text that was parsed without a syntax error.

mod hcl;
mod json;
mod unified;

pub use unified::unified;

use crate::diagnostic::source::Sources;
use crate::diagnostic::{Code, Findings, NESTING_TOO_DEEP, SYNTAX, TOO_LARGE};
use crate::syntax::{self, Language};

/// The formatted text.
///
/// # Errors
/// When the text has syntax errors, is nested too deeply or is too large: the findings with their sources.
pub fn format(path: &str, text: &str, language: Language) -> Result<String, (Findings, Sources)> {
    let mut sources = Sources::default();
    let file = sources.add(path, text);
    let mut findings = syntax::findings_of(file, text, language);
    findings.retain(|finding| is_of_text(finding.code));
    if !findings.is_empty() {
        syntax::withhold(&sources, &mut findings);
        return Err((findings, sources));
    }
    Ok(laid_out(text, language))
}

/// Whether a finding of this code prevents formatting; a duplicate name does not.
fn is_of_text(code: &'static Code) -> bool {
    [&SYNTAX, &NESTING_TOO_DEEP, &TOO_LARGE].contains(&code)
}

/// The formatted text; it must have no syntax errors.
pub(crate) fn laid_out(text: &str, language: Language) -> String {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    match language {
        Language::Hcl => hcl::laid_out(text, newline(text)),
        Language::Json => json::laid_out(text, newline(text)),
    }
}

/// The line ending for inserted lines: that of the last line.
fn newline(text: &str) -> &'static str {
    match text.rsplit_once('\n') {
        Some((before, _)) if before.ends_with('\r') => "\r\n",
        _ => "\n",
    }
}

#[cfg(test)]
mod tests;
