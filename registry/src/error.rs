//! What can go wrong between us and a registry, by meaning, with what was being done.

use schema::block::Backend;
use std::time::Duration;
use thiserror::Error;

/// A call on the registry that failed: what was being done to what, and the problem.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{action}: {problem}")]
pub struct RegistryError {
    action: String,
    problem: Problem,
    backend: Backend,
}

/// Why a call failed. The texts are the registry's own words, shortened, on one line, without the API key.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum Problem {
    /// The key is missing, wrong, disabled or expired.
    #[error("not authenticated: {0}")]
    Unauthenticated(String),
    /// The identity may not do this, or may not know whether the object exists.
    #[error("permission denied: {0}")]
    PermissionDenied(String),
    /// The object does not exist.
    #[error("not found: {0}")]
    NotFound(String),
    /// The name is taken.
    #[error("already exists: {0}")]
    AlreadyExists(String),
    /// The name is refused as taken, and no object has it.
    #[error(
        "no Endpoint has the name `{0}`, but the server refuses it as taken: it holds a name until it is restarted after a rename"
    )]
    NameHeld(String),
    /// The object is not in the state that this needs; the version may have moved on.
    #[error("failed precondition: {0}")]
    FailedPrecondition(String),
    /// Another write came in between.
    #[error("aborted: {0}")]
    Aborted(String),
    /// The registry does not accept what was sent.
    #[error("invalid argument: {0}")]
    InvalidArgument(String),
    /// This registry does not offer the call.
    #[error("not implemented: {0}")]
    Unimplemented(String),
    /// Too many requests.
    #[error("throttled: {message}")]
    Throttled {
        /// The registry's words.
        message: String,
        /// How long it asks to wait.
        retry_after: Option<Duration>,
    },
    /// The work that the call is part of ended before its turn came, for the registry's limits. Nothing was sent.
    #[error("not sent: the run was stopped, or its time was up, before the registry's limits let it through")]
    NotSent,
    /// The registry, or a proxy before it, cannot serve for now.
    #[error("unavailable: {0}")]
    Unavailable(String),
    /// No answer within the time for one request.
    #[error("timed out: {0}")]
    TimedOut(String),
    /// No connection could be made.
    #[error("cannot reach `{address}`: {reason}")]
    Unreachable {
        /// Where to.
        address: String,
        /// What the system says.
        reason: String,
        /// How TLS comes into it.
        tls: Handshake,
    },
    /// The connection broke before the answer was complete.
    #[error("the connection to `{address}` broke: {reason}")]
    Interrupted {
        /// Where to.
        address: String,
        /// What the system says.
        reason: String,
    },
    /// The answer is not one that a registry gives.
    #[error("the answer makes no sense: {reason}{}", shown(.excerpt))]
    MalformedResponse {
        /// What is wrong with it.
        reason: String,
        /// Its beginning; may be empty.
        excerpt: String,
    },
    /// The answer repeats the API key: nothing of it is used.
    #[error("the answer repeats the API key{}", place(.0))]
    Leaked(String),
    /// The client itself cannot be set up, or was asked for something that cannot be sent.
    #[error("{0}")]
    Unusable(String),
    /// A variable of the environment that says how the registry is reached cannot be used.
    #[error("{0}")]
    Environment(String),
    /// Any other refusal.
    #[error("the registry answered {code}: {message}")]
    Other {
        /// The gRPC code, as a number.
        code: i64,
        /// The registry's words.
        message: String,
    },
}

/// What a connection that could not be made tells of TLS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Handshake {
    /// Nothing: it failed before.
    NotReached,
    /// The other side speaks TLS, and the two do not agree: on a certificate, for instance. It is no reason to do without.
    Refused,
    /// The other side answered the handshake with something else than TLS.
    Plaintext,
    /// The other side closed the connection during the handshake, and nothing tells why.
    Closed,
    /// The other side speaks TLS, and was spoken to without.
    Missing,
}

impl RegistryError {
    pub(crate) fn new(action: impl Into<String>, problem: Problem) -> Self {
        Self { action: action.into(), problem, backend: Backend::Cloud }
    }

    /// The same, of a self-hosted server.
    pub(crate) fn of_server(self) -> Self {
        Self { backend: Backend::SelfHosted, ..self }
    }

    /// What kind of registry it is about.
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

    /// Whether the registry does not know who is asking.
    #[must_use]
    pub fn is_unauthenticated(&self) -> bool {
        matches!(self.problem, Problem::Unauthenticated(_))
    }

    /// Whether the name is taken.
    #[must_use]
    pub fn is_already_exists(&self) -> bool {
        matches!(self.problem, Problem::AlreadyExists(_))
    }

    /// Whether the same call may succeed later without a change of anything here.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        self.problem.is_transient()
    }

    /// Whether a write that failed so may have been carried out all the same.
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

    /// What to do about it, where that is known.
    #[must_use]
    pub fn help(&self) -> Option<&'static str> {
        match self.backend {
            Backend::Cloud => self.problem.help(),
            Backend::SelfHosted => self.problem.help_on_server(),
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

    /// Whether the same call may succeed later without a change of anything here.
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

    /// Whether the registry answered, and that it cannot do this now.
    pub(crate) fn is_throttled_or_unavailable(&self) -> bool {
        matches!(self, Self::Throttled { .. } | Self::Unavailable(_))
    }

    /// Whether a write that was answered so may have met an outdated version. The code is documented nowhere: a
    /// self-hosted server answers FailedPrecondition, published samples also expect Aborted.
    pub(crate) fn may_be_outdated(&self) -> bool {
        matches!(self, Self::FailedPrecondition(_) | Self::Aborted(_))
    }

    /// Whether what was answered so surely did not reach the registry, or was turned away there.
    pub(crate) fn is_unsent(&self) -> bool {
        matches!(self, Self::Unreachable { .. } | Self::Throttled { .. } | Self::NotSent)
    }

    pub(crate) fn says_nothing_to_change(&self) -> bool {
        matches!(self, Self::InvalidArgument(message) if message.contains("nothing to change"))
    }

    /// Whether a call that was answered so is not offered to us, which proves nothing about what it would show.
    pub(crate) fn hides(&self) -> bool {
        matches!(self, Self::PermissionDenied(_) | Self::Unimplemented(_) | Self::NotFound(_))
    }

    /// What to do about it, where that is known.
    #[must_use]
    pub fn help(&self) -> Option<&'static str> {
        match self {
            Self::Unauthenticated(_) => Some(
                "check that the API key is complete, enabled and not expired, and that it belongs to this registry",
            ),
            Self::PermissionDenied(_) => Some(
                "use the key of an identity with the needed role; a new permission takes up to a minute to apply",
            ),
            Self::NotSent => Some("run it again, with more time or with less at once"),
            Self::Throttled { .. } => {
                Some("wait a minute and run it again, with fewer runs at the same time")
            }
            Self::Unavailable(_) | Self::TimedOut(_) | Self::Interrupted { .. } => {
                Some("run it again; what was already done is recognised")
            }
            Self::Unreachable { tls: Handshake::Refused, .. } => Some(
                "check that the address is the registry's and that this machine trusts its certificate; where a proxy of the company inspects \
                 traffic, have this machine trust the proxy's CA",
            ),
            Self::Unreachable { tls: Handshake::Plaintext, .. } => Some(
                "check the address and its port; for a registry without TLS on a network that is trusted, set allow_insecure",
            ),
            Self::Unreachable { tls: Handshake::Closed, .. } => {
                Some("check the address and its port, and the proxy settings")
            }
            Self::Unreachable { tls: Handshake::Missing, .. } => {
                Some("remove allow_insecure, and write the address with `https://` or without a scheme")
            }
            Self::Unreachable { .. } => Some("check the address, the network and the proxy settings"),
            Self::Leaked(_) => Some(
                "nothing of the answer was used; where somebody wrote the key into the account, remove it there, delete the key and \
                 make another",
            ),
            Self::MalformedResponse { .. } => {
                Some("check that the address is a registry's; a proxy may have answered in its place")
            }
            _ => None,
        }
    }

    fn help_on_server(&self) -> Option<&'static str> {
        match self {
            Self::Unauthenticated(_) => {
                Some("check the API key or the client certificate that the server expects")
            }
            Self::NameHeld(_) => Some(
                "choose another name, or restart the server (its Matching service, where that runs alone)",
            ),
            Self::PermissionDenied(_) => Some(
                "the server's Authorizer decides who may do this: use a key or certificate that it lets pass",
            ),
            Self::Unreachable { tls: Handshake::Refused, .. } => {
                Some("check the CA, the server name and the client certificate")
            }
            Self::Unreachable { tls: Handshake::Plaintext, .. } => {
                Some("check the address and its port, and whether the server uses TLS")
            }
            Self::Unreachable { tls: Handshake::Closed, .. } => {
                Some("check the address and its port, and whether the server wants a client certificate")
            }
            Self::Unreachable { tls: Handshake::Missing, .. } => Some(
                "switch TLS on: with TEMPORAL_TLS=true, or the block `tls` of the provider's `self_hosted`",
            ),
            Self::Interrupted { .. } => Some(
                "run it again; where it happens each time, check whether the server uses TLS and wants a client certificate",
            ),
            Self::Unreachable { .. } => {
                Some("check the address and the network, and whether the server uses TLS")
            }
            _ => self.help(),
        }
    }
}

fn place(place: &str) -> String {
    if place.is_empty() { String::new() } else { format!(" in `{place}`") }
}

fn shown(excerpt: &str) -> String {
    if excerpt.is_empty() { String::new() } else { format!("; it begins `{excerpt}`") }
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
        assert_eq!(problem.to_string(), "the answer makes no sense: no JSON; it begins `<html>`");
        assert_eq!(Problem::malformed_response("no id").to_string(), "the answer makes no sense: no id");
    }
}
