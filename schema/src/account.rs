//! The account graph: Namespaces, principals and Endpoints, as a policy declares them or a registry holds them.

mod tags;

pub use tags::Tags;

use crate::access::{Access, Rights};
use crate::limit::Limits;
use crate::name::{AccountId, EndpointName, NamespaceId, PrincipalId, TaskQueue, URL_MAX};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// How Workers authenticate to a Namespace.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AuthMethod {
    /// Client certificates.
    Mtls,
    /// API keys.
    ApiKey,
}

impl AuthMethod {
    /// The word in policies.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Mtls => "mtls",
            Self::ApiKey => "api_key",
        }
    }
}

/// A Namespace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Namespace {
    /// Its id.
    pub id: NamespaceId,
    /// Its regions as the registry names them (`aws-us-east-1`), the active one first.
    pub regions: Vec<String>,
    /// How Workers authenticate; empty where that is not known.
    pub auth: BTreeSet<AuthMethod>,
    /// Its tags.
    pub tags: Tags,
}

/// A user, service account or group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Principal {
    /// Kind and name.
    pub id: PrincipalId,
    /// What it is granted itself.
    pub access: Access,
    /// A group's users; empty for others.
    pub members: BTreeSet<PrincipalId>,
}

/// Where an Endpoint's calls go.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged, try_from = "WrittenTarget")]
pub enum Target {
    /// A task queue of a Namespace.
    Worker {
        /// The Namespace.
        namespace: NamespaceId,
        /// The task queue that its Workers poll.
        task_queue: TaskQueue,
    },
    /// A URL outside Temporal; self-hosted only.
    External {
        /// The URL.
        url: String,
    },
}

/// A target as it is written, its URL unread.
#[derive(Deserialize)]
#[serde(untagged)]
enum WrittenTarget {
    Worker { namespace: NamespaceId, task_queue: TaskQueue },
    External { url: String },
}

impl TryFrom<WrittenTarget> for Target {
    type Error = String;

    fn try_from(written: WrittenTarget) -> Result<Self, String> {
        match written {
            WrittenTarget::Worker { namespace, task_queue } => Ok(Self::Worker { namespace, task_queue }),
            WrittenTarget::External { url } => Self::external(&url)
                .ok_or_else(|| format!("`{}` is not a URL for a target", url.escape_debug())),
        }
    }
}

impl Target {
    /// A URL outside Temporal; `None` unless it is one of http or https, without white space and not too long.
    #[must_use]
    pub fn external(url: &str) -> Option<Self> {
        let host = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://")).unwrap_or_default();
        let sound = !host.is_empty() && url.len() <= URL_MAX && !url.contains(char::is_whitespace);
        sound.then(|| Self::External { url: url.to_owned() })
    }

    /// The target Namespace of a Worker target.
    #[must_use]
    pub fn namespace(&self) -> Option<&NamespaceId> {
        match self {
            Self::Worker { namespace, .. } => Some(namespace),
            Self::External { .. } => None,
        }
    }
}

/// A Nexus Endpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    /// Its name, unique in the account.
    pub name: EndpointName,
    /// Where its calls go.
    pub target: Target,
    /// What it is for, if anything is said.
    pub description: Option<String>,
    /// The Namespaces whose Workflows may call it.
    pub callers: BTreeSet<NamespaceId>,
}

/// A whole account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// Its id.
    pub id: AccountId,
    /// How much it may hold.
    pub limits: Limits,
    /// Its Namespaces.
    pub namespaces: BTreeMap<NamespaceId, Namespace>,
    /// Its principals.
    pub principals: BTreeMap<PrincipalId, Principal>,
    /// Its Endpoints.
    pub endpoints: BTreeMap<EndpointName, Endpoint>,
}

impl Account {
    /// An account that holds nothing yet.
    #[must_use]
    pub fn empty(id: AccountId) -> Self {
        Self {
            id,
            limits: Limits::default(),
            namespaces: BTreeMap::new(),
            principals: BTreeMap::new(),
            endpoints: BTreeMap::new(),
        }
    }

    /// What a principal holds, by its own grant and by the groups that list it; `None` for a stranger.
    #[must_use]
    pub fn rights(&self, id: &PrincipalId) -> Option<Rights> {
        let mut rights = Rights::of(&self.principals.get(id)?.access);
        let groups = self.principals.values().filter(|group| group.members.contains(id));
        groups.for_each(|group| rights.add(&group.access));
        Some(rights)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::{AccountRole, NamespacePermission};

    #[test]
    fn members_get_the_most_permissive_of_what_their_groups_have() {
        let namespace: NamespaceId = "orders-prod.a2dd6".parse().unwrap();
        let mut account = Account::empty("a2dd6".parse().unwrap());
        let user: PrincipalId = "user.ana@acme.example".parse().unwrap();
        let grant = |role, permission| Access::Account {
            role,
            namespaces: BTreeMap::from([(namespace.clone(), permission)]),
        };
        let principals = [
            ("user.ana@acme.example", grant(AccountRole::Read, NamespacePermission::Admin), vec![]),
            ("group.devs", grant(AccountRole::Developer, NamespacePermission::Read), vec![user.clone()]),
            ("group.owners", grant(AccountRole::Owner, NamespacePermission::Read), vec![]),
        ];
        for (id, access, members) in principals {
            let id: PrincipalId = id.parse().unwrap();
            let members = members.into_iter().collect();
            account.principals.insert(id.clone(), Principal { id, access, members });
        }

        let rights = account.rights(&user).unwrap();
        assert!(rights.develop() && !rights.administer_account());
        assert!(rights.hold(&namespace, NamespacePermission::Admin));
        assert_eq!(account.rights(&"user.bo@acme.example".parse().unwrap()), None);
    }
}
