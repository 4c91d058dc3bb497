//! What an account holds, as its registry tells it: facts decide where a declaration is missing or differs.

mod connectivity;
mod schema;
pub mod snapshot;

pub use connectivity::Connectivity;
pub use schema::snapshot_schema;

use ::schema::account::Namespace;
use ::schema::name::{AccountId, NamespaceId};
use registry::{Principals, RegisteredEndpoint};
use std::collections::BTreeMap;

/// The account as it is now, as far as a key can see it. What is missing from a section that is not complete is
/// unproven, not absent.
#[derive(Clone, Debug)]
pub struct Facts {
    /// Its id.
    pub account: AccountId,
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

impl Facts {
    /// The names of everything of one kind of block, for suggestions.
    #[must_use]
    pub fn names(&self, kind: &str) -> Vec<String> {
        let principals = &self.principals;
        let section = match kind {
            "namespace" => return self.namespaces.keys().map(|id| id.name().to_string()).collect(),
            "endpoint" => return self.endpoints.keys().cloned().collect(),
            "user" => &principals.users,
            "service_account" => &principals.service_accounts,
            _ => &principals.groups,
        };
        section.seen.keys().map(|id| id.name().to_owned()).collect()
    }
}
