//! What every operation carries: a way to hear that it should stop, and a place for its messages.

use std::sync::{Mutex, PoisonError};

use tokio_util::sync::CancellationToken;

use crate::diagnostic::{Diagnostic, Diagnostics};

/// One operation's surroundings.
#[derive(Debug, Default)]
pub struct Context {
    cancellation: CancellationToken,
    diagnostics: Mutex<Diagnostics>,
}

impl Context {
    /// A context that `cancellation` stops. Tests of a provider may use `Context::default()`.
    pub fn new(cancellation: CancellationToken) -> Self {
        Self { cancellation, diagnostics: Mutex::default() }
    }

    /// Cancelled when Terraform asks the provider to stop: finish promptly, and return what was done.
    pub fn cancellation(&self) -> &CancellationToken {
        &self.cancellation
    }

    /// Adds a message to this operation's answer, whatever else it gives back.
    ///
    /// An error reported here beside a returned state means "this state was reached, and then it failed":
    /// after a create, Terraform keeps the object as tainted.
    pub fn report(&self, diagnostic: Diagnostic) {
        self.lock().push(diagnostic);
    }

    /// Takes out what was reported so far.
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
