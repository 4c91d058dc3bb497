//! The errors of calls on a registry, by meaning, with what was being done.

use schema::backend::Backend;
use std::time::Duration;
use thiserror::Error;

/// A call on the registry that failed: what was being done, and the problem.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{action}: {problem}")]
pub struct RegistryError {
    action: String,
    problem: Problem,
    backend: Backend,
}

/// Why a call failed. Texts that are not described are the registry's own, shortened, on one line, without the API key.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum Problem {
    /// The key is missing, wrong, disabled or expired.
    #[error("not authenticated: {0}")]
    Unauthenticated(String),
    /// The identity lacks a permission, or may not know whether the object exists.
    #[error("permission denied: {0}")]
    PermissionDenied(String),
    /// The object does not exist.
    #[error("not found: {0}")]
    NotFound(String),
    /// The name is in use.
    #[error("already exists: {0}")]
    AlreadyExists(String),
    /// The server refuses the name as in use although no object has it.
    #[error(
        "the server refuses the name `{0}` as in use, although no endpoint has it: after a rename, it keeps the old name reserved until it is restarted"
    )]
    NameHeld(String),
    /// The object is not in the required state; its version may have changed.
    #[error("failed precondition: {0}")]
    FailedPrecondition(String),
    /// A concurrent write.
    #[error("aborted: {0}")]
    Aborted(String),
    /// The registry does not accept the request.
    #[error("invalid argument: {0}")]
    InvalidArgument(String),
    /// The registry does not support the call.
    #[error("not implemented: {0}")]
    Unimplemented(String),
    /// Too many requests.
    #[error("throttled: {message}")]
    Throttled {
        /// The registry's message.
        message: String,
        /// How long it asks to wait.
        retry_after: Option<Duration>,
    },
    /// The task was stopped, or its deadline passed, while the request waited for the rate limit. Nothing was sent.
    #[error(
        "not sent: the run was stopped or timed out while the request waited for the registry's rate limit"
    )]
    NotSent,
    /// The registry, or a proxy in front of it, is temporarily unavailable.
    #[error("unavailable: {0}")]
    Unavailable(String),
    /// No response within the timeout of a request.
    #[error("timed out: {0}")]
    TimedOut(String),
    /// No connection could be made.
    #[error("cannot reach `{address}`: {reason}")]
    Unreachable {
        /// The address.
        address: String,
        /// The cause.
        reason: String,
        /// What is known of the TLS handshake.
        tls: Handshake,
    },
    /// The connection broke before the response was complete.
    #[error("the connection to `{address}` was interrupted: {reason}")]
    Interrupted {
        /// The address.
        address: String,
        /// The cause.
        reason: String,
    },
    /// The response is not one of the registry's API.
    #[error("malformed response: {reason}{}", excerpt_suffix(.excerpt))]
    MalformedResponse {
        /// What is wrong with it.
        reason: String,
        /// The beginning of the response; may be empty.
        excerpt: String,
    },
    /// The response contains the API key, at this path, and is discarded.
    #[error("the response contains the API key{}", path_suffix(.0))]
    Leaked(String),
    /// The client cannot be configured, or the request cannot be sent.
    #[error("{0}")]
    Unusable(String),
    /// An environment variable for the connection has an unusable value.
    #[error("{0}")]
    Environment(String),
    /// Any other refusal.
    #[error("the registry responded with code {code}: {message}")]
    Other {
        /// The gRPC code, as a number.
        code: i64,
        /// The registry's message.
        message: String,
    },
}

/// How far the TLS handshake got when no connection could be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Handshake {
    /// There was none: the connection failed earlier.
    NotReached,
    /// It failed, on a certificate for instance. The peer speaks TLS, so this is no reason to switch TLS off.
    Refused,
    /// The peer did not respond with TLS.
    Plaintext,
    /// The peer closed the connection during the handshake without a reason.
    Closed,
    /// The peer requires TLS, and TLS is off.
    Required,
}

impl RegistryError {
    pub(crate) fn new(action: impl Into<String>, problem: Problem) -> Self {
        Self { action: action.into(), problem, backend: Backend::Cloud }
    }

    /// Marks the error as one of a self-hosted server.
    pub(crate) fn of_self_hosted(self) -> Self {
        Self { backend: Backend::SelfHosted, ..self }
    }

    /// The kind of registry that failed.
    #[must_use]
    pub fn backend(&self) -> Backend {
        self.backend
    }

    pub(crate) fn malformed_response(action: &str, reason: impl Into<String>) -> Self {
        Self::new(action, Problem::malformed_response(reason))
    }

    /// What was being done, such as "create endpoint `payments`".
    #[must_use]
    pub fn action(&self) -> &str {
        &self.action
    }

    /// Why it failed.
    #[must_use]
    pub fn problem(&self) -> &Problem {
        &self.problem
    }

    /// Whether the registry says that the object does not exist.
    #[must_use]
    pub fn is_not_found(&self) -> bool {
        matches!(self.problem, Problem::NotFound(_))
    }

    /// Whether the registry says that the identity may not do this.
    #[must_use]
    pub fn is_permission_denied(&self) -> bool {
        matches!(self.problem, Problem::PermissionDenied(_))
    }

    /// Whether the registry does not accept the credentials.
    #[must_use]
    pub fn is_unauthenticated(&self) -> bool {
        matches!(self.problem, Problem::Unauthenticated(_))
    }

    /// Whether the name is in use.
    #[must_use]
    pub fn is_already_exists(&self) -> bool {
        matches!(self.problem, Problem::AlreadyExists(_))
    }

    /// Whether the same call may succeed later.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        self.problem.is_transient()
    }

    /// Whether a write with this error may have been applied nevertheless.
    #[must_use]
    pub fn outcome_is_unknown(&self) -> bool {
        let open = matches!(
            self.problem,
            Problem::MalformedResponse { .. }
                | Problem::Leaked(_)
                | Problem::Other { .. }
                | Problem::Unreachable { .. }
        );
        open || self.is_transient()
    }

    /// What to do about it, if known.
    #[must_use]
    pub fn help(&self) -> Option<&'static str> {
        match self.backend {
            Backend::Cloud => self.problem.help(),
            Backend::SelfHosted => self.problem.help_for_self_hosted(),
        }
    }
}

impl Problem {
    pub(crate) fn malformed_response(reason: impl Into<String>) -> Self {
        Self::MalformedResponse {
            reason: crate::connection::excerpt::excerpt(&reason.into()),
            excerpt: String::new(),
        }
    }

    /// Whether the same call may succeed later.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Throttled { .. } | Self::Unavailable(_) | Self::TimedOut(_) | Self::Interrupted { .. } => {
                true
            }
            Self::Unreachable { tls, .. } => *tls == Handshake::NotReached,
            _ => false,
        }
    }

    /// Whether the registry responded that it cannot serve the call now.
    pub(crate) fn is_throttled_or_unavailable(&self) -> bool {
        matches!(self, Self::Throttled { .. } | Self::Unavailable(_))
    }

    /// Whether a write may have failed because of an outdated version. No documentation names the code: a self-hosted
    /// server responds with FailedPrecondition, published samples also expect Aborted.
    pub(crate) fn may_be_outdated(&self) -> bool {
        matches!(self, Self::FailedPrecondition(_) | Self::Aborted(_))
    }

    /// Whether the registry certainly did not process the request.
    pub(crate) fn is_unsent(&self) -> bool {
        matches!(self, Self::Unreachable { .. } | Self::Throttled { .. } | Self::NotSent)
    }

    pub(crate) fn says_nothing_to_change(&self) -> bool {
        matches!(self, Self::InvalidArgument(message) if message.contains("nothing to change"))
    }

    /// Whether the registry withholds the object, which proves nothing about its existence.
    pub(crate) fn is_withheld(&self) -> bool {
        matches!(self, Self::PermissionDenied(_) | Self::Unimplemented(_) | Self::NotFound(_))
    }

    /// What to do about it, if known.
    #[must_use]
    pub fn help(&self) -> Option<&'static str> {
        match self {
            Self::Unauthenticated(_) => Some(
                "check that the API key is complete, enabled and not expired, and that it is a key of this registry",
            ),
            Self::PermissionDenied(_) => Some(
                "use the API key of an identity with the required role; a new permission can take up to a minute to take effect",
            ),
            Self::NotSent => Some("run the command again with a longer timeout or fewer changes"),
            Self::Throttled { .. } => {
                Some("wait a minute and run the command again, with fewer concurrent runs")
            }
            Self::Unavailable(_) | Self::TimedOut(_) | Self::Interrupted { .. } => {
                Some("run the command again; changes that were already applied are recognised")
            }
            Self::Unreachable { tls: Handshake::Refused, .. } => Some(
                "check the address and that this machine trusts the registry's certificate; if a proxy inspects TLS traffic, add \
                 its CA to the trusted certificates of this machine",
            ),
            Self::Unreachable { tls: Handshake::Plaintext, .. } => Some(
                "check the address and its port; for a registry without TLS on a trusted network, set allow_insecure",
            ),
            Self::Unreachable { tls: Handshake::Closed, .. } => {
                Some("check the address and its port, and the proxy settings")
            }
            Self::Unreachable { tls: Handshake::Required, .. } => {
                Some("remove allow_insecure, and use an address that starts with `https://` or has no scheme")
            }
            Self::Unreachable { .. } => Some("check the address, the network and the proxy settings"),
            Self::Leaked(_) => Some(
                "the response was discarded; if the key is stored in the account, in a description for instance, remove it there, \
                 then delete the key and create a new one",
            ),
            Self::MalformedResponse { .. } => {
                Some("check that the address is that of a registry; the response may come from a proxy")
            }
            _ => None,
        }
    }

    fn help_for_self_hosted(&self) -> Option<&'static str> {
        match self {
            Self::Unauthenticated(_) => Some("check the API key or the client certificate"),
            Self::NameHeld(_) => Some(
                "choose another name, or restart the server (only its Matching service, if that is deployed separately)",
            ),
            Self::PermissionDenied(_) => Some(
                "use an API key or client certificate that the server's Authorizer accepts for this operation",
            ),
            Self::Unreachable { tls: Handshake::Refused, .. } => {
                Some("check the CA, the server name and the client certificate")
            }
            Self::Unreachable { tls: Handshake::Plaintext, .. } => {
                Some("check the address and its port, and whether the server uses TLS")
            }
            Self::Unreachable { tls: Handshake::Closed, .. } => {
                Some("check the address and its port, and whether the server requires a client certificate")
            }
            Self::Unreachable { tls: Handshake::Required, .. } => Some(
                "enable TLS with TEMPORAL_TLS=true, or with the `tls` block in the provider's `self_hosted` block",
            ),
            Self::Interrupted { .. } => Some(
                "run the command again; if it fails every time, check whether the server uses TLS and requires a client certificate",
            ),
            Self::Unreachable { .. } => {
                Some("check the address and the network, and whether the server uses TLS")
            }
            _ => self.help(),
        }
    }
}

fn path_suffix(path: &str) -> String {
    if path.is_empty() { String::new() } else { format!(" in `{path}`") }
}

fn excerpt_suffix(excerpt: &str) -> String {
    if excerpt.is_empty() { String::new() } else { format!("; it begins with `{excerpt}`") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_names_the_operation_and_the_object() {
        let problem = Problem::PermissionDenied("request unauthorized".to_owned());
        let error = RegistryError::new("create endpoint `payments`", problem);
        assert_eq!(error.to_string(), "create endpoint `payments`: permission denied: request unauthorized");
        assert!(error.help().is_some() && error.is_permission_denied() && !error.is_transient());
    }

    #[test]
    fn nonsense_shows_how_it_begins() {
        let problem =
            Problem::MalformedResponse { reason: "no JSON".to_owned(), excerpt: "<html>".to_owned() };
        assert_eq!(problem.to_string(), "malformed response: no JSON; it begins with `<html>`");
        assert_eq!(Problem::malformed_response("no id").to_string(), "malformed response: no id");
    }
}
