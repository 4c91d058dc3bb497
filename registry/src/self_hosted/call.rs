//! One call on a server, before it is sent: what it is for, its path, its message, and when it may be sent again.

use super::{spec, wire};
use crate::endpoint::RegisteredEndpoint;
use crate::error::{Problem, RegistryError};
use bytes::Bytes;
use http::uri::PathAndQuery;
use prost::DecodeError;

/// A call that may be sent several times.
pub(crate) struct Call {
    /// What it does to what, for errors.
    pub(crate) action: String,
    /// Its path; `None` for one that cannot be.
    pub(crate) path: Option<PathAndQuery>,
    pub(crate) request: Bytes,
    pub(crate) repeat: Repeat,
}

/// When a call may be sent again.
#[derive(Clone, Copy)]
pub(crate) enum Repeat {
    /// After any failure that may pass: a second one does nothing more than the first.
    Always,
    /// Only where the first did not reach the server, or was turned away.
    Unsent,
    /// Not before what it is based on was read again.
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

    /// Whether it may be sent again after this problem.
    pub(crate) fn may_repeat_after(&self, problem: &Problem) -> bool {
        match self.repeat {
            Repeat::Always => true,
            Repeat::Unsent => problem.is_unsent(),
            Repeat::Never => false,
        }
    }

    /// The Endpoint in the field `number` of an answer.
    pub(crate) fn read(&self, answer: &[u8], number: u32) -> Result<RegisteredEndpoint, RegistryError> {
        let endpoint = self.understood(wire::inner(answer, number))?;
        spec::read(&endpoint).map_err(|problem| RegistryError::new(self.action.as_str(), problem))
    }

    /// What was decoded; else an error that the answer makes no sense.
    pub(crate) fn understood<T>(&self, decoded: Result<T, DecodeError>) -> Result<T, RegistryError> {
        decoded.map_err(|error| RegistryError::malformed_response(&self.action, error.to_string()))
    }
}
