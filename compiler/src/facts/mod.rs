//! What an account holds, as its registry tells it: facts decide where a declaration is missing or differs.

mod connectivity;
mod read;
pub mod snapshot;

pub use connectivity::Connectivity;
pub use read::{Credential, credential, facts, home};

use crate::language::block::BlockKind;
use registry::{Principals, RegisteredEndpoint};
use schema::account::Namespace;
use schema::backend::Backend;
use schema::name::{AccountId, NamespaceId};
use std::collections::BTreeMap;
use std::fmt;

/// The account as it is now, as far as a key can see it. What is missing from a section that is not complete is
/// unproven, not absent.
#[derive(Clone, Debug)]
pub struct Facts {
    /// Which account it is.
    pub home: Home,
    /// The Namespaces that can be seen.
    pub namespaces: BTreeMap<NamespaceId, Namespace>,
    /// Whether these are all Namespaces.
    pub all_namespaces: bool,
    /// The principals that can be seen; each of their sections says whether it is complete.
    pub principals: Principals,
    /// The Endpoints, by name. Whoever sees one sees all.
    pub endpoints: BTreeMap<String, RegisteredEndpoint>,
    /// The connectivity rules, and where they are attached.
    pub connectivity: Connectivity,
}

/// What facts are of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Home {
    /// An account of Temporal Cloud.
    Account(AccountId),
    /// A self-hosted cluster, by the id that it was given when it was set up.
    Cluster(String),
}

impl Home {
    /// Where it lives.
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

impl Facts {
    /// The Namespace of an id that the registry gave; `None` where it is none.
    #[must_use]
    pub fn namespace_id(&self, text: &str) -> Option<NamespaceId> {
        self.home.backend().namespace_id(text).ok()
    }

    /// The names of everything of one kind of block, for suggestions.
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
