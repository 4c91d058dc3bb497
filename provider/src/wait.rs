//! Waiting that ends early: at the timeout of the operation, or when Terraform asks the provider to stop.

use std::time::Duration;

use registry::{Operation, Registry, RegistryError, Unfinished};
use tfplugin::{Answer, Context, Diagnostic, Value};
use tokio::time::{Instant, sleep, sleep_until};

use crate::diagnostics::failure;
use crate::timeouts;

/// For the answer to a write that is already on its way: without it we would not know what the registry accepted.
const GRACE: Duration = Duration::from_secs(5);

/// Runs what only reads until Terraform asks the provider to stop.
pub(crate) async fn unless_stopped<T>(cx: &Context, read: impl Future<Output = T>) -> Result<T, Diagnostic> {
    tokio::select! {
        done = read => Ok(done),
        () = cx.cancellation().cancelled() => Err(Diagnostic::error("stopped", "Terraform asked the provider to stop.")),
    }
}

/// The answer of the registry to what only reads; a failure as Terraform shows it.
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

    /// The outcome of reading; `None` when the wait ended first.
    pub(crate) async fn read<T>(&self, read: impl Future<Output = T>) -> Option<T> {
        tokio::select! {
            done = self.bounded(read) => Some(done),
            () = self.ended() => None,
        }
    }

    /// The answer to a write, for which it gets a little longer; `None` when it is not known what became of it.
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

    /// Lets calls know how long they may be tried again, and be sent at all.
    async fn bounded<T>(&self, work: impl Future<Output = T>) -> T {
        registry::with_deadline(self.deadline, self.cx.cancellation(), work).await
    }

    /// Waits for what the registry has accepted.
    pub(crate) async fn finish(&self, registry: &Registry, operation: Operation) -> Result<(), Unfinished> {
        let left = self.deadline.saturating_duration_since(Instant::now());
        registry.finish(operation, left, self.cx.cancellation().cancelled()).await
    }

    /// Why the wait ended, as a sentence.
    pub(crate) fn reason(&self) -> String {
        if self.cx.cancellation().is_cancelled() {
            return "Terraform asked the provider to stop.".to_owned();
        }
        format!("The timeout `{}` of {:?} has passed.", self.operation.name(), self.limit)
    }

    async fn ended(&self) {
        tokio::select! {
            () = self.cx.cancellation().cancelled() => {}
            () = sleep_until(self.deadline) => {}
        }
    }
}
