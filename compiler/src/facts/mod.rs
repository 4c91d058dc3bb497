//! The facts of an account, read from its registry: used where a declaration is missing or differs.

mod connectivity;
mod read;
pub mod snapshot;

pub use connectivity::Connectivity;
pub use read::{Credential, credential, facts, home};

use crate::language::block::BlockKind;
use registry::{Principals, RegisteredEndpoint, ResourceState};
use schema::account::Namespace;
use schema::backend::Backend;
use schema::name::{AccountId, NamespaceId};
use std::collections::BTreeMap;
use std::fmt;

/// The current state of the account, as far as the API key can read it. An object that is missing from a section that is not
/// complete is unproven, not absent.
#[derive(Clone, Debug)]
pub struct Facts {
    /// The account or cluster.
    pub home: Home,
    /// The Namespaces that can be read.
    pub namespaces: BTreeMap<NamespaceId, Namespace>,
    /// The states of those that are not active.
    pub namespace_states: BTreeMap<NamespaceId, ResourceState>,
    /// Whether these are all Namespaces.
    pub all_namespaces: bool,
    /// The principals that can be read; each section says whether it is complete.
    pub principals: Principals,
    /// The Endpoints, by name, without those that are being deleted; always complete.
    pub endpoints: BTreeMap<String, RegisteredEndpoint>,
    /// The Endpoints that are being deleted, by name: they exist for a moment, and are neither changed nor relied upon.
    pub deleting: BTreeMap<String, RegisteredEndpoint>,
    /// The connectivity rules and their attachments.
    pub connectivity: Connectivity,
    /// The day of the snapshot, `YYYY-MM-DD`; `None` when they were read from the registry.
    pub snapshot: Option<String>,
}

/// The account or cluster that facts are about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Home {
    /// An account of Temporal Cloud.
    Account(AccountId),
    /// A self-hosted cluster, by the id from its setup.
    Cluster(String),
}

impl Home {
    /// Its backend.
    #[must_use]
    pub fn backend(&self) -> Backend {
        match self {
            Self::Account(_) => Backend::Cloud,
            Self::Cluster(_) => Backend::SelfHosted,
        }
    }

    /// Its id.
    #[must_use]
    pub fn id(&self) -> &str {
        match self {
            Self::Account(id) => id.as_str(),
            Self::Cluster(id) => id,
        }
    }
}

/// The account `a2dd6`, or the cluster of this id.
impl fmt::Display for Home {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Account(id) => write!(out, "the account `{id}`"),
            Self::Cluster(id) => write!(out, "the cluster `{id}`"),
        }
    }
}

/// Whether an object is in order as far as its state tells.
pub(crate) fn is_in_order(state: &ResourceState) -> bool {
    matches!(state, ResourceState::Active | ResourceState::Unspecified)
}

/// Endpoints by name, those that stay and those that are being deleted.
fn by_name(
    endpoints: impl IntoIterator<Item = RegisteredEndpoint>,
) -> (BTreeMap<String, RegisteredEndpoint>, BTreeMap<String, RegisteredEndpoint>) {
    let named = endpoints.into_iter().map(|endpoint| (endpoint.name().to_owned(), endpoint));
    let is_leaving = |endpoint: &RegisteredEndpoint| {
        matches!(endpoint.state(), ResourceState::Deleting | ResourceState::Deleted)
    };
    let (deleting, staying) = named.partition(|(_, endpoint)| is_leaving(endpoint));
    (staying, deleting)
}

impl Facts {
    /// Parses a Namespace id of the registry.
    #[must_use]
    pub fn namespace_id(&self, text: &str) -> Option<NamespaceId> {
        self.home.backend().namespace_id(text).ok()
    }

    /// The names of all objects of a kind, for suggestions.
    #[must_use]
    pub fn names(&self, kind: BlockKind) -> Vec<String> {
        let principals = &self.principals;
        let section = match kind {
            BlockKind::Namespace => return self.namespaces.keys().map(|id| id.name().to_string()).collect(),
            BlockKind::Endpoint => return self.endpoints.keys().cloned().collect(),
            BlockKind::User => &principals.users,
            BlockKind::ServiceAccount => &principals.service_accounts,
            _ => &principals.groups,
        };
        section.visible.keys().map(|id| id.name().to_owned()).collect()
    }
}
