//! The record of an apply, `--record`: JSON lines, appended to a file and on disk before the writes that they announce.

use super::super::{Failure, World};
use crate::apply::{ApplyError, Done, Outcome, Step};
use crate::json;
use crate::plan::{Change, Plan};
use printable::printable_json;
use registry::{OperationError, Redaction, new_operation_id};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;
use std::fs::{File, OpenOptions};
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::path::Path;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use tokio::time::Instant;

/// The version of the format.
const VERSION: u32 = 1;

/// The longest first line of a file that is read to tell whether it is a record.
const LONGEST_LINE: u64 = 1 << 20;

/// One line of a record.
#[derive(Serialize, JsonSchema)]
pub struct RecordLine<'r> {
    /// The version of the format.
    #[schemars(schema_with = "json::version::<VERSION>")]
    version: u32,
    /// When the line was written, RFC 3339 in UTC.
    time: String,
    /// A random id that the lines of one run share.
    run: &'r str,
    #[serde(flatten)]
    subject: &'r RecordSubject,
    #[serde(flatten)]
    event: RecordEvent<'r>,
}

/// What a run applies, where and as whom.
#[derive(Serialize, JsonSchema)]
struct RecordSubject {
    /// The address of the registry.
    registry: String,
    /// The id of the account or of the self-hosted cluster.
    account: String,
    /// The principal whose API key is used; absent on a self-hosted cluster.
    #[serde(skip_serializing_if = "Option::is_none")]
    principal: Option<String>,
    /// The digest of the plan.
    plan: String,
    /// The digest of the policy's files.
    policy: String,
    /// The commit that is checked out where the policy is, with `-dirty` where files differ from it; absent outside of a checkout.
    #[serde(skip_serializing_if = "Option::is_none")]
    commit: Option<String>,
}

/// What happened, or is about to.
#[derive(Serialize, JsonSchema)]
#[serde(tag = "event", rename_all = "snake_case")]
enum RecordEvent<'r> {
    /// The changes are about to be carried out.
    ApplyBegun {
        /// How many changes the plan has.
        changes: usize,
        /// The version of `nexusc`.
        nexusc: &'static str,
    },
    /// A change is about to be written to the registry.
    ChangeBegun {
        #[serde(flatten)]
        change: RecordedChange,
        /// The id of the operation. A write that is repeated because another writer was faster has another one.
        operation: &'r str,
    },
    /// A change has ended. One that needs no write, or is refused before it, has no other line.
    ChangeEnded {
        #[serde(flatten)]
        change: RecordedChange,
        /// How it ended.
        outcome: RecordedOutcome,
        /// The id of the operation that carried it out or failed; absent where there is none.
        #[serde(skip_serializing_if = "Option::is_none")]
        operation: Option<&'r str>,
        /// Why it failed.
        #[serde(skip_serializing_if = "Option::is_none")]
        error: Option<String>,
    },
    /// The run has ended. Without this line it was interrupted.
    ApplyEnded {
        /// How many changes this run made.
        applied: usize,
        /// How many were as planned already.
        already_applied: usize,
        /// How many failed.
        failed: usize,
        /// How many have an unknown outcome.
        unknown: usize,
        /// How many were not started.
        not_started: usize,
    },
}

/// A change of the plan.
#[derive(Serialize, JsonSchema)]
struct RecordedChange {
    /// Its number in the plan, from 1.
    change: usize,
    /// What it does.
    action: RecordedAction,
    /// The kind of its object.
    kind: RecordedKind,
    /// The name of the Endpoint or of the Namespace, or the connection of the rule.
    name: String,
    /// The id of the Endpoint or of the rule; absent for one that is created.
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<String>,
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum RecordedAction {
    Create,
    Update,
    Delete,
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum RecordedKind {
    Endpoint,
    ConnectivityRule,
    /// The connectivity rules that a Namespace attaches.
    Attachments,
}

#[derive(Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum RecordedOutcome {
    /// This run made the change.
    Applied,
    /// It was as planned already.
    AlreadyApplied,
    /// It was not made.
    Failed,
    /// It was accepted, and may have been made.
    Unknown,
}

/// The schema of one line.
#[must_use]
pub fn record_schema() -> Value {
    json::schema_of_output::<RecordLine>("Line of a record of nexusc apply")
}

/// A file that lines are appended to.
pub struct Record {
    file: File,
    shown: String,
    run: String,
    /// When the command started, by both clocks.
    started: (OffsetDateTime, Instant),
    redaction: Redaction,
    subject: RecordSubject,
    /// Why a line could not be written: then no further write is announced, so that none is sent.
    failed: Option<String>,
}

impl Record {
    /// Opens the file, or creates it, readable only by its owner. Only a record is appended to.
    pub fn open(path: &Path, world: &World) -> Result<Self, Failure> {
        let shown = path.display().to_string();
        let failed = |error: io::Error| Failure::new(format!("cannot write the record `{shown}`: {error}"));
        let mut options = OpenOptions::new();
        options.read(true).append(true).create(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(path).map_err(failed)?;
        if !is_record(&mut file).map_err(failed)? {
            let message = format!("`{shown}` is not a record of `nexusc apply`, and is not appended to");
            return Err(Failure::new(message).help("pass the name of a new file, or of a record"));
        }
        Ok(Self {
            file,
            run: new_operation_id(),
            started: (world.now, Instant::now()),
            redaction: Redaction::default(),
            subject: RecordSubject {
                registry: String::new(),
                account: String::new(),
                principal: None,
                plan: String::new(),
                policy: String::new(),
                commit: None,
            },
            failed: None,
            shown,
        })
    }

    /// Records that a plan is about to be carried out.
    pub fn begin(
        &mut self,
        plan: &Plan,
        registry: &str,
        commit: Option<String>,
        redaction: Redaction,
    ) -> Result<(), Failure> {
        self.redaction = redaction;
        self.subject = RecordSubject {
            registry: registry.to_owned(),
            account: plan.account.clone(),
            principal: plan.identity.clone(),
            plan: plan.digest.clone(),
            policy: plan.source.policy.clone(),
            commit: plan.source.commit.clone().or(commit),
        };
        let event = RecordEvent::ApplyBegun { changes: plan.len(), nexusc: env!("CARGO_PKG_VERSION") };
        let shown = self.shown.clone();
        self.append(event).map_err(|why| {
            Failure::new(format!("cannot write the record `{shown}`: {why}; nothing was applied"))
        })
    }

    /// Records that a change is about to be written.
    pub fn change_begins(&mut self, plan: &Plan, step: &Step, operation: &str) -> Result<(), String> {
        self.append(RecordEvent::ChangeBegun { change: RecordedChange::of(plan, step), operation })
    }

    /// Records how a change ended.
    pub fn change_ended(&mut self, plan: &Plan, outcome: &Outcome) {
        let change = RecordedChange::of(plan, &outcome.step);
        let operation = match &outcome.result {
            Ok(Done::Now { operation }) => Some(operation.as_str()).filter(|id| !id.is_empty()),
            Err(ApplyError::Unfinished(error)) => Some(error.operation()),
            Ok(Done::Before) | Err(_) => None,
        };
        let error = outcome.result.as_ref().err().map(ToString::to_string);
        let outcome = RecordedOutcome::of(outcome);
        // An error is kept, and refuses the next change.
        let _ = self.append(RecordEvent::ChangeEnded { change, outcome, operation, error });
    }

    /// Records the end of the run, and tells why the record is not complete.
    pub fn end(&mut self, plan: &Plan, outcomes: &[Outcome]) -> Result<(), String> {
        let count = |of| outcomes.iter().filter(|outcome| RecordedOutcome::of(outcome) == of).count();
        let event = RecordEvent::ApplyEnded {
            applied: count(RecordedOutcome::Applied),
            already_applied: count(RecordedOutcome::AlreadyApplied),
            failed: count(RecordedOutcome::Failed),
            unknown: count(RecordedOutcome::Unknown),
            not_started: plan.len().saturating_sub(outcomes.len()),
        };
        let shown = self.shown.clone();
        self.append(event).map_err(|why| format!("the record `{shown}` is not complete: {why}"))
    }

    /// Appends a line, in one write, and waits until it is on disk.
    fn append(&mut self, event: RecordEvent) -> Result<(), String> {
        if let Some(why) = &self.failed {
            return Err(why.clone());
        }
        let appended = self.line(event).and_then(|line| {
            self.file.write_all(line.as_bytes())?;
            // A pipe has no disk.
            if self.file.metadata()?.is_file() { self.file.sync_data() } else { Ok(()) }
        });
        appended.map_err(|error| {
            let why = error.to_string();
            self.failed = Some(why.clone());
            why
        })
    }

    fn line(&self, event: RecordEvent) -> io::Result<String> {
        let now = self.started.0 + self.started.1.elapsed();
        let time = now.format(&Rfc3339).map_err(io::Error::other)?;
        let (run, subject) = (self.run.as_str(), &self.subject);
        let text = serde_json::to_string(&RecordLine { version: VERSION, time, run, subject, event })?;
        Ok(self.redaction.hide(&printable_json(&text)) + "\n")
    }
}

/// Whether a file is a record: it is empty, is no regular file, or begins with a line of a record. A last line that was not
/// finished is ended, so that the next one is a line of its own.
fn is_record(file: &mut File) -> io::Result<bool> {
    let found = file.metadata()?;
    if !found.is_file() || found.len() == 0 {
        return Ok(true);
    }
    let mut first = String::new();
    let is_text = BufReader::new(&*file).take(LONGEST_LINE).read_line(&mut first).is_ok();
    let line: Option<Value> = serde_json::from_str(&first).ok();
    let has = |line: &Value| line.get("version").is_some() && line.get("event").is_some();
    if !is_text || !line.is_some_and(|line| has(&line)) {
        return Ok(false);
    }
    let mut last = [0];
    file.seek(SeekFrom::End(-1))?;
    file.read_exact(&mut last)?;
    if last != *b"\n" {
        file.write_all(b"\n")?;
    }
    Ok(true)
}

impl RecordedChange {
    fn of(plan: &Plan, step: &Step) -> Self {
        let (action, kind, name, id) = match step {
            Step::Endpoint(Change::Create { endpoint, .. }) => {
                (RecordedAction::Create, RecordedKind::Endpoint, endpoint.to_string(), None)
            }
            Step::Endpoint(Change::Update { endpoint, id, .. }) => {
                (RecordedAction::Update, RecordedKind::Endpoint, endpoint.clone(), Some(id.clone()))
            }
            Step::Endpoint(Change::Delete { endpoint, id, .. }) => {
                (RecordedAction::Delete, RecordedKind::Endpoint, endpoint.clone(), Some(id.clone()))
            }
            Step::Rule(rule) => (RecordedAction::Create, RecordedKind::ConnectivityRule, rule.shown(), None),
            Step::DeletedRule(deletion) => (
                RecordedAction::Delete,
                RecordedKind::ConnectivityRule,
                deletion.rule.shown(),
                Some(deletion.id.clone()),
            ),
            Step::Attachment(attachment) => {
                (RecordedAction::Update, RecordedKind::Attachments, attachment.namespace.to_string(), None)
            }
        };
        let change = Step::all(plan).position(|other| other.is(step)).map_or(0, |at| at + 1);
        Self { change, action, kind, name, id }
    }
}

impl RecordedOutcome {
    fn of(outcome: &Outcome) -> Self {
        match &outcome.result {
            Ok(Done::Now { .. }) => Self::Applied,
            Ok(Done::Before) => Self::AlreadyApplied,
            Err(ApplyError::Unfinished(error)) if !matches!(error, OperationError::Failed { .. }) => {
                Self::Unknown
            }
            Err(_) => Self::Failed,
        }
    }
}
