//! `nexusc fmt`: the same policy, laid out as `terraform fmt` lays out HCL, and JSON in the same spirit.
//!
//! Only white space outside of strings, heredocs and comments changes, and a byte order mark goes: what a policy means, what its
//! comments say and where they stand stays. Both formatters rely on a text that was parsed without a syntax error.

mod hcl;
mod json;
mod unified;

pub use unified::unified;

use crate::diagnostic::source::Sources;
use crate::diagnostic::{Code, Findings, NESTING_TOO_DEEP, SYNTAX, TOO_LARGE};
use crate::syntax::{self, Language};

/// The text laid out.
///
/// # Errors
/// When the text has syntax errors, or is nested too deeply or too large to be read: what was found, in `sources` of its own.
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

/// Whether a finding of this code says that the text cannot be read; a name that is given twice can.
fn is_of_text(code: &'static Code) -> bool {
    [&SYNTAX, &NESTING_TOO_DEEP, &TOO_LARGE].contains(&code)
}

/// The text laid out, where it is known to have no syntax errors.
pub(crate) fn laid_out(text: &str, language: Language) -> String {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    match language {
        Language::Hcl => hcl::laid_out(text, newline(text)),
        Language::Json => json::laid_out(text, newline(text)),
    }
}

/// What ends a line where the text does not say it: the last newline, which is kept whatever becomes of the others.
fn newline(text: &str) -> &'static str {
    match text.rsplit_once('\n') {
        Some((before, _)) if before.ends_with('\r') => "\r\n",
        _ => "\n",
    }
}

#[cfg(test)]
mod tests;
