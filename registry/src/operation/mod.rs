//! Operations: what the registry carries out after it has accepted a write, and how we wait for them.

mod durations;

use crate::client::Registry;
use crate::cloud::limiter::Slot;
use crate::cloud::request::Request;
use crate::error::{Problem, RegistryError};
use crate::json;
pub(crate) use durations::Durations;
use serde_json::Value;
use std::fmt;
use std::pin::pin;
use std::time::Duration;
use thiserror::Error;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use tokio::time::{Instant, sleep_until, timeout};

/// The registry's names of states, by their numbers.
const STATES: [&str; 7] = [
    "",
    "STATE_PENDING",
    "STATE_IN_PROGRESS",
    "STATE_FAILED",
    "STATE_CANCELLED",
    "STATE_FULFILLED",
    "STATE_REJECTED",
];
/// A year stands for "as long as it takes".
const LONGEST: Duration = Duration::from_secs(365 * 24 * 3600);
/// How long a registry may be out of reach before waiting for it is given up: longer than a restart or a failover.
const OUTAGE: Duration = Duration::from_secs(60);
/// For the answer to the last look, which is taken when the time is up.
const LAST_LOOK: Duration = Duration::from_secs(5);

/// The state of an operation. One that is not listed here keeps the registry's word and counts as unfinished.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the registry's own words, explained by its API")]
pub enum OperationState {
    Unspecified,
    Pending,
    InProgress,
    Failed,
    Cancelled,
    Fulfilled,
    Rejected,
    /// A state of a newer API.
    Unknown(String),
}

/// What the registry does about a write that it has accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Operation {
    /// Its id: the one that the write carried. Empty where the registry has no operations.
    pub id: String,
    /// How far it is.
    pub state: OperationState,
    /// What it is, such as `CreateNexusEndpoint`; empty where the registry does not say.
    pub kind: String,
    /// When to look again, as the registry recommends.
    pub check_duration: Option<Duration>,
    /// How long it took, by the registry's clock, once it has ended.
    pub took: Option<Duration>,
    /// Why it failed; empty unless it did.
    pub failure_reason: String,
    /// What it does to what, such as "create endpoint `payments`".
    pub action: String,
    /// It is one of so many that may be in progress at once, as long as anybody waits for it.
    pub(crate) slot: Slot,
}

/// Why an operation is not known to have been carried out.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Unfinished {
    /// It ended without success.
    #[error("{action}: operation `{operation}` ended as {state}: {reason}")]
    Failed {
        /// What was to be done to what.
        action: String,
        /// The operation's id.
        operation: String,
        /// Failed, cancelled or rejected.
        state: OperationState,
        /// The registry's words.
        reason: String,
    },
    /// It was still going on when the time was up.
    #[error("{action}: operation `{operation}` was still going on after {limit:?}")]
    TimedOut {
        /// What is being done to what.
        action: String,
        /// The operation's id.
        operation: String,
        /// The time that it was given.
        limit: Duration,
    },
    /// We were told to stop waiting; it goes on.
    #[error("{action}: stopped waiting for operation `{operation}`, which goes on")]
    Cancelled {
        /// What is being done to what.
        action: String,
        /// The operation's id.
        operation: String,
    },
    /// Its state cannot be read; it may go on.
    #[error("{action}: accepted, but the outcome is not known: {source}")]
    Lost {
        /// What was to be done to what.
        action: String,
        /// The operation's id.
        operation: String,
        /// Why not.
        source: Box<RegistryError>,
    },
}

/// An id for a write by which the registry recognises its repetition. Each is random.
#[must_use]
pub fn new_operation_id() -> String {
    let digits = format!("{:032x}", rand::random::<u128>());
    let part = |from: usize, to: usize| digits.get(from..to).unwrap_or_default();
    [part(0, 8), part(8, 12), part(12, 16), part(16, 20), part(20, 32)].join("-")
}

impl OperationState {
    /// Whether it will not change any more.
    #[must_use]
    pub fn is_terminal(&self) -> bool {
        matches!(self, Self::Failed | Self::Cancelled | Self::Fulfilled | Self::Rejected)
    }

    fn read(operation: &Value) -> Self {
        let mut name = json::enumerated(operation.get("state"), &STATES);
        if name.is_empty() {
            name = json::text(operation, "/stateDeprecated").to_ascii_uppercase();
        }
        match name.strip_prefix("STATE_").unwrap_or(&name) {
            "" | "UNSPECIFIED" => Self::Unspecified,
            "PENDING" => Self::Pending,
            "IN_PROGRESS" => Self::InProgress,
            "FAILED" => Self::Failed,
            "CANCELLED" => Self::Cancelled,
            "FULFILLED" => Self::Fulfilled,
            "REJECTED" => Self::Rejected,
            _ => Self::Unknown(crate::connection::status::excerpt(&name)),
        }
    }
}

impl fmt::Display for OperationState {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Unspecified => "unspecified",
            Self::Pending => "pending",
            Self::InProgress => "in progress",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
            Self::Fulfilled => "fulfilled",
            Self::Rejected => "rejected",
            Self::Unknown(name) => name,
        })
    }
}

impl Operation {
    /// One that was carried out before it was answered.
    pub(crate) fn done(action: impl Into<String>) -> Self {
        Self {
            id: String::new(),
            state: OperationState::Fulfilled,
            kind: String::new(),
            check_duration: None,
            took: None,
            failure_reason: String::new(),
            action: action.into(),
            slot: Slot::default(),
        }
    }

    /// Reads the field `asyncOperation` of an answer.
    pub(crate) fn read(answer: &Value, action: &str) -> Result<Self, RegistryError> {
        let operation = answer.get("asyncOperation").unwrap_or(&Value::Null);
        let id = json::id(operation, "/id")
            .map_err(|reason| RegistryError::nonsense(action, format!("it holds no operation: {reason}")))?;
        Ok(Self {
            id: id.to_owned(),
            state: OperationState::read(operation),
            kind: crate::connection::status::excerpt(json::text(operation, "/operationType")),
            check_duration: json::duration(operation, "/checkDuration"),
            took: took(operation),
            failure_reason: crate::connection::status::excerpt(json::text(operation, "/failureReason")),
            action: action.to_owned(),
            slot: Slot::default(),
        })
    }

    /// The outcome, once there is one.
    fn outcome(&self) -> Option<Result<(), Unfinished>> {
        if !self.state.is_terminal() {
            return None;
        }
        if self.state == OperationState::Fulfilled {
            return Some(Ok(()));
        }
        let reason = if self.failure_reason.is_empty() { "no reason given" } else { &self.failure_reason };
        Some(Err(Unfinished::Failed {
            action: self.action.clone(),
            operation: self.id.clone(),
            state: self.state.clone(),
            reason: reason.to_owned(),
        }))
    }

    /// Whether it ended without success.
    #[must_use]
    pub fn has_failed(&self) -> bool {
        self.state.is_terminal() && self.state != OperationState::Fulfilled
    }

    fn timed_out(&self, limit: Duration) -> Unfinished {
        Unfinished::TimedOut { action: self.action.clone(), operation: self.id.clone(), limit }
    }

    fn lost(&self, source: RegistryError) -> Unfinished {
        Unfinished::Lost { action: self.action.clone(), operation: self.id.clone(), source: Box::new(source) }
    }
}

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
            return Err(RegistryError::nonsense(&action, reason));
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
    pub async fn finish(
        &self,
        operation: Operation,
        limit: Duration,
        cancel: impl Future<Output = ()>,
    ) -> Result<(), Unfinished> {
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
) -> Result<(), Unfinished> {
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
                return Err(Unfinished::Cancelled { action: operation.action, operation: operation.id });
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

/// The time between the two that the registry says. Both are of one clock.
fn took(operation: &Value) -> Option<Duration> {
    let time = |pointer| OffsetDateTime::parse(json::text(operation, pointer), &Rfc3339).ok();
    (time("/finishedTime")? - time("/startedTime")?).try_into().ok()
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
