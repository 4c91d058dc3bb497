//! Failures of the registry as diagnostics: the action, the reason, the address, and what to do.

use registry::{Address, Problem, RegistryError};
use schema::backend::Backend;
use tfplugin::{Answer, Context, Diagnostic, Severity};

/// The error for a call that failed.
pub(crate) fn diagnostic(address: &Address, error: &RegistryError) -> Diagnostic {
    Diagnostic::error(format!("cannot {}", error.action()), explained(address, error))
}

/// Why a call failed and what to do about it.
pub(crate) fn explained(address: &Address, error: &RegistryError) -> String {
    let mut text = format!("{}.", capitalized(&error.problem().to_string()));
    if let Problem::Unauthenticated(_) = error.problem() {
        let variable = match error.backend() {
            Backend::Cloud => "TEMPORAL_CLOUD_API_KEY",
            Backend::SelfHosted => "TEMPORAL_API_KEY",
        };
        text.push_str(&format!(
            " The API key is taken from `api_key` of the provider block or from the environment variable `{variable}`."
        ));
    }
    if let Some(help) = error.help() {
        text.push_str(&format!(" {}.", capitalized(help)));
    }
    let place = format!("`{address}`");
    if !text.contains(&place) {
        text.push_str(&format!(" The registry is at {place}."));
    }
    text
}

/// Returns an error, or reports a warning.
pub(crate) fn raise(cx: &Context, diagnostic: Diagnostic) -> Answer<()> {
    match diagnostic.severity {
        Severity::Error => Err(diagnostic.into()),
        Severity::Warning => {
            cx.report(diagnostic);
            Ok(())
        }
    }
}

/// The text as the start of a sentence.
pub(crate) fn capitalized(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}
