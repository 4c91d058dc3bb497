//! Operations: how the registry carries out a write after it has accepted it.

mod durations;
pub(crate) mod wait;

use crate::cloud::limiter::Slot;
use crate::error::RegistryError;
use crate::json;
pub(crate) use durations::Durations;
use serde_json::Value;
use std::fmt;
use std::time::Duration;
use thiserror::Error;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// The names of states in the API, by number.
const STATES: [&str; 7] = [
    "",
    "STATE_PENDING",
    "STATE_IN_PROGRESS",
    "STATE_FAILED",
    "STATE_CANCELLED",
    "STATE_FULFILLED",
    "STATE_REJECTED",
];

/// The state of an operation. A state that is not listed here keeps the registry's name and counts as unfinished.
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

/// An operation of the registry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Operation {
    /// Its id: the one that the write carried. Empty where the registry has no operations.
    pub id: String,
    /// Its state.
    pub state: OperationState,
    /// Its type, such as `CreateNexusEndpoint`; may be empty.
    pub kind: String,
    /// The delay that the registry recommends before the next read.
    pub check_duration: Option<Duration>,
    /// How long it took by the registry's clock, once it has ended.
    pub took: Option<Duration>,
    /// Why it failed; empty unless it did.
    pub failure_reason: String,
    /// What it does, such as "create endpoint `payments`".
    pub action: String,
    /// The slot that it takes while it is awaited.
    pub(crate) slot: Slot,
}

/// Why an operation is not known to have succeeded.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum OperationError {
    /// It ended without success.
    #[error("{action}: operation `{operation}` {state}: {reason}")]
    Failed {
        /// What it was to do.
        action: String,
        /// The operation's id.
        operation: String,
        /// Failed, cancelled or rejected.
        state: OperationState,
        /// The registry's message.
        reason: String,
    },
    /// It was still in progress at the timeout.
    #[error("{action}: operation `{operation}` is still in progress after {limit:?}")]
    TimedOut {
        /// What it does.
        action: String,
        /// The operation's id.
        operation: String,
        /// The timeout.
        limit: Duration,
    },
    /// Waiting was cancelled; it continues.
    #[error("{action}: stopped waiting for operation `{operation}`, which is still in progress")]
    Cancelled {
        /// What it does.
        action: String,
        /// The operation's id.
        operation: String,
    },
    /// Its state cannot be read; it may be in progress.
    #[error("{action}: accepted, but the outcome is unknown: {source}")]
    OutcomeUnknown {
        /// What it was to do.
        action: String,
        /// The operation's id.
        operation: String,
        /// Why its state cannot be read.
        source: Box<RegistryError>,
    },
}

impl OperationError {
    /// The id of the operation.
    #[must_use]
    pub fn operation(&self) -> &str {
        match self {
            Self::Failed { operation, .. }
            | Self::TimedOut { operation, .. }
            | Self::Cancelled { operation, .. }
            | Self::OutcomeUnknown { operation, .. } => operation,
        }
    }
}

/// A random id for a write, by which the registry recognises retries.
#[must_use]
pub fn new_operation_id() -> String {
    let digits = format!("{:032x}", rand::random::<u128>());
    let part = |from: usize, to: usize| digits.get(from..to).unwrap_or_default();
    [part(0, 8), part(8, 12), part(12, 16), part(16, 20), part(20, 32)].join("-")
}

impl OperationState {
    /// Whether it is final.
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
            _ => Self::Unknown(crate::connection::excerpt::excerpt(&name)),
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
    /// An operation that ended before the response to its write.
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

    /// Reads the field `asyncOperation` of a response.
    pub(crate) fn read(response: &Value, action: &str) -> Result<Self, RegistryError> {
        let operation = response.get("asyncOperation").unwrap_or(&Value::Null);
        let id = json::id(operation, "/id").map_err(|reason| {
            RegistryError::malformed_response(action, format!("missing operation: {reason}"))
        })?;
        Ok(Self {
            id: id.to_owned(),
            state: OperationState::read(operation),
            kind: crate::connection::excerpt::excerpt(json::text(operation, "/operationType")),
            check_duration: json::duration(operation, "/checkDuration"),
            took: took(operation),
            failure_reason: crate::connection::excerpt::excerpt(json::text(operation, "/failureReason")),
            action: action.to_owned(),
            slot: Slot::default(),
        })
    }

    /// The outcome, once there is one.
    fn outcome(&self) -> Option<Result<(), OperationError>> {
        if !self.state.is_terminal() {
            return None;
        }
        if self.state == OperationState::Fulfilled {
            return Some(Ok(()));
        }
        let reason = if self.failure_reason.is_empty() { "no reason given" } else { &self.failure_reason };
        Some(Err(OperationError::Failed {
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

    fn timed_out(&self, limit: Duration) -> OperationError {
        OperationError::TimedOut { action: self.action.clone(), operation: self.id.clone(), limit }
    }

    fn outcome_unknown(&self, source: RegistryError) -> OperationError {
        OperationError::OutcomeUnknown {
            action: self.action.clone(),
            operation: self.id.clone(),
            source: Box::new(source),
        }
    }
}

/// The time between its start and its end, both by the registry's clock.
fn took(operation: &Value) -> Option<Duration> {
    let time = |pointer| OffsetDateTime::parse(json::text(operation, pointer), &Rfc3339).ok();
    (time("/finishedTime")? - time("/startedTime")?).try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn states_are_known_by_name_number_and_the_deprecated_text() {
        for (number, name) in STATES.iter().enumerate() {
            let by_number = OperationState::read(&json!({ "state": number }));
            assert_eq!(OperationState::read(&json!({ "state": name })), by_number, "{name}");
            let old = name.trim_start_matches("STATE_").to_ascii_lowercase();
            assert_eq!(OperationState::read(&json!({ "stateDeprecated": old })), by_number, "{old}");
        }
        let unknown = OperationState::read(&json!({ "state": 17 }));
        assert_eq!(unknown, OperationState::Unknown("17".to_owned()));
        assert!(!unknown.is_terminal());
    }
}
