//! Operations: what the registry carries out after it has accepted a write.

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
pub enum OperationError {
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
    OutcomeUnknown {
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
        let id = json::id(operation, "/id").map_err(|reason| {
            RegistryError::malformed_response(action, format!("it holds no operation: {reason}"))
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

    fn lost(&self, source: RegistryError) -> OperationError {
        OperationError::OutcomeUnknown {
            action: self.action.clone(),
            operation: self.id.clone(),
            source: Box::new(source),
        }
    }
}

/// The time between the two that the registry says. Both are of one clock.
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
