//! Asynchronous operations: accepted writes, when they take effect, and how a repeated request finds its operation.

mod effect;

use crate::api::operation::{AsyncOperation, async_operation::State};
use crate::api::{Any, Duration, ResourceState, Timestamp};
use crate::clock::{system_time, timestamp};
use crate::entities::id;
use crate::settings::Code;
use crate::status;
use crate::storage::table::{MalformedRow, Record, Row, Stored, Table};
use prost::{Message, Name};
use std::collections::{BTreeSet, VecDeque};
use std::time::{self, SystemTime};
use tonic::Status;

/// How many finished operations are kept; the oldest are removed first.
pub(crate) const MAX_FINISHED: usize = 10_000;
const MIN_CHECK: time::Duration = time::Duration::from_millis(10);
const MAX_CHECK: time::Duration = time::Duration::from_secs(10);

/// What an operation changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Subject {
    pub(crate) kind: Kind,
    /// The id in responses.
    pub(crate) id: String,
}

/// The kinds of objects that operations change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Account,
    ApiKey,
    ConnectivityRule,
    CustomRole,
    Endpoint,
    Namespace,
    ServiceAccount,
    User,
    UserGroup,
}

impl Kind {
    const ALL: [Self; 9] = [
        Self::Account,
        Self::ApiKey,
        Self::ConnectivityRule,
        Self::CustomRole,
        Self::Endpoint,
        Self::Namespace,
        Self::ServiceAccount,
        Self::User,
        Self::UserGroup,
    ];

    /// The object of this kind with an id.
    pub(crate) fn of(self, id: impl Into<String>) -> Subject {
        Subject { kind: self, id: id.into() }
    }

    /// The name in the state file.
    fn name(self) -> &'static str {
        match self {
            Self::Account => "account",
            Self::ApiKey => "api_key",
            Self::ConnectivityRule => "connectivity_rule",
            Self::CustomRole => "custom_role",
            Self::Endpoint => "endpoint",
            Self::Namespace => "namespace",
            Self::ServiceAccount => "service_account",
            Self::User => "user",
            Self::UserGroup => "group",
        }
    }

    fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// How an operation fails because of a fault.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PlannedFailure {
    /// FAILED or REJECTED.
    pub(crate) state: State,
    /// The failure reason of the operation.
    pub(crate) reason: String,
}

/// An operation that has ended.
#[derive(Debug)]
pub(crate) struct Finished {
    pub(crate) subject: Subject,
    pub(crate) ending: Outcome,
    /// The state in which a failure leaves the subject.
    pub(crate) left: Option<ResourceState>,
}

/// What happens to the object at the end of the operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    Active,
    Deleted,
}

/// One accepted write.
#[derive(Clone, Debug)]
pub(crate) struct Operation {
    pub(crate) id: String,
    pub(crate) subject: Subject,
    pub(crate) ending: Outcome,
    /// The principal that started it.
    pub(crate) by: String,
    kind: String,
    planned_failure: Option<PlannedFailure>,
    input: Any,
    started: SystemTime,
    due: SystemTime,
    finished: Option<SystemTime>,
}

impl Operation {
    /// The operation of `request`; an empty `id` gets a random one.
    pub(crate) fn new<R: Message + Name>(request: &R, id: &str, subject: Subject, ending: Outcome) -> Self {
        Self {
            id: if id.is_empty() { id::random() } else { id.to_owned() },
            subject,
            ending,
            by: String::new(),
            kind: R::NAME.strip_suffix("Request").unwrap_or(R::NAME).to_owned(),
            planned_failure: None,
            input: Any { type_url: type_url::<R>(), value: request.encode_to_vec() },
            started: SystemTime::UNIX_EPOCH,
            due: SystemTime::UNIX_EPOCH,
            finished: None,
        }
    }

    /// The same operation, which fails if a fault says so.
    pub(crate) fn with_failure(self, planned_failure: Option<PlannedFailure>) -> Self {
        Self { planned_failure, ..self }
    }

    /// Whether the change is applied: always, unless the operation fails; a failed creation is applied, as it leaves an object.
    pub(crate) fn applies_change(&self) -> bool {
        self.planned_failure
            .as_ref()
            .is_none_or(|planned_failure| planned_failure.state == State::Failed && self.creates())
    }

    /// The state of the object while a change that will fail is in progress.
    pub(crate) fn apparent_state(&self) -> ResourceState {
        if self.ending == Outcome::Deleted { ResourceState::Deleting } else { ResourceState::Updating }
    }

    fn creates(&self) -> bool {
        self.kind.starts_with("Create")
    }

    fn ended(&self) -> Finished {
        let left =
            self.planned_failure.as_ref().map(|planned_failure| match (planned_failure.state, self.ending) {
                (State::Failed, _) if self.creates() => ResourceState::ActivationFailed,
                (State::Failed, Outcome::Active) => ResourceState::UpdateFailed,
                (State::Failed, Outcome::Deleted) => ResourceState::DeleteFailed,
                _ => ResourceState::Active,
            });
        let ending = if left.is_some() { Outcome::Active } else { self.ending };
        Finished { subject: self.subject.clone(), ending, left }
    }

    /// The message of the operation at `now`.
    pub(crate) fn message(&self, now: SystemTime) -> AsyncOperation {
        AsyncOperation {
            id: self.id.clone(),
            state: self.state(now).into(),
            check_duration: self.check_after(now),
            operation_type: self.kind.clone(),
            failure_reason: self.failure_reason(),
            operation_input: Some(self.input.clone()),
            started_time: Some(timestamp(self.started)),
            finished_time: self.finished.map(timestamp),
            ..AsyncOperation::default()
        }
    }

    fn failure_reason(&self) -> String {
        let planned_failure = self.planned_failure.as_ref().filter(|_| self.finished.is_some());
        planned_failure.map(|planned_failure| planned_failure.reason.clone()).unwrap_or_default()
    }

    fn state(&self, now: SystemTime) -> State {
        match self.finished {
            Some(_) => self
                .planned_failure
                .as_ref()
                .map_or(State::Fulfilled, |planned_failure| planned_failure.state),
            None if now == self.started => State::Pending,
            None => State::InProgress,
        }
    }

    /// A tenth of the remaining time, within limits.
    fn check_after(&self, now: SystemTime) -> Option<Duration> {
        if self.finished.is_some() {
            return None;
        }
        let left = self.due.duration_since(now).unwrap_or_default();
        let wait = (left / 10).clamp(MIN_CHECK, MAX_CHECK).min(left);
        Some(Duration {
            seconds: i64::try_from(wait.as_secs()).unwrap_or(i64::MAX),
            nanos: i32::try_from(wait.subsec_nanos()).unwrap_or_default(),
        })
    }

    /// Compared as messages: the bytes of a map have no fixed order.
    fn matches_request<R: Message + Name + Default + PartialEq>(&self, request: &R) -> bool {
        let same_type = self.input.type_url == type_url::<R>();
        same_type && R::decode(self.input.value.as_slice()).is_ok_and(|first| first == *request)
    }
}

/// All operations in progress, and the latest finished ones.
#[derive(Debug, Default)]
pub(crate) struct Operations {
    all: Table<String, Operation>,
    due: BTreeSet<(SystemTime, String)>,
    finished: VecDeque<String>,
}

impl Operations {
    pub(crate) fn get(&self, id: &str) -> Option<&Operation> {
        self.all.get(id)
    }

    /// The operation that an earlier, equal request with this id started; a different request with this id is refused.
    pub(crate) fn replay<R>(&self, request: &R, id: &str, reused: Code) -> Result<Option<&Operation>, Status>
    where
        R: Message + Name + Default + PartialEq,
    {
        match self.all.get(id) {
            Some(operation) if !operation.matches_request(request) => {
                let message = format!("operation id `{id}` was used with another request");
                Err(status::with_code(reused, message))
            }
            found => Ok(found),
        }
    }

    /// Starts an operation that is due after `time`.
    pub(crate) fn start(&mut self, operation: Operation, by: &str, now: SystemTime, time: time::Duration) {
        let due = now + time;
        let operation = Operation { by: by.to_owned(), started: now, due, ..operation };
        self.due.insert((due, operation.id.clone()));
        self.all.insert(operation.id.clone(), operation);
    }

    /// The number of operations in progress.
    pub(crate) fn in_progress(&self) -> usize {
        self.due.len()
    }

    /// Finishes the earliest operation that is due, if there is one.
    pub(crate) fn finish_next(&mut self, now: SystemTime) -> Option<Finished> {
        self.due.first().filter(|(due, _)| *due <= now)?;
        let (due, id) = self.due.pop_first()?;
        let operation = self.all.get_mut(&id)?;
        operation.finished = Some(due);
        let ended = operation.ended();
        self.remember(id);
        Some(ended)
    }

    fn remember(&mut self, id: String) {
        self.finished.push_back(id);
        if self.finished.len() > MAX_FINISHED
            && let Some(oldest) = self.finished.pop_front()
        {
            self.all.remove(&oldest);
        }
    }
}

fn type_url<R: Name>() -> String {
    format!("type.googleapis.com/{}", R::full_name())
}

impl Stored for Operations {
    fn changed(&self) -> bool {
        self.all.changed()
    }

    fn commit(&mut self) {
        self.all.commit();
    }

    fn rollback(&mut self) {
        if self.changed() {
            self.all.rollback();
            self.loaded();
        }
    }

    fn has_unsaved(&self) -> bool {
        self.all.has_unsaved()
    }

    fn unsaved(&self) -> Vec<Row> {
        self.all.unsaved()
    }

    fn mark_saved(&mut self) {
        self.all.mark_saved();
    }

    fn load(&mut self, key: &str, bytes: &[u8]) -> Result<(), MalformedRow> {
        self.all.load(key, bytes)
    }

    fn loaded(&mut self) {
        let due = self.all.values().filter(|operation| operation.finished.is_none());
        self.due = due.map(|operation| (operation.due, operation.id.clone())).collect();
        let finished = self.all.values().filter_map(|operation| Some((operation.finished?, &operation.id)));
        let in_order: BTreeSet<_> = finished.collect();
        self.finished = in_order.into_iter().map(|(_, id)| id.clone()).collect();
    }
}

/// An operation in the state file; its id is its key.
#[derive(Clone, PartialEq, Message)]
struct OperationRecord {
    #[prost(string, tag = "1")]
    id: String,
    #[prost(string, tag = "2")]
    subject_kind: String,
    #[prost(string, tag = "3")]
    subject: String,
    #[prost(bool, tag = "4")]
    gone: bool,
    #[prost(string, tag = "5")]
    by: String,
    #[prost(string, tag = "6")]
    kind: String,
    /// Not 0 if it fails.
    #[prost(int32, tag = "7")]
    planned_failure: i32,
    #[prost(string, tag = "8")]
    reason: String,
    #[prost(message, required, tag = "9")]
    input: Any,
    #[prost(message, required, tag = "10")]
    started: Timestamp,
    #[prost(message, required, tag = "11")]
    due: Timestamp,
    #[prost(message, optional, tag = "12")]
    finished: Option<Timestamp>,
}

impl Record for Operation {
    fn to_bytes(&self) -> Vec<u8> {
        let record = OperationRecord {
            id: self.id.clone(),
            subject_kind: self.subject.kind.name().to_owned(),
            subject: self.subject.id.clone(),
            gone: self.ending == Outcome::Deleted,
            by: self.by.clone(),
            kind: self.kind.clone(),
            planned_failure: self
                .planned_failure
                .as_ref()
                .map_or(0, |planned_failure| planned_failure.state.into()),
            reason: self
                .planned_failure
                .as_ref()
                .map(|planned_failure| planned_failure.reason.clone())
                .unwrap_or_default(),
            input: self.input.clone(),
            started: timestamp(self.started),
            due: timestamp(self.due),
            finished: self.finished.map(timestamp),
        };
        record.encode_to_vec()
    }

    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let record = OperationRecord::decode(bytes).ok()?;
        let planned_failure =
            State::try_from(record.planned_failure).ok().filter(|state| *state != State::Unspecified);
        Some(Self {
            subject: Kind::from_name(&record.subject_kind)?.of(record.subject),
            id: record.id,
            ending: if record.gone { Outcome::Deleted } else { Outcome::Active },
            by: record.by,
            kind: record.kind,
            planned_failure: planned_failure.map(|state| PlannedFailure { state, reason: record.reason }),
            input: record.input,
            started: system_time(&record.started)?,
            due: system_time(&record.due)?,
            finished: match &record.finished {
                Some(time) => Some(system_time(time)?),
                None => None,
            },
        })
    }
}
