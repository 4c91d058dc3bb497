//! How an operation is awaited.

use crate::client::Registry;
use crate::cloud::request::Request;
use crate::error::{Problem, RegistryError};
use crate::operation::{Durations, Operation, OperationError};
use std::pin::pin;
use std::time::Duration;
use tokio::time::{Instant, sleep_until, timeout};

/// A year stands for "as long as it takes".
const LONGEST: Duration = Duration::from_secs(365 * 24 * 3600);
/// How long a registry may be out of reach before waiting for it is given up: longer than a restart or a failover.
const OUTAGE: Duration = Duration::from_secs(60);
/// For the answer to the last look, which is taken when the time is up.
const LAST_LOOK: Duration = Duration::from_secs(5);

impl Registry {
    /// Reads an operation.
    ///
    /// # Errors
    /// Any failure of the call.
    pub async fn operation(&self, id: &str) -> Result<Operation, RegistryError> {
        let action = format!("read operation `{id}`");
        let answer = self.send(Request::get(action.as_str(), &["operations", id])?).await?;
        let operation = Operation::read(&answer, &action)?;
        if operation.id != id {
            let reason = format!("it is about operation `{}`", operation.id);
            return Err(RegistryError::malformed_response(&action, reason));
        }
        if operation.kind.is_empty() {
            return Ok(operation);
        }
        let action = format!("operation `{id}` ({})", operation.kind);
        Ok(Operation { action, ..operation })
    }

    /// Waits until an operation has ended. One that this client began is looked at when the latest ones of its kind had ended;
    /// as long as nothing is known of them, and with another's, as often as the operation recommends. One that has already
    /// ended costs no request and no wait. `limit` bounds the waiting; when `cancel` completes, waiting ends at once.
    ///
    /// # Errors
    /// When it is not known to have been carried out.
    pub async fn await_operation(
        &self,
        operation: Operation,
        limit: Duration,
        cancel: impl Future<Output = ()>,
    ) -> Result<(), OperationError> {
        // Nobody knows when another's was accepted.
        let unknown = Durations::default();
        let durations = if operation.slot.is_held() { &self.durations } else { &unknown };
        let look = |id: String| async move { self.operation(&id).await };
        finish(operation, limit, cancel, durations, look).await
    }
}

async fn finish<Look: Future<Output = Result<Operation, RegistryError>>>(
    mut operation: Operation,
    limit: Duration,
    cancel: impl Future<Output = ()>,
    durations: &Durations,
    look: impl Fn(String) -> Look,
) -> Result<(), OperationError> {
    let limit = limit.min(LONGEST);
    let started = Instant::now();
    let deadline = started + limit;
    let mut cancel = pin!(cancel);
    let (mut out_of_reach_since, mut looks) = (None, 0);
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
            timeout(left + LAST_LOOK, look(operation.id.clone())).await
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
                out_of_reach_since = None;
                looks += 1;
                if seen.state.is_terminal() {
                    durations
                        .note(&seen.kind, seen.took.unwrap_or_else(|| at_most(started.elapsed(), looks)));
                }
                operation = Operation { action: operation.action, slot: operation.slot, ..seen };
            }
            // Whoever asks for fewer requests, or for patience, is there.
            Ok(Err(error)) if error.problem().is_throttled_or_unavailable() => out_of_reach_since = None,
            Ok(Err(error)) => {
                let now = Instant::now();
                let outage = now - *out_of_reach_since.get_or_insert(now);
                if !error.is_transient() || now >= deadline || outage >= OUTAGE {
                    return Err(operation.lost(error));
                }
            }
        }
    }
}

/// How long an operation took of which the registry does not say it. One that had ended at the first look took less.
fn at_most(elapsed: Duration, looks: u32) -> Duration {
    if looks == 1 { elapsed.mul_f64(0.75) } else { elapsed }
}

/// Whether the registry knows an operation by this id: then the write that carried it was accepted.
pub(crate) async fn accepted(
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
