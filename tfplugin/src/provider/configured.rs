//! How resources get the configured client: a cell that the provider fills and its resources share.

use std::sync::{Arc, PoisonError, RwLock};

use crate::diagnostic::{Answer, Diagnostic};

/// A shared cell for the configured client.
///
/// The provider keeps one, hands a clone to each resource that it constructs, and fills it in
/// [`Provider::configure`](crate::Provider::configure); configuring again replaces the content, and operations
/// already under way keep the client that they got.
pub struct Configured<T>(Arc<RwLock<Option<Arc<T>>>>);

impl<T> Configured<T> {
    /// An empty cell.
    pub fn new() -> Self {
        Self(Arc::new(RwLock::new(None)))
    }

    /// Fills the cell for all that share it.
    pub fn set(&self, client: T) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(client));
    }

    /// The client, or `None` before the provider is configured: while validating, for instance.
    pub fn get(&self) -> Option<Arc<T>> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// A copy of the content, if the provider is configured.
    pub fn value(&self) -> Option<T>
    where
        T: Copy,
    {
        self.get().as_deref().copied()
    }

    /// The client, or an error, for operations that Terraform calls only after configuring the provider.
    pub fn require(&self) -> Answer<Arc<T>> {
        self.get().ok_or_else(|| {
            Diagnostic::error(
                "the provider is not configured",
                "Terraform called an operation that requires a configured provider before configuring it.",
            )
            .into()
        })
    }
}

impl<T> Clone for Configured<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<T> Default for Configured<T> {
    fn default() -> Self {
        Self::new()
    }
}
