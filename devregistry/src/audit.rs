//! The audit log: every call as one line of JSON. Of a request it contains only the name of its object, and never keys.

use crate::server::json;
use prost_reflect::{DynamicMessage, ReflectMessage, Value};
use serde_json::{Value as Json, json};
use std::fmt;
use std::io::{self, Write};
use std::sync::{Mutex, PoisonError};
use std::time::SystemTime;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use tonic::{Code, Status};

/// Where the lines go.
pub(crate) struct Audit(Mutex<Box<dyn Write + Send>>);

/// One call.
#[derive(Debug)]
pub(crate) struct Entry<'a> {
    pub(crate) time: SystemTime,
    /// The caller, if it was authenticated.
    pub(crate) principal: Option<String>,
    pub(crate) rpc: &'a str,
    pub(crate) request: &'a [u8],
    /// The response, or the error.
    pub(crate) outcome: Result<&'a [u8], &'a Status>,
}

impl fmt::Debug for Audit {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Audit")
    }
}

impl Audit {
    pub(crate) fn new(log: Box<dyn Write + Send>) -> Self {
        Self(Mutex::new(log))
    }

    /// Writes one line.
    ///
    /// # Errors
    /// When it cannot be written, which does not affect the call.
    pub(crate) fn write(&self, entry: &Entry<'_>) -> io::Result<()> {
        let line = format!("{}\n", entry.line());
        let mut log = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        log.write_all(line.as_bytes()).and_then(|()| log.flush())
    }
}

impl Entry<'_> {
    fn line(&self) -> Json {
        let request = decode(self.rpc, "Request", self.request);
        let response = self.outcome.ok().and_then(|answer| decode(self.rpc, "Response", answer));
        let object = request.as_ref().and_then(named).or_else(|| response.as_ref().and_then(named));
        json!({
            "time": OffsetDateTime::from(self.time).format(&Rfc3339).unwrap_or_default(),
            "principal": self.principal,
            "method": self.rpc,
            "object": object.or_else(|| request.as_ref().and_then(spec_name)),
            "outcome": code_name(self.outcome.err().map_or(Code::Ok, Status::code)),
            "operation": response.as_ref().and_then(operation),
        })
    }
}

fn decode(rpc: &str, suffix: &str, bytes: &[u8]) -> Option<DynamicMessage> {
    DynamicMessage::decode(json::message(rpc, suffix).ok()?, bytes).ok()
}

/// The first id in a message, which is that of its object.
fn named(message: &DynamicMessage) -> Option<String> {
    let is_id = |name: &str| {
        (name.ends_with("_id") && !matches!(name, "project_id" | "owner_id"))
            || matches!(name, "namespace" | "region")
    };
    let descriptor = message.descriptor();
    let fields = descriptor.fields().filter(|field| is_id(field.name()));
    let text = |field| message.get_field(&field).as_str().map(str::to_owned);
    let is_operations_own = descriptor.name() == "GetAsyncOperationRequest";
    let fields = fields.filter(|field| is_operations_own || field.name() != "async_operation_id");
    fields.filter_map(text).find(|id| !id.is_empty())
}

/// The name of an object that has no id yet.
fn spec_name(request: &DynamicMessage) -> Option<String> {
    let spec = request.get_field_by_name("spec")?;
    let Value::Message(spec) = spec.as_ref() else { return None };
    let names = ["name", "display_name", "email"].into_iter();
    let mut texts = names.filter_map(|name| spec.get_field_by_name(name)?.as_str().map(str::to_owned));
    texts.find(|name| !name.is_empty())
}

fn operation(response: &DynamicMessage) -> Option<String> {
    let operation = response.get_field_by_name("async_operation")?;
    let Value::Message(operation) = operation.as_ref() else { return None };
    let id = operation.get_field_by_name("id")?.as_str()?.to_owned();
    Some(id).filter(|id| !id.is_empty())
}

/// The canonical name of a gRPC code.
fn code_name(code: Code) -> &'static str {
    match code {
        Code::Ok => "OK",
        Code::Cancelled => "CANCELLED",
        Code::Unknown => "UNKNOWN",
        Code::InvalidArgument => "INVALID_ARGUMENT",
        Code::DeadlineExceeded => "DEADLINE_EXCEEDED",
        Code::NotFound => "NOT_FOUND",
        Code::AlreadyExists => "ALREADY_EXISTS",
        Code::PermissionDenied => "PERMISSION_DENIED",
        Code::ResourceExhausted => "RESOURCE_EXHAUSTED",
        Code::FailedPrecondition => "FAILED_PRECONDITION",
        Code::Aborted => "ABORTED",
        Code::OutOfRange => "OUT_OF_RANGE",
        Code::Unimplemented => "UNIMPLEMENTED",
        Code::Internal => "INTERNAL",
        Code::Unavailable => "UNAVAILABLE",
        Code::DataLoss => "DATA_LOSS",
        Code::Unauthenticated => "UNAUTHENTICATED",
    }
}
