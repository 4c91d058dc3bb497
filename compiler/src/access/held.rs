//! The Endpoints of an account at one moment, as far as plans and access depend on them: as the registry has them, or as a
//! policy leaves them.

use super::target::HeldTarget;
use crate::facts::Facts;
use crate::policy::Policy;
use registry::{Description, RegisteredEndpoint};
use schema::backend::Backend;
use schema::name::{EndpointName, NamespaceId};
use std::collections::{BTreeMap, BTreeSet};
use time::Date;

/// One Endpoint at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeldEndpoint {
    /// Its id in the registry; its name where only a policy is known, and empty before its creation.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its resource version; empty where only a policy is known.
    pub resource_version: String,
    /// Its target; `None` for an unknown one.
    pub target: Option<HeldTarget>,
    /// Its description.
    pub description: Description,
    /// The ids of the Namespaces that are known to be on its allowlist.
    pub callers: BTreeSet<String>,
    /// Which other callers it may have.
    pub unseen: Unseen,
}

/// What is not known of an allowlist.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unseen {
    /// Everything is known.
    Nothing,
    /// All of it: others manage it, and there are no facts.
    Allowlist,
    /// Grants of a kind that this version does not know. Writing the allowlist keeps them.
    Grants,
}

/// The Endpoints of an account, by name.
#[derive(Clone, Debug)]
pub struct HeldEndpoints {
    backend: Backend,
    /// Whether the allowlists of a policy are compared with these; a self-hosted server has none.
    pub has_allowlists: bool,
    /// By name.
    pub by_name: BTreeMap<String, HeldEndpoint>,
}

impl HeldEndpoint {
    /// As the registry has it.
    #[must_use]
    pub fn registered(endpoint: &RegisteredEndpoint) -> Self {
        Self {
            id: endpoint.id().to_owned(),
            name: endpoint.name().to_owned(),
            resource_version: endpoint.resource_version().to_owned(),
            target: HeldTarget::held(endpoint.target()),
            description: endpoint.description(),
            callers: endpoint.callers(),
            unseen: if endpoint.has_unknown_policies() { Unseen::Grants } else { Unseen::Nothing },
        }
    }
}

impl HeldEndpoints {
    /// As the registry has them.
    #[must_use]
    pub fn of_facts(facts: &Facts) -> Self {
        Self::registered(facts.home.backend(), facts.endpoints.values())
    }

    /// As a registry returned them.
    pub fn registered<'r>(
        backend: Backend,
        endpoints: impl IntoIterator<Item = &'r RegisteredEndpoint>,
    ) -> Self {
        let held = endpoints.into_iter().map(HeldEndpoint::registered);
        let by_name = held.map(|endpoint| (endpoint.name.clone(), endpoint)).collect();
        Self { backend, has_allowlists: backend == Backend::Cloud, by_name }
    }

    /// As a policy leaves them, without those declared ones that are not compared. Of Endpoints that it does not declare, it
    /// knows only whom it lets call.
    #[must_use]
    pub fn of_policy(policy: &Policy, today: Date, is_compared: impl Fn(&EndpointName) -> bool) -> Self {
        let compared = policy.endpoints.values().filter(|endpoint| is_compared(&endpoint.name));
        let declared = compared.map(|endpoint| {
            let callers = policy.callers(endpoint, today);
            HeldEndpoint {
                target: endpoint.target.as_ref().map(|declared| HeldTarget::of(&declared.target)),
                description: endpoint.description.clone().map_or(Description::Absent, Description::Text),
                unseen: if callers.is_some() { Unseen::Nothing } else { Unseen::Allowlist },
                callers: texts(&callers.unwrap_or_default()),
                ..HeldEndpoint::undeclared(&endpoint.name)
            }
        });
        let elsewhere = policy.allowlists.iter().filter(|(name, _)| !policy.endpoints.contains_key(*name));
        let granted = elsewhere.map(|(name, grants)| {
            let grants = grants.iter().filter(|grant| grant.grants_on(today));
            let callers = grants.flat_map(|grant| &grant.callers.namespaces);
            let callers = callers.map(|used| used.id.to_string()).collect();
            HeldEndpoint { callers, ..HeldEndpoint::undeclared(name) }
        });
        let by_name = declared.chain(granted).map(|endpoint| (endpoint.name.clone(), endpoint)).collect();
        Self { backend: policy.account.backend, has_allowlists: true, by_name }
    }

    /// Adds the Endpoints that a policy grants access to without declaring them. They exist: a policy without facts is not
    /// told more.
    pub fn add_granted(&mut self, policy: &Policy) {
        let named = policy.allowlists.keys().filter(|name| !policy.endpoints.contains_key(*name));
        for name in named {
            let missing = || HeldEndpoint::undeclared(name);
            self.by_name.entry(name.to_string()).or_insert_with(missing);
        }
    }

    /// Adds the Endpoints that a policy removes and its base does not. They may exist: a policy without facts is not told
    /// more.
    pub fn add_removed(&mut self, policy: &Policy, base: &Policy) {
        let removed = policy.removed.iter().filter_map(|block| block.endpoint());
        for name in removed.filter(|name| base.removed_endpoint(name.as_str()).is_none()) {
            let missing = || HeldEndpoint::undeclared(name);
            self.by_name.entry(name.to_string()).or_insert_with(missing);
        }
    }

    /// Adds the Endpoints that a policy renames and its base does not know. They may exist: a policy without facts is not told
    /// more. What the base has under the new name was renamed before.
    pub fn add_renamed(&mut self, policy: &Policy) {
        let new =
            policy.endpoints.values().filter(|endpoint| !self.by_name.contains_key(endpoint.name.as_str()));
        let from: Vec<_> = new.filter_map(|endpoint| endpoint.renamed_from.as_ref()).collect();
        for name in from {
            let missing = || HeldEndpoint::undeclared(&name.id);
            self.by_name.entry(name.id.to_string()).or_insert_with(missing);
        }
    }

    /// Marks the allowlists that a policy leaves to others: nobody knows whom they will let call.
    pub fn leave_to_others(&mut self, policy: &Policy) {
        let left = policy.endpoints.values().filter(|endpoint| !policy.manages_allowlist(endpoint));
        for endpoint in left {
            if let Some(held) = self.by_name.get_mut(endpoint.name.as_str()) {
                held.unseen = Unseen::Allowlist;
            }
        }
    }

    /// The target Namespace of an Endpoint.
    #[must_use]
    pub fn target_namespace(&self, endpoint: &HeldEndpoint) -> Option<NamespaceId> {
        self.backend.namespace_id(endpoint.target.as_ref()?.namespace()?).ok()
    }

    /// The Endpoint with an id.
    #[must_use]
    pub fn with_id(&self) -> BTreeMap<&str, &HeldEndpoint> {
        let known = self.by_name.values().filter(|endpoint| !endpoint.id.is_empty());
        known.map(|endpoint| (endpoint.id.as_str(), endpoint)).collect()
    }
}

impl HeldEndpoint {
    /// An Endpoint of which only the name is known.
    fn undeclared(name: &EndpointName) -> Self {
        Self {
            id: name.to_string(),
            name: name.to_string(),
            resource_version: String::new(),
            target: None,
            description: Description::Absent,
            callers: BTreeSet::new(),
            unseen: Unseen::Allowlist,
        }
    }
}

/// Ids as the registry writes them.
#[must_use]
pub fn texts(ids: &BTreeSet<NamespaceId>) -> BTreeSet<String> {
    ids.iter().map(ToString::to_string).collect()
}
