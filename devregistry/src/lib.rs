//! The embedded registry: the Cloud Ops API, over gRPC and HTTP/JSON on one socket, in front of an account that is held
//! in memory. Every call is judged by the one permission rule in `schema`. Nothing here knows a policy document or a
//! registry client.
//!
//! An RPC is one file in `calls`, a function over the published messages. `service` is the one way to it; `grpc` and
//! `http_json` only carry bytes there and back. `state` holds the account, and operations take effect in it by the
//! clock. What Temporal's public sources leave open is in [`Settings`].
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
//! - A Namespace needs a region and 1 to 90 days of retention; tags at its creation need Global Admin or Owner.
//! - Permission comes before existence: a missing Namespace is `NotFound` to Global Admins and Owners alone, a missing
//!   Endpoint to whoever reads Endpoints, or for a write to Developers and higher.
//! - A repeated request finds its operation among the 10,000 that finished last. Where its subject is gone, only the
//!   principal that made it finds it.
//! - A page size above 1000 is a bad request. Seeded ids are the same at every start, versions are not.

mod api;
mod call;
mod caller;
mod calls;
mod clock;
mod endpoint;
mod endpoints;
mod grpc;
mod http_json;
mod id;
mod json;
mod key;
mod namespace;
mod operation;
mod page;
mod principal;
mod refusal;
mod resource;
mod route;
mod seed;
mod server;
mod service;
mod settings;
mod state;
mod table;

pub use seed::SeedError;
pub use settings::{Code, NamespaceList, Settings, TargetedNamespace};

use schema::account::Account;
use schema::name::{AccountId, PrincipalId};
use schema::secret::Secret;
use service::Service;
use std::collections::BTreeMap;
use std::future::Future;
use std::io;
use tokio::net::TcpListener;

/// A registry that is ready to serve one account.
#[derive(Debug)]
pub struct DevRegistry {
    account: AccountId,
    keys: BTreeMap<PrincipalId, Secret>,
    service: Service,
}

impl DevRegistry {
    /// A registry that starts with the account's Namespaces, principals and Endpoints, and the built-in Owner
    /// `user.owner`.
    ///
    /// # Errors
    /// When the account holds what no registry could: see [`SeedError`].
    pub fn new(account: Account, settings: Settings) -> Result<Self, SeedError> {
        let id = account.id.clone();
        let (state, keys) = seed::plant(account, settings)?;
        Ok(Self { account: id, keys, service: Service::new(state) })
    }

    /// An API key for each user and service account, the built-in Owner's included. Groups have none: nobody logs in as
    /// a group.
    #[must_use]
    pub fn api_keys(&self) -> BTreeMap<PrincipalId, Secret> {
        self.keys.clone()
    }

    /// The account's id.
    #[must_use]
    pub fn account_id(&self) -> &AccountId {
        &self.account
    }

    /// Serves on a listener until `shutdown` is ready, then gives the calls in flight five seconds to finish.
    ///
    /// # Errors
    /// When the listener is not usable.
    pub async fn serve(self, listener: TcpListener, shutdown: impl Future<Output = ()>) -> io::Result<()> {
        server::serve(self.service, listener, shutdown).await
    }
}
