//! The context of an operation: its cancellation and its diagnostics.

use std::sync::{Mutex, PoisonError};

use tokio_util::sync::CancellationToken;

use crate::diagnostic::{Diagnostic, Diagnostics};

/// The context of one operation.
#[derive(Debug, Default)]
pub struct Context {
    cancellation: CancellationToken,
    diagnostics: Mutex<Diagnostics>,
}

impl Context {
    /// A context with this cancellation token. Tests of a provider may use `Context::default()`.
    pub fn new(cancellation: CancellationToken) -> Self {
        Self { cancellation, diagnostics: Mutex::default() }
    }

    /// Cancelled when Terraform asks the provider to stop: finish promptly, and return what was done.
    pub fn cancellation(&self) -> &CancellationToken {
        &self.cancellation
    }

    /// Adds a diagnostic to the operation's response, whatever its result.
    ///
    /// An error that is reported in addition to a returned state means that the operation failed after it had reached this
    /// state: after a create, Terraform marks the object as tainted.
    pub fn report(&self, diagnostic: Diagnostic) {
        self.lock().push(diagnostic);
    }

    /// Takes the diagnostics that were reported so far.
    pub fn take_diagnostics(&self) -> Diagnostics {
        std::mem::take(&mut *self.lock())
    }

    /// Whether an error was reported so far.
    pub fn has_errors(&self) -> bool {
        self.lock().has_errors()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Diagnostics> {
        self.diagnostics.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
