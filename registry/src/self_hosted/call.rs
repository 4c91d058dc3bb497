//! A gRPC call before it is sent: its path, its message, and when it may be retried.

use super::{spec, wire};
use crate::endpoint::RegisteredEndpoint;
use crate::error::{Problem, RegistryError};
use bytes::Bytes;
use http::uri::PathAndQuery;
use prost::DecodeError;

/// A call that may be sent several times.
pub(crate) struct Call {
    /// What it does to which object, for errors.
    pub(crate) action: String,
    /// Its path; `None` if it is invalid.
    pub(crate) path: Option<PathAndQuery>,
    pub(crate) request: Bytes,
    pub(crate) repeat: Repeat,
}

/// When a call may be retried.
#[derive(Clone, Copy)]
pub(crate) enum Repeat {
    /// After any transient failure: the call is idempotent.
    Always,
    /// Only if the server did not process the first attempt.
    Unsent,
    /// Only after the object was read again.
    Never,
}

impl Call {
    pub(crate) fn new(action: impl Into<String>, service: &str, method: &str, request: Vec<u8>) -> Self {
        let path = PathAndQuery::try_from(format!("{service}/{method}")).ok();
        Self { action: action.into(), path, request: request.into(), repeat: Repeat::Always }
    }

    pub(crate) fn repeated(self, repeat: Repeat) -> Self {
        Self { repeat, ..self }
    }

    /// Whether it may be retried after this problem.
    pub(crate) fn may_repeat_after(&self, problem: &Problem) -> bool {
        match self.repeat {
            Repeat::Always => true,
            Repeat::Unsent => problem.is_unsent(),
            Repeat::Never => false,
        }
    }

    /// The Endpoint in the field `number` of a response.
    pub(crate) fn read(&self, response: &[u8], number: u32) -> Result<RegisteredEndpoint, RegistryError> {
        let endpoint = self.decoded(wire::inner(response, number))?;
        spec::read(&endpoint).map_err(|problem| RegistryError::new(self.action.as_str(), problem))
    }

    /// The decoded message, or the error for a malformed response.
    pub(crate) fn decoded<T>(&self, result: Result<T, DecodeError>) -> Result<T, RegistryError> {
        result.map_err(|error| RegistryError::malformed_response(&self.action, error.to_string()))
    }
}
