//! Waiting for the registry until the timeout of an operation, or until Terraform stops the provider.

use std::time::Duration;

use registry::{Operation, OperationError, Registry, RegistryError};
use tfplugin::{Answer, Context, Diagnostic, Value};
use tokio::time::{Instant, sleep, sleep_until};

use crate::diagnostics::failure;
use crate::timeouts;

/// Extra time for the answer to a write that was sent: without the answer, it is not known whether the registry accepted it.
const GRACE: Duration = Duration::from_secs(5);

/// Runs a read until Terraform stops the provider.
pub(crate) async fn unless_stopped<T>(cx: &Context, read: impl Future<Output = T>) -> Result<T, Diagnostic> {
    tokio::select! {
        done = read => Ok(done),
        () = cx.cancellation().cancelled() => Err(Diagnostic::error("stopped", "Terraform asked the provider to stop.")),
    }
}

/// The answer of the registry to a read, or a diagnostic.
pub(crate) async fn answered<T>(
    cx: &Context,
    registry: &Registry,
    read: impl Future<Output = Result<T, RegistryError>>,
) -> Answer<T> {
    let answer = unless_stopped(cx, read).await?;
    answer.map_err(|error| failure::diagnostic(registry.address(), &error).into())
}

/// The time that one operation has.
pub(crate) struct Wait<'a> {
    cx: &'a Context,
    operation: timeouts::Operation,
    limit: Duration,
    deadline: Instant,
}

impl<'a> Wait<'a> {
    /// Starts the clock of an operation; `value` holds the `timeouts` block.
    pub(crate) fn start(cx: &'a Context, value: &Value, operation: timeouts::Operation) -> Self {
        let limit = timeouts::of(value, operation);
        Self { cx, operation, limit, deadline: Instant::now() + limit }
    }

    /// The result of a read; `None` if the wait ended first.
    pub(crate) async fn read<T>(&self, read: impl Future<Output = T>) -> Option<T> {
        tokio::select! {
            done = self.bounded(read) => Some(done),
            () = self.ended() => None,
        }
    }

    /// The answer to a write, with some extra time; `None` if the wait ended first and the result is not known.
    pub(crate) async fn answer<T>(&self, write: impl Future<Output = T>) -> Option<T> {
        let late = async {
            self.ended().await;
            sleep(GRACE).await;
        };
        tokio::select! {
            answer = self.bounded(write) => Some(answer),
            () = late => None,
        }
    }

    /// Sets the deadline for sending and retrying requests.
    async fn bounded<T>(&self, work: impl Future<Output = T>) -> T {
        registry::with_deadline(self.deadline, self.cx.cancellation(), work).await
    }

    /// Waits for an operation that the registry has accepted.
    pub(crate) async fn finish(
        &self,
        registry: &Registry,
        operation: Operation,
    ) -> Result<(), OperationError> {
        let left = self.deadline.saturating_duration_since(Instant::now());
        registry.await_operation(operation, left, self.cx.cancellation().cancelled()).await
    }

    /// Why the wait ended, as a sentence.
    pub(crate) fn reason(&self) -> String {
        if self.cx.cancellation().is_cancelled() {
            return "Terraform asked the provider to stop.".to_owned();
        }
        format!("The `{}` timeout of {:?} expired.", self.operation.name(), self.limit)
    }

    async fn ended(&self) {
        tokio::select! {
            () = self.cx.cancellation().cancelled() => {}
            () = sleep_until(self.deadline) => {}
        }
    }
}
