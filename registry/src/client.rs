//! The client itself: an address, a key, a connection pool, and how a request is tried again.

use crate::address::Address;
use crate::cloud::limiter::{self, RateLimiter, Slot};
use crate::cloud::request::{API_VERSION, Request};
use crate::cloud::transport::Transport;
use crate::error::{Problem, RegistryError};
use crate::operation::{Durations, Operation};
use crate::retry::{self, RetryPolicy};
use crate::self_hosted::{Server, ServerSettings};
use schema::block::Backend;
use schema::secret::Secret;
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::fmt;
use std::path::Path;
use std::sync::Arc;

/// A client of one registry with one key. Clones share their connections, their pace, and what they learn of operations.
#[derive(Clone)]
pub struct Registry {
    connection: Connection,
    policy: RetryPolicy,
    pub(crate) limiter: Arc<RateLimiter>,
    pub(crate) durations: Arc<Durations>,
    /// By what name the processes with its key know each other.
    name: Option<String>,
}

/// What the registry answered to a write, and the place of the operation that it began.
pub(crate) struct Written {
    pub(crate) answer: Value,
    slot: Slot,
}

impl Written {
    /// The operation.
    pub(crate) fn operation(self, action: &str) -> Result<Operation, RegistryError> {
        Ok(Operation { slot: self.slot, ..Operation::read(&self.answer, action)? })
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
        let action = format!("prepare for the registry at `{address}`");
        let name = name(&address, &api_key);
        let transport = Transport::new(address, api_key, user_agent, API_VERSION)
            .map_err(|problem| RegistryError::new(action, problem))?;
        Ok(Self { name: Some(name), ..Self::over(Connection::Cloud(Arc::new(transport))) })
    }

    /// A client of a self-hosted server; nothing is sent yet.
    ///
    /// # Errors
    /// [`Unusable`](crate::Problem::Unusable) when certificates or keys cannot be used.
    pub fn self_hosted(settings: ServerSettings, user_agent: &str) -> Result<Self, RegistryError> {
        let action = format!("prepare for the server at `{}`", settings.address());
        let server = Server::new(settings, user_agent)
            .map_err(|problem| RegistryError::new(action, problem).of_server())?;
        Ok(Self::over(Connection::Server(Arc::new(server))))
    }

    fn over(connection: Connection) -> Self {
        let (limiter, durations) = (Arc::default(), Arc::default());
        Self { connection, policy: RetryPolicy::default(), limiter, durations, name: None }
    }

    /// The same client, which keeps below the registry's limits together with all processes of this user that have the same
    /// key and share through this folder for temporary files. Where that cannot be, or there is none, it counts its own calls
    /// alone.
    #[must_use]
    pub fn with_shared_limits(self, temporary: Option<&Path>) -> Self {
        let Some((name, temporary)) = self.name.as_ref().zip(temporary) else { return self };
        match limiter::folder(temporary) {
            Ok(folder) => self.limiter.share(&folder, name),
            Err(error) => tracing::debug!(%error, "the pace is not shared with other processes"),
        }
        self
    }

    /// The same client, with the same connections, and other limits.
    #[must_use]
    pub fn with_retry_policy(self, policy: RetryPolicy) -> Self {
        Self { policy, ..self }
    }

    /// Where the registry is.
    #[must_use]
    pub fn address(&self) -> &Address {
        match &self.connection {
            Connection::Cloud(transport) => transport.address(),
            Connection::Server(server) => &server.address,
        }
    }

    /// What kind of registry it is: this decides what it can do.
    #[must_use]
    pub fn backend(&self) -> Backend {
        match &self.connection {
            Connection::Cloud(_) => Backend::Cloud,
            Connection::Server(_) => Backend::SelfHosted,
        }
    }

    /// The server, where it is one of one's own.
    pub(crate) fn server(&self) -> Option<&Server> {
        match &self.connection {
            Connection::Cloud(_) => None,
            Connection::Server(server) => Some(server),
        }
    }

    /// The id of a self-hosted server's cluster, by which a plan knows it again.
    ///
    /// # Errors
    /// Any failure of the call; Temporal Cloud has none.
    pub async fn cluster_id(&self) -> Result<String, RegistryError> {
        match self.server() {
            Some(server) => server.cluster(self.retry_policy()).await,
            None => {
                let message = "Temporal Cloud has accounts, not clusters".to_owned();
                Err(RegistryError::new("read the cluster's id", Problem::Unimplemented(message)))
            }
        }
    }

    /// How long it waits, and how often it tries again.
    #[must_use]
    pub fn retry_policy(&self) -> &RetryPolicy {
        &self.policy
    }

    /// Sends a request, again where its failure may pass. Whoever builds a write gives it an operation id, so that
    /// the registry recognises a second one.
    pub(crate) async fn send(&self, request: Request) -> Result<Value, RegistryError> {
        Ok(self.weighed(request).await?.0)
    }

    /// Sends a write, once there is a slot for its operation.
    pub(crate) async fn write(&self, request: Request) -> Result<Written, RegistryError> {
        let slot = retry::before_deadline(self.limiter.slots.take()).await;
        let Some(slot) = slot else { return Err(RegistryError::new(request.action, Problem::NotSent)) };
        Ok(Written { answer: self.send(request).await?, slot })
    }

    /// The same, with the memory that the answer takes.
    pub(crate) async fn weighed(&self, request: Request) -> Result<(Value, usize), RegistryError> {
        let Connection::Cloud(transport) = &self.connection else {
            let message = "a self-hosted server has nothing like this".to_owned();
            return Err(RegistryError::new(request.action, Problem::Unimplemented(message)));
        };
        let (mut tries, mut last) = (self.policy.tries(), None);
        loop {
            if !self.may_send(&request, last.as_ref()).await {
                return Err(RegistryError::new(request.action, last.unwrap_or(Problem::NotSent)));
            }
            let problem = match transport.exchange(&request, tries.limit()).await {
                Ok(answer) => return Ok(answer),
                Err(problem) => problem,
            };
            // A write is also refused while too many operations are in progress.
            if matches!(problem, Problem::Throttled { .. }) && !request.is_write() {
                self.limiter.slow_down();
            }
            if !tries.again(&problem).await {
                return Err(RegistryError::new(request.action, problem));
            }
            last = Some(problem);
        }
    }

    /// Waits for the rate: writes and looks at operations, which are many where much is applied at once, and whatever is sent
    /// again after `last`. Other reads only count. Gives whether the request may still be sent.
    async fn may_send(&self, request: &Request, last: Option<&Problem>) -> bool {
        if last.is_none() && !request.is_write() && !request.is_look() {
            self.limiter.count();
            return true;
        }
        if last.is_some_and(|last| !last.is_unsent()) {
            // The registry may have carried it out. Sent again, it tells: that is for the time that is left to it.
            self.limiter.acquire().await;
            return true;
        }
        retry::before_deadline(self.limiter.acquire()).await.is_some()
    }
}

/// A name that is the same for the same key at the same address, and tells neither.
fn name(address: &Address, api_key: &Secret) -> String {
    let digest =
        Sha256::new().chain_update(address.to_string()).chain_update([0]).chain_update(api_key.expose());
    digest.finalize().iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

impl fmt::Debug for Registry {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Registry").field("address", self.address()).finish_non_exhaustive()
    }
}
