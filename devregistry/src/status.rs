//! The errors of calls, as gRPC statuses. Texts that clients look for are Temporal Cloud's own.

use crate::server::body::{BodyError, MAX_REQUEST};
use crate::settings::Code;
use std::fmt::Display;
use std::time::Duration;
use tonic::Status;

/// The API key is missing or unknown.
pub(crate) fn unauthenticated() -> Status {
    Status::unauthenticated("request not authenticated")
}

/// The caller lacks a permission, or may not know whether the object exists.
pub(crate) fn permission_denied() -> Status {
    Status::permission_denied("request unauthorized")
}

/// There is no object of this kind with this id.
pub(crate) fn not_found(kind: &str, id: impl Display) -> Status {
    Status::not_found(format!("{kind} `{id}` not found"))
}

/// There already is an object of this kind with this name.
pub(crate) fn already_exists(kind: &str, name: impl Display) -> Status {
    Status::already_exists(format!("a {kind} named `{name}` already exists"))
}

/// The request is invalid.
pub(crate) fn bad_request(message: impl Display) -> Status {
    with_code(Code::InvalidArgument, message)
}

/// An error whose code is a setting.
pub(crate) fn with_code(code: Code, message: impl Display) -> Status {
    match code {
        Code::InvalidArgument => {
            Status::invalid_argument(format!("{message} (type: bad-request, retryable: false)"))
        }
        code => Status::new(code, message.to_string()),
    }
}

/// The HTTP header and gRPC metadata with the time after which to retry, in seconds.
pub(crate) const RETRY_AFTER: &str = "retry-after";

/// Too many calls.
pub(crate) fn resource_exhausted(message: &str, retry_after: Duration) -> Status {
    let mut status = Status::resource_exhausted(message);
    let seconds = retry_after.as_secs() + u64::from(retry_after.subsec_nanos() > 0);
    status.metadata_mut().insert(RETRY_AFTER, seconds.into());
    status
}

/// The request's body could not be read.
pub(crate) fn body_error(error: BodyError) -> Status {
    match error {
        BodyError::TooLarge => {
            Status::resource_exhausted(format!("a request has at most {MAX_REQUEST} bytes"))
        }
        BodyError::Timeout => Status::deadline_exceeded("the body took too long"),
        BodyError::Busy => {
            resource_exhausted("too many large requests at the same time", Duration::from_secs(1))
        }
        BodyError::Broken => Status::invalid_argument("the body could not be read"),
    }
}

/// The state of the account does not allow the call.
pub(crate) fn failed_precondition(message: impl Display) -> Status {
    Status::failed_precondition(message.to_string())
}
