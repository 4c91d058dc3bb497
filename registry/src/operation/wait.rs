//! How an operation is awaited.

use crate::client::Registry;
use crate::cloud::request::Request;
use crate::error::{Problem, RegistryError};
use crate::operation::{Durations, Operation, OperationError};
use std::pin::pin;
use std::time::Duration;
use tokio::time::{Instant, sleep_until, timeout};

/// The longest timeout: a year stands for no timeout.
const MAX_TIMEOUT: Duration = Duration::from_secs(365 * 24 * 3600);
/// How long a registry may be unreachable before waiting fails: longer than a restart or a failover.
const MAX_OUTAGE: Duration = Duration::from_secs(60);
/// The timeout of the last read, which starts at the deadline.
const LAST_READ_TIMEOUT: Duration = Duration::from_secs(5);

impl Registry {
    /// Reads an operation.
    ///
    /// # Errors
    /// Any failure of the call.
    pub async fn operation(&self, id: &str) -> Result<Operation, RegistryError> {
        let action = format!("read operation `{id}`");
        let response = self.send(Request::get(action.as_str(), &["operations", id])?).await?;
        let operation = Operation::read(&response, &action)?;
        if operation.id != id {
            let reason = format!("it describes operation `{}`", operation.id);
            return Err(RegistryError::malformed_response(&action, reason));
        }
        if operation.kind.is_empty() {
            return Ok(operation);
        }
        let action = format!("operation `{id}` ({})", operation.kind);
        Ok(Operation { action, ..operation })
    }

    /// The operation with this id; `None` where no write with it was accepted, and for self-hosted Temporal, which has no
    /// operations.
    ///
    /// # Errors
    /// Any other failure of the call.
    pub async fn find_operation(&self, id: &str) -> Result<Option<Operation>, RegistryError> {
        match self.server() {
            Some(_) => Ok(None),
            None => find_accepted(self, id, &format!("operation `{id}`")).await,
        }
    }

    /// Waits until an operation has ended, at most `limit`, or until `cancel` completes. An operation that this client started
    /// is read when earlier ones of its type had ended; others, and the first of a type, are read as often as the operation
    /// recommends. For an operation that has already ended no request is sent.
    ///
    /// # Errors
    /// When it is not known to have succeeded.
    pub async fn await_operation(
        &self,
        operation: Operation,
        limit: Duration,
        cancel: impl Future<Output = ()>,
    ) -> Result<(), OperationError> {
        // It is not known when the operation of another client was accepted.
        let unknown = Durations::default();
        let durations = if operation.slot.is_held() { &self.durations } else { &unknown };
        let read = |id: String| async move { self.operation(&id).await };
        await_end(operation, limit, cancel, durations, read).await
    }
}

async fn await_end<Read: Future<Output = Result<Operation, RegistryError>>>(
    mut operation: Operation,
    limit: Duration,
    cancel: impl Future<Output = ()>,
    durations: &Durations,
    read: impl Fn(String) -> Read,
) -> Result<(), OperationError> {
    let limit = limit.min(MAX_TIMEOUT);
    let started = Instant::now();
    let deadline = started + limit;
    let mut cancel = pin!(cancel);
    let (mut unreachable_since, mut reads) = (None, 0);
    loop {
        if let Some(outcome) = operation.outcome() {
            return outcome;
        }
        if Instant::now() >= deadline {
            return Err(operation.timed_out(limit));
        }
        let pause = durations.pause(&operation.kind, started.elapsed(), operation.check_duration);
        let next = (Instant::now() + pause).min(deadline);
        let seen = async {
            sleep_until(next).await;
            let left = deadline.saturating_duration_since(Instant::now());
            timeout(left + LAST_READ_TIMEOUT, read(operation.id.clone())).await
        };
        let seen = tokio::select! {
            () = &mut cancel => {
                return Err(OperationError::Cancelled { action: operation.action, operation: operation.id });
            }
            seen = seen => seen,
        };
        match seen {
            Err(_) => return Err(operation.timed_out(limit)),
            Ok(Ok(seen)) => {
                unreachable_since = None;
                reads += 1;
                if seen.state.is_terminal() {
                    durations.record(
                        &seen.kind,
                        seen.took.unwrap_or_else(|| estimated_duration(started.elapsed(), reads)),
                    );
                }
                operation = Operation { action: operation.action, slot: operation.slot, ..seen };
            }
            // A registry that throttles or is unavailable is reachable.
            Ok(Err(error)) if error.problem().is_throttled_or_unavailable() => unreachable_since = None,
            Ok(Err(error)) => {
                let now = Instant::now();
                let outage = now - *unreachable_since.get_or_insert(now);
                if !error.is_transient() || now >= deadline || outage >= MAX_OUTAGE {
                    return Err(operation.outcome_unknown(error));
                }
            }
        }
    }
}

/// How long an operation took when the registry does not say. One that had ended at the first read took less.
fn estimated_duration(elapsed: Duration, reads: u32) -> Duration {
    if reads == 1 { elapsed.mul_f64(0.75) } else { elapsed }
}

/// The operation with this id. If the registry has one, the write that carried the id was accepted.
pub(crate) async fn find_accepted(
    registry: &Registry,
    id: &str,
    action: &str,
) -> Result<Option<Operation>, RegistryError> {
    match registry.operation(id).await {
        Ok(operation) => Ok(Some(Operation { action: action.to_owned(), ..operation })),
        Err(error) if matches!(error.problem(), Problem::NotFound(_) | Problem::InvalidArgument(_)) => {
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests;
