//! The embedded registry: the Cloud Ops API over gRPC and HTTP/JSON on one socket, for an account that is held in memory
//! and optionally in a file. Every call is checked with the one permission rule in `schema`. This crate knows neither policy
//! documents nor a registry client.
//!
//! An RPC is one file in `calls`: a function over the published messages. Every call goes through `service`; `server::grpc`
//! and `server::http_json` only convert messages. `state` holds the account, and operations take effect in it by the clock.
//! Behaviour that Temporal's public sources do not specify is in [`Settings`], faults on demand are in [`Fault`].
//!
//! `storage::table` records what a call changes: the changes of a call that fails, panics or cannot be saved are rolled
//! back, and a write is saved before its response is sent. A new kind of entity is a `Record` in a table, and a line in
//! `State::stored`.
//!
//! With a state file ([`DevRegistry::with_state`]):
//! - A write, its operation and its changes of API keys are one SQLite transaction, on disk before the response. A write
//!   without a response was saved completely or not at all.
//! - Operations in progress continue by the wall clock. Those that became due while the registry was stopped take effect at
//!   the first call.
//! - The file has only digests of API keys. The keys of the seed are derived from a secret in the file, so that a restart
//!   can print them again; only the owner can read the file.
//! - Rows carry checksums, and so does the file as a whole. A file that is damaged, in use, of a newer version or not a state file is refused and not modified.
//! - A write that cannot be saved is `Unavailable` and changes nothing. Reads continue to work.
//!
//! Assumptions about Temporal Cloud beyond the settings:
//! - Any `temporal-cloud-api-version`, or none, is accepted; responses are those of API v0.17.
//! - Unknown fields in JSON bodies and queries are ignored, and any content type is read as JSON.
//! - A new specification is visible as soon as the update is accepted; the state shows that it is not in effect yet.
//! - A write to something on which an operation is in progress is refused with `FailedPrecondition`.
//! - An allowlist is a set: its order does not matter, and a duplicate caller is a bad request.
//! - An update may keep callers whose Namespace was deleted, but not add them. A deleted Namespace stays on allowlists;
//!   grants on it are deleted.
//! - An Endpoint's description has at most 20,000 bytes, its name at most 200 characters. The deprecated description is
//!   read where the current one is unset, and never sent.
//! - A Namespace needs one or two regions, each once, and 1 to 90 days of retention. Its active region cannot be removed,
//!   nor one for which a connectivity rule is attached. A failover takes effect when it is accepted. Of `replicas` and the
//!   deprecated `regions`, an update uses the one that it changes.
//! - Tags have 1 to 63 of the characters that Temporal documents, in keys and values, and there are at most 10.
//! - Renaming a search attribute, tags, failovers and group members leave the version of the specification as it is.
//! - There is one connectivity rule for each private connection. An attached one is not deleted.
//! - Invitations stay open, as users cannot accept them. Administrators may create API keys for users, who can use them at once.
//! - The response to a repeated request for an API key has no token. A key without an expiry does not expire.
//! - The addresses of users, the types of groups and the owners of keys do not change. Names of groups and service
//!   accounts are unique. A group's name has only the documented characters, and a group without a type is refused.
//! - Deleting a principal deletes its API keys and memberships; deleting a Namespace deletes its own service accounts.
//! - Custom roles are created and assigned by Owners, who may delegate that with a custom role, and read with any account
//!   role. An action that a custom role allows needs no predefined role or permission, creating and listing are actions on
//!   the account, `cloud.namespace.*` stands for all actions on Namespaces, and unknown actions allow nothing. Ids of
//!   resources are not checked. A role that a principal holds cannot be deleted.
//! - Only Owners make Owners; an operation is read by who may read its object or started it; a custom role for an Endpoint
//!   does not suffice for a target on which its holder has nothing: settings.
//! - Permission comes before existence: a missing Namespace is `NotFound` to Global Admins and Owners alone, a missing
//!   Endpoint to readers of Endpoints, or for a write to Developers and higher, a missing API key to administrators.
//! - A repeated request finds its operation among the 10,000 that finished last. If the object was deleted, only the
//!   principal that made the request finds it.
//! - A failed operation leaves a created object in ACTIVATION_FAILED; a failed update or deletion has no effect but the
//!   state UPDATE_FAILED or DELETE_FAILED; a rejected operation has no effect.
//! - The API key is checked before the body of a request is read. An unknown path is refused even without a key, as the API
//!   is public: `Unimplemented` over gRPC, 404, 405 or 501 over HTTP.
//! - A connection whose client takes longer than [`Settings::client_timeout`] is closed.
//! - A page size above 1000 is a bad request. Seeded ids are the same at every start, versions are not.

mod api;
mod audit;
mod caller;
mod calls;
mod clock;
mod entities;
mod faults;
mod limits;
mod operations;
mod server;
mod service;
mod settings;
mod state;
mod status;
mod storage;
mod warnings;

pub use faults::duration::parse_duration;
pub use faults::fault::{Fault, FaultError};
pub use limits::{LIMITS, Limits};
pub use server::tls::{Tls, TlsError};
pub use settings::{
    Code, CustomRoleTarget, NamespaceList, OperationReaders, OwnersAreMade, Settings, TargetedNamespace,
};
pub use state::seed::SeedError;
pub use storage::store::StateFileError;

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt, Full};
use schema::account::Account;
use schema::name::{AccountId, PrincipalId};
use schema::secret::Secret;
use server::connection::ConnectionHandle;
use service::Service;
use state::{State, seed};
use std::collections::BTreeMap;
use std::future::Future;
use std::io::{self, Write};
use std::path::Path;
use std::sync::Arc;
use storage::store::Store;
use thiserror::Error;
use tokio::net::TcpListener;

/// A registry that is ready to serve one account.
#[derive(Debug)]
pub struct DevRegistry {
    account: AccountId,
    service: Arc<Service>,
    restored: bool,
}

/// Why a registry with a state file cannot start.
#[derive(Debug, Error)]
pub enum StartError {
    /// The account that it would start with.
    #[error(transparent)]
    Seed(#[from] SeedError),
    /// The state file.
    #[error(transparent)]
    StateFile(#[from] StateFileError),
}

impl DevRegistry {
    /// A registry that starts with the account's Namespaces, principals and Endpoints, and the built-in Owner
    /// `user.owner`, without a state file.
    ///
    /// # Errors
    /// When the account is not valid: see [`SeedError`].
    pub fn new(account: Account, settings: Settings) -> Result<Self, SeedError> {
        Ok(Self::of(seed::build(account, settings)?, None, false))
    }

    /// A registry with a state file. If the file exists it overrides `account`; otherwise it is created with the content of
    /// [`DevRegistry::new`]. A write is on disk before its response is sent.
    ///
    /// # Errors
    /// As for [`DevRegistry::new`], and when the file cannot be used: see [`StateFileError`].
    pub fn with_state(account: Account, settings: Settings, file: &Path) -> Result<Self, StartError> {
        if Store::exists(file)? {
            let (store, contents) = Store::open(file)?;
            let damaged = |what| StateFileError::Damaged { path: file.to_owned(), what };
            let state = State::restore(contents, settings).map_err(damaged)?;
            return Ok(Self::of(state, Some(store), true));
        }
        let mut state = seed::build(account, settings)?;
        let store = Store::create(file, &mut state)?;
        Ok(Self::of(state, Some(store), false))
    }

    /// Adds an audit log: every call as a line of JSON with time, principal, method, object, outcome and operation. It contains
    /// no keys, and nothing else of requests and responses.
    #[must_use]
    pub fn with_audit(self, log: Box<dyn Write + Send>) -> Self {
        self.service.write_audit(audit::Audit::new(log));
        self
    }

    /// Passes on what an operator must know: that the audit log or the state file cannot be written, and that it can be again.
    /// Each is told once.
    #[must_use]
    pub fn with_warnings(self, warn: impl Fn(String) + Send + Sync + 'static) -> Self {
        self.service.warn_to(Box::new(warn));
        self
    }

    /// Whether the state was read from the state file, so that the account was ignored.
    #[must_use]
    pub fn is_restored(&self) -> bool {
        self.restored
    }

    /// The API key of each user and service account of the seed, the built-in Owner included, unless it was deleted. They are
    /// the same at every start from one state file.
    #[must_use]
    pub fn api_keys(&self) -> BTreeMap<PrincipalId, Secret> {
        self.service.with_state(State::seeded_keys)
    }

    /// The account's id.
    #[must_use]
    pub fn account_id(&self) -> &AccountId {
        &self.account
    }

    /// Responds to one request, gRPC or HTTP/JSON, without a socket; `None` when a fault closes the connection instead.
    pub async fn answer(&self, request: Request<Bytes>) -> Option<Response<Bytes>> {
        let connection = Arc::new(ConnectionHandle::default());
        let answer =
            server::respond(Arc::clone(&self.service), Arc::clone(&connection), request.map(Full::new));
        let response = tokio::select! {
            response = answer => response,
            () = connection.closed() => return None,
        };
        let (head, body) = response.into_parts();
        let body = body.collect().await.ok()?;
        let trailers = body.trailers().cloned().unwrap_or_default();
        let mut response = Response::from_parts(head, body.to_bytes());
        response.headers_mut().extend(trailers);
        Some(response)
    }

    /// Serves without TLS until `shutdown` completes, then waits up to five seconds for calls in flight.
    ///
    /// # Errors
    /// When the listener is not usable.
    pub async fn serve(self, listener: TcpListener, shutdown: impl Future<Output = ()>) -> io::Result<()> {
        server::serve(self.service, listener, None, shutdown).await
    }

    /// Serves with TLS.
    ///
    /// # Errors
    /// When the listener is not usable.
    pub async fn serve_tls(
        self,
        listener: TcpListener,
        tls: Tls,
        shutdown: impl Future<Output = ()>,
    ) -> io::Result<()> {
        server::serve(self.service, listener, Some(tls), shutdown).await
    }

    fn of(mut state: State, store: Option<Store>, restored: bool) -> Self {
        state.commit();
        state.mark_saved();
        Self { account: state.id.clone(), service: Arc::new(Service::new(state, store)), restored }
    }
}
