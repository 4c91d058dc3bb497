//! The answers that refuse a call. The texts that clients look for are Temporal Cloud's own.

use crate::server::body::{REQUEST_MOST, Unread};
use crate::settings::Code;
use std::fmt::Display;
use std::time::Duration;
use tonic::Status;

/// No key, or none that is known.
pub(crate) fn unauthenticated() -> Status {
    Status::unauthenticated("request not authenticated")
}

/// The caller may not do this, or may not know whether what it asks for exists.
pub(crate) fn unauthorized() -> Status {
    Status::permission_denied("request unauthorized")
}

/// There is no `kind` of this id.
pub(crate) fn missing(kind: &str, id: impl Display) -> Status {
    Status::not_found(format!("{kind} `{id}` not found"))
}

/// There already is a `kind` of this name.
pub(crate) fn taken(kind: &str, name: impl Display) -> Status {
    Status::already_exists(format!("a {kind} named `{name}` already exists"))
}

/// The request itself is wrong.
pub(crate) fn bad_request(message: impl Display) -> Status {
    refused(Code::InvalidArgument, message)
}

/// A refusal whose code is a setting.
pub(crate) fn refused(code: Code, message: impl Display) -> Status {
    match code {
        Code::InvalidArgument => {
            Status::invalid_argument(format!("{message} (type: bad-request, retryable: false)"))
        }
        code => Status::new(code, message.to_string()),
    }
}

/// The header, and the gRPC metadata, that says when to call again, in seconds.
pub(crate) const RETRY_AFTER: &str = "retry-after";

/// Too many calls; another may be made after a while.
pub(crate) fn throttled(message: &str, retry_after: Duration) -> Status {
    let mut status = Status::resource_exhausted(message);
    let seconds = retry_after.as_secs() + u64::from(retry_after.subsec_nanos() > 0);
    status.metadata_mut().insert(RETRY_AFTER, seconds.into());
    status
}

/// The request's body was not read to its end.
pub(crate) fn unread(why: Unread) -> Status {
    match why {
        Unread::TooLarge => Status::resource_exhausted(format!("a request has at most {REQUEST_MOST} bytes")),
        Unread::TooSlow => Status::deadline_exceeded("the body took too long"),
        Unread::Busy => throttled("too many large requests at the same time", Duration::from_secs(1)),
        Unread::Broken => Status::invalid_argument("the body could not be read"),
    }
}

/// The account is not in a state that allows the call.
pub(crate) fn precondition(message: impl Display) -> Status {
    Status::failed_precondition(message.to_string())
}
