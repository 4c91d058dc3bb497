//! The client: an address, a key, a connection pool, and how requests are retried.

use crate::address::Address;
use crate::cloud::limiter::{self, RateLimiter, Slot};
use crate::cloud::request::{API_VERSION, Request};
use crate::cloud::transport::Transport;
use crate::error::{Problem, RegistryError};
use crate::operation::{Durations, Operation};
use crate::retry::{self, RetryPolicy};
use crate::self_hosted::{Server, ServerSettings};
use schema::backend::Backend;
use schema::secret::Secret;
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::fmt;
use std::path::Path;
use std::sync::Arc;

/// A client of one registry with one key. Clones share their connections, their rate limit, and the durations of earlier
/// operations.
#[derive(Clone)]
pub struct Registry {
    connection: Connection,
    retry_policy: RetryPolicy,
    pub(crate) limiter: Arc<RateLimiter>,
    pub(crate) durations: Arc<Durations>,
    /// The name under which processes with this key share their limits.
    limits_name: Option<String>,
}

/// The response to a write, and the slot of the operation that it started.
pub(crate) struct Written {
    pub(crate) response: Value,
    slot: Slot,
}

impl Written {
    /// The operation.
    pub(crate) fn operation(self, action: &str) -> Result<Operation, RegistryError> {
        Ok(Operation { slot: self.slot, ..Operation::read(&self.response, action)? })
    }
}

/// The two kinds of registry.
#[derive(Clone)]
enum Connection {
    Cloud(Arc<Transport>),
    Server(Arc<Server>),
}

impl Registry {
    /// A client; nothing is sent yet. Proxies are taken from the environment, except for this machine's own addresses.
    ///
    /// # Errors
    /// [`Unusable`](crate::Problem::Unusable) when the key cannot be one, or when TLS cannot be set up.
    pub fn new(address: Address, api_key: Secret, user_agent: &str) -> Result<Self, RegistryError> {
        let action = format!("configure the client of the registry at `{address}`");
        let limits_name = limits_name(&address, &api_key);
        let transport = Transport::new(address, api_key, user_agent, API_VERSION)
            .map_err(|problem| RegistryError::new(action, problem))?;
        Ok(Self { limits_name: Some(limits_name), ..Self::over(Connection::Cloud(Arc::new(transport))) })
    }

    /// A client of a self-hosted server; nothing is sent yet.
    ///
    /// # Errors
    /// [`Unusable`](crate::Problem::Unusable) when certificates or keys cannot be used.
    pub fn self_hosted(settings: ServerSettings, user_agent: &str) -> Result<Self, RegistryError> {
        let action = format!("configure the client of the server at `{}`", settings.address());
        let server = Server::new(settings, user_agent)
            .map_err(|problem| RegistryError::new(action, problem).of_self_hosted())?;
        Ok(Self::over(Connection::Server(Arc::new(server))))
    }

    fn over(connection: Connection) -> Self {
        let (limiter, durations) = (Arc::default(), Arc::default());
        Self { connection, retry_policy: RetryPolicy::default(), limiter, durations, limits_name: None }
    }

    /// This client, sharing its rate limit and operation slots with all processes of this user that have the same key,
    /// through files in this directory for temporary files. Without a directory, or where it cannot be used, the client
    /// counts only its own calls.
    #[must_use]
    pub fn with_shared_limits(self, temporary: Option<&Path>) -> Self {
        let Some((name, temporary)) = self.limits_name.as_ref().zip(temporary) else { return self };
        match limiter::folder(temporary) {
            Ok(folder) => self.limiter.share(&folder, name),
            Err(error) => tracing::debug!(%error, "cannot share limits with other processes"),
        }
        self
    }

    /// This client with another retry policy.
    #[must_use]
    pub fn with_retry_policy(self, retry_policy: RetryPolicy) -> Self {
        Self { retry_policy, ..self }
    }

    /// The address of the registry.
    #[must_use]
    pub fn address(&self) -> &Address {
        match &self.connection {
            Connection::Cloud(transport) => transport.address(),
            Connection::Server(server) => &server.address,
        }
    }

    /// The kind of registry, which decides what it supports.
    #[must_use]
    pub fn backend(&self) -> Backend {
        match &self.connection {
            Connection::Cloud(_) => Backend::Cloud,
            Connection::Server(_) => Backend::SelfHosted,
        }
    }

    /// The self-hosted server, if the registry is one.
    pub(crate) fn server(&self) -> Option<&Server> {
        match &self.connection {
            Connection::Cloud(_) => None,
            Connection::Server(server) => Some(server),
        }
    }

    /// The id of a self-hosted server's cluster, which a plan records to recognise the server.
    ///
    /// # Errors
    /// Any failure of the call; Temporal Cloud has none.
    pub async fn cluster_id(&self) -> Result<String, RegistryError> {
        match self.server() {
            Some(server) => server.cluster(self.retry_policy()).await,
            None => {
                let message = "Temporal Cloud has no cluster id".to_owned();
                Err(RegistryError::new("read the cluster's id", Problem::Unimplemented(message)))
            }
        }
    }

    /// Its timeouts and retries.
    #[must_use]
    pub fn retry_policy(&self) -> &RetryPolicy {
        &self.retry_policy
    }

    /// Sends a request, and retries it after transient failures. A write must carry an operation id, by which the registry
    /// recognises a retry.
    pub(crate) async fn send(&self, request: Request) -> Result<Value, RegistryError> {
        Ok(self.send_measured(request).await?.0)
    }

    /// Waits for a slot for its operation, then sends a write.
    pub(crate) async fn write(&self, request: Request) -> Result<Written, RegistryError> {
        let slot = retry::before_deadline(self.limiter.slots.take()).await;
        let Some(slot) = slot else { return Err(RegistryError::new(request.action, Problem::NotSent)) };
        Ok(Written { response: self.send(request).await?, slot })
    }

    /// Sends a request like [`Self::send`], and returns the memory that the response takes with it.
    pub(crate) async fn send_measured(&self, request: Request) -> Result<(Value, usize), RegistryError> {
        let Connection::Cloud(transport) = &self.connection else {
            let message = "self-hosted Temporal does not support this".to_owned();
            return Err(RegistryError::new(request.action, Problem::Unimplemented(message)));
        };
        let (mut attempts, mut last) = (self.retry_policy.attempts(), None);
        loop {
            if !self.may_send(&request, last.as_ref()).await {
                return Err(RegistryError::new(request.action, last.unwrap_or(Problem::NotSent)));
            }
            let problem = match transport.exchange(&request, attempts.request_timeout()).await {
                Ok(response) => return Ok(response),
                Err(problem) => problem,
            };
            // A write is also refused while too many operations are in progress.
            if matches!(problem, Problem::Throttled { .. }) && !request.is_write() {
                self.limiter.slow_down();
            }
            if !attempts.wait_before_retry(&problem).await {
                return Err(RegistryError::new(request.action, problem));
            }
            last = Some(problem);
        }
    }

    /// Waits for the rate limit and returns whether the request may still be sent. Only writes, reads of operations and
    /// retries (after the problem `last`) wait: those come in bursts. Other reads only count.
    async fn may_send(&self, request: &Request, last: Option<&Problem>) -> bool {
        if last.is_none() && !request.is_write() && !request.is_operation_read() {
            self.limiter.count();
            return true;
        }
        if last.is_some_and(|last| !last.is_unsent()) {
            // The registry may have applied the write; a retry finds out, so it is sent even after the deadline.
            self.limiter.acquire().await;
            return true;
        }
        retry::before_deadline(self.limiter.acquire()).await.is_some()
    }
}

/// A name that is the same for the same key at the same address, and reveals neither.
fn limits_name(address: &Address, api_key: &Secret) -> String {
    let digest =
        Sha256::new().chain_update(address.to_string()).chain_update([0]).chain_update(api_key.expose());
    digest.finalize().iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

impl fmt::Debug for Registry {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Registry").field("address", self.address()).finish_non_exhaustive()
    }
}
