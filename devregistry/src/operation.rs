//! Asynchronous operations: what was accepted, when it takes effect, and how a repeated request finds it again.

use crate::api::operation::{AsyncOperation, async_operation::State};
use crate::api::{Any, Duration};
use crate::clock::timestamp;
use crate::settings::Code;
use crate::table::Table;
use crate::{id, refusal};
use prost::{Message, Name};
use schema::name::NamespaceId;
use std::collections::{BTreeSet, VecDeque};
use std::time::{self, SystemTime};
use tonic::Status;

/// How many finished operations are remembered; the oldest are forgotten first.
const REMEMBERED: usize = 10_000;
const CHECK_LEAST: time::Duration = time::Duration::from_millis(10);
const CHECK_MOST: time::Duration = time::Duration::from_secs(10);

/// What an operation changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Subject {
    Endpoint(String),
    Namespace(NamespaceId),
}

impl Subject {
    /// The id as it stands in answers.
    pub(crate) fn id(&self) -> String {
        match self {
            Self::Endpoint(id) => id.clone(),
            Self::Namespace(id) => id.to_string(),
        }
    }
}

/// What is left of the subject when the operation is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    Active,
    Gone,
}

/// One accepted write.
#[derive(Clone, Debug)]
pub(crate) struct Operation {
    pub(crate) id: String,
    pub(crate) subject: Subject,
    pub(crate) ending: Ending,
    /// The principal that started it.
    pub(crate) by: String,
    kind: &'static str,
    input: Any,
    started: SystemTime,
    due: SystemTime,
    finished: Option<SystemTime>,
}

impl Operation {
    /// A write that `request` asks for; an empty `id` gets a fresh one.
    pub(crate) fn new<R: Message + Name>(request: &R, id: &str, subject: Subject, ending: Ending) -> Self {
        Self {
            id: if id.is_empty() { id::random() } else { id.to_owned() },
            subject,
            ending,
            by: String::new(),
            kind: R::NAME.strip_suffix("Request").unwrap_or(R::NAME),
            input: Any { type_url: type_url::<R>(), value: request.encode_to_vec() },
            started: SystemTime::UNIX_EPOCH,
            due: SystemTime::UNIX_EPOCH,
            finished: None,
        }
    }

    /// The operation as it stands `now`.
    pub(crate) fn message(&self, now: SystemTime) -> AsyncOperation {
        AsyncOperation {
            id: self.id.clone(),
            state: self.state(now).into(),
            check_duration: self.check_after(now),
            operation_type: self.kind.to_owned(),
            operation_input: Some(self.input.clone()),
            started_time: Some(timestamp(self.started)),
            finished_time: self.finished.map(timestamp),
            ..AsyncOperation::default()
        }
    }

    fn state(&self, now: SystemTime) -> State {
        match self.finished {
            Some(_) => State::Fulfilled,
            None if now == self.started => State::Pending,
            None => State::InProgress,
        }
    }

    /// A tenth of what is left, but neither a busy loop nor longer than it takes.
    fn check_after(&self, now: SystemTime) -> Option<Duration> {
        if self.finished.is_some() {
            return None;
        }
        let left = self.due.duration_since(now).unwrap_or_default();
        let wait = (left / 10).clamp(CHECK_LEAST, CHECK_MOST).min(left);
        Some(Duration {
            seconds: i64::try_from(wait.as_secs()).unwrap_or(i64::MAX),
            nanos: i32::try_from(wait.subsec_nanos()).unwrap_or_default(),
        })
    }

    /// Compared as messages: the bytes of a map have no fixed order.
    fn was_asked_by<R: Message + Name + Default + PartialEq>(&self, request: &R) -> bool {
        let same_type = self.input.type_url == type_url::<R>();
        same_type && R::decode(self.input.value.as_slice()).is_ok_and(|first| first == *request)
    }
}

/// Every operation that is remembered.
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

    /// The operation that an earlier, equal request with this id started; another request with it is refused.
    pub(crate) fn replay<R>(&self, request: &R, id: &str, reused: Code) -> Result<Option<&Operation>, Status>
    where
        R: Message + Name + Default + PartialEq,
    {
        match self.all.get(id) {
            Some(operation) if !operation.was_asked_by(request) => {
                let message = format!("operation id `{id}` was used with another request");
                Err(refusal::refused(reused, message))
            }
            found => Ok(found),
        }
    }

    /// Takes an operation on that is due after `time`.
    pub(crate) fn start(&mut self, operation: Operation, by: &str, now: SystemTime, time: time::Duration) {
        let due = now + time;
        let operation = Operation { by: by.to_owned(), started: now, due, ..operation };
        self.due.insert((due, operation.id.clone()));
        self.all.insert(operation.id.clone(), operation);
    }

    /// Finishes the earliest operation that is due, if there is one: what it changes, and what is left of that.
    pub(crate) fn finish_next(&mut self, now: SystemTime) -> Option<(Subject, Ending)> {
        self.due.first().filter(|(due, _)| *due <= now)?;
        let (due, id) = self.due.pop_first()?;
        let operation = self.all.get_mut(&id)?;
        operation.finished = Some(due);
        let effect = (operation.subject.clone(), operation.ending);
        self.remember(id);
        Some(effect)
    }

    fn remember(&mut self, id: String) {
        self.finished.push_back(id);
        if self.finished.len() > REMEMBERED
            && let Some(oldest) = self.finished.pop_front()
        {
            self.all.remove(&oldest);
        }
    }
}

fn type_url<R: Name>() -> String {
    format!("type.googleapis.com/{}", R::full_name())
}
