//! The embedded registry: the Cloud Ops API, over gRPC and HTTP/JSON on one socket, in front of an account that is held
//! in memory and, where asked for, in a file. Every call is judged by the one permission rule in `schema`. Nothing here knows a policy document or a
//! registry client.
//!
//! An RPC is one file in `calls`, a function over the published messages. `service` is the one way to it; `grpc` and
//! `http_json` only carry bytes there and back. `state` holds the account, and operations take effect in it by the
//! clock. What Temporal's public sources leave open is in [`Settings`], what can go wrong on demand in [`Fault`].
//!
//! What a call changes stands in tables that remember it until the call is over: a call that fails, panics, or cannot
//! be saved takes its changes back, and a write is saved before it is answered. A new kind of entity is a `Record`
//! in a table, and a line in `State::stored`.
//!
//! With a state file ([`DevRegistry::with_state`]):
//! - A write, its operation and what it did to keys is one SQLite transaction, on the disk before the answer. One that
//!   was not answered is there whole or not at all.
//! - Operations in progress go on by the wall clock. What came due meanwhile has taken effect at the first call.
//! - Of API keys the file has digests. The keys of the seed are derived from a secret in the file, so that a restart
//!   can print them again; the file is readable by its owner alone.
//! - A file that is damaged, in use, of a newer version or something else is refused and left as it is.
//! - A write that the disk does not take is `Unavailable`, and nothing has changed. Reads go on.
//!
//! What it assumes of Temporal Cloud beyond the settings:
//! - Any `temporal-cloud-api-version` is accepted, and none as well; answers are those of API v0.17.
//! - Fields that the API does not know are passed over in JSON bodies and queries, and any content type is read as JSON.
//! - A new specification is visible as soon as the update is accepted; the state says that it is not in effect yet.
//! - A write to something on which an operation is in progress is refused with `FailedPrecondition`.
//! - An allowlist is a set: its order says nothing, and a caller that is named twice is a bad request.
//! - An update may keep callers whose Namespace is gone, but not add any. A deleted Namespace stays on allowlists;
//!   grants on it go with it.
//! - An Endpoint's description has at most 20,000 bytes, its name at most 200 characters. The deprecated description is
//!   read where the current one is unset, and never sent.
//! - A Namespace needs one or two regions, each once, and 1 to 90 days of retention. Its active region cannot be removed,
//!   nor one for which a connectivity rule is attached. A failover counts as soon as it is accepted. Of `replicas` and the
//!   deprecated `regions` the one that an update changes counts.
//! - Tags have 1 to 63 of the characters that Temporal documents, in keys and values, and there are at most 10.
//! - Renaming a search attribute, tags, failovers and group members leave the version of the specification as it is.
//! - There is one connectivity rule for each private connection. An attached one is not deleted.
//! - Invitations stay open: nobody accepts them. Administrators may make API keys for users, who can log in at once.
//! - The answer to a repeated request for an API key has no token. A key without an expiry does not expire.
//! - The addresses of users, the types of groups and the owners of keys do not change. Names of groups and service
//!   accounts are unique. A group takes the documented characters, and no type is assumed for it.
//! - With a principal go its API keys and its memberships, with a Namespace the service accounts that are its own.
//! - Custom roles are made and assigned by Owners, who may pass that on by a custom role, and read with any account role.
//!   An action that a custom role allows on something needs no predefined role or permission beside it, creating and
//!   listing are done to the account, `cloud.namespace.*` stands for all actions of its kind, and unknown actions allow
//!   nothing. Ids of resources are not looked up. A role that someone holds is not deleted.
//! - Permission comes before existence: a missing Namespace is `NotFound` to Global Admins and Owners alone, a missing
//!   Endpoint to whoever reads Endpoints, or for a write to Developers and higher, a missing API key to administrators.
//! - A repeated request finds its operation among the 10,000 that finished last. Where its subject is gone, only the
//!   principal that made it finds it.
//! - An operation that fails leaves a creation in ACTIVATION_FAILED, and an update or deletion undone in UPDATE_FAILED
//!   or DELETE_FAILED; one that is rejected leaves nothing.
//! - The API key is looked at before anything of a request's body is read. A path that leads nowhere is refused without
//!   one, as what the API has is published: `Unimplemented` over gRPC, 404, 405 or 501 over HTTP.
//! - A client that keeps the registry waiting for longer than [`Settings::patience`] loses its connection.
//! - A page size above 1000 is a bad request. Seeded ids are the same at every start, versions are not.

mod api;
mod audit;
mod caller;
mod calls;
mod clock;
mod entities;
mod faults;
mod operations;
mod refusal;
mod server;
mod service;
mod settings;
mod state;
mod storage;

pub use faults::duration::parse_duration;
pub use faults::fault::{Fault, FaultError};
pub use server::tls::{Tls, TlsError};
pub use settings::{Code, NamespaceList, Settings, TargetedNamespace};
pub use state::seed::SeedError;
pub use storage::store::StateFileError;

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt, Full};
use schema::account::Account;
use schema::name::{AccountId, PrincipalId};
use schema::secret::Secret;
use server::link::Link;
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
    /// `user.owner`, and forgets everything when it ends.
    ///
    /// # Errors
    /// When the account holds what no registry could: see [`SeedError`].
    pub fn new(account: Account, settings: Settings) -> Result<Self, SeedError> {
        Ok(Self::of(seed::plant(account, settings)?, None, false))
    }

    /// A registry whose state is in a file. Where the file holds one it wins over `account`; else it is made, with
    /// what [`DevRegistry::new`] starts with. A write that was answered is on the disk.
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
        let mut state = seed::plant(account, settings)?;
        let store = Store::create(file, &mut state)?;
        Ok(Self::of(state, Some(store), false))
    }

    /// The same registry, which writes every call to `log` as a line of JSON: time, principal, method, object, outcome
    /// and operation. No keys, and nothing else of requests and answers.
    #[must_use]
    pub fn with_audit(self, log: Box<dyn Write + Send>) -> Self {
        self.service.write_audit(audit::Audit::new(log));
        self
    }

    /// Whether the state file held a state, so that the seed counts for nothing.
    #[must_use]
    pub fn is_restored(&self) -> bool {
        self.restored
    }

    /// The API key of each user and service account that the registry was first started with, the built-in Owner's
    /// included, as long as it has it. Groups have none: nobody logs in as a group. They are the same at every start
    /// from one state file.
    #[must_use]
    pub fn api_keys(&self) -> BTreeMap<PrincipalId, Secret> {
        self.service.look(State::planted_keys)
    }

    /// The account's id.
    #[must_use]
    pub fn account_id(&self) -> &AccountId {
        &self.account
    }

    /// Answers one request, gRPC or HTTP/JSON, without a socket; nothing where a fault ends the connection instead.
    pub async fn answer(&self, request: Request<Bytes>) -> Option<Response<Bytes>> {
        let link = Arc::new(Link::default());
        let answer = server::respond(Arc::clone(&self.service), Arc::clone(&link), request.map(Full::new));
        let response = tokio::select! {
            response = answer => response,
            () = link.hung_up() => return None,
        };
        let (head, body) = response.into_parts();
        let body = body.collect().await.ok()?;
        let trailers = body.trailers().cloned().unwrap_or_default();
        let mut response = Response::from_parts(head, body.to_bytes());
        response.headers_mut().extend(trailers);
        Some(response)
    }

    /// Serves plaintext on a listener until `shutdown` is ready, then gives the calls in flight five seconds to finish.
    ///
    /// # Errors
    /// When the listener is not usable.
    pub async fn serve(self, listener: TcpListener, shutdown: impl Future<Output = ()>) -> io::Result<()> {
        server::serve(self.service, listener, None, shutdown).await
    }

    /// The same over TLS.
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
        state.keep();
        state.saved();
        Self { account: state.id.clone(), service: Arc::new(Service::new(state, store)), restored }
    }
}
