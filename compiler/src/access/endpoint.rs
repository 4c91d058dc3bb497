//! Who may call whom, as the policy says.

use crate::policy::Policy;
use schema::account::Target;
use schema::name::{EndpointName, NamespaceId};
use std::collections::BTreeSet;
use time::Date;

/// One Endpoint with the Namespaces whose Workflows may call it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EndpointAccess {
    /// The Endpoint.
    pub endpoint: EndpointName,
    /// Where its calls go.
    pub target: Target,
    /// Its callers; `None` where the policy does not manage its allowlist.
    pub callers: Option<BTreeSet<NamespaceId>>,
}

/// Every declared Endpoint with its callers on this day, by name.
#[must_use]
pub fn access(policy: &Policy, today: Date) -> Vec<EndpointAccess> {
    let endpoints = policy.endpoints.values().filter_map(|endpoint| {
        let target = endpoint.target.as_ref()?.target.clone();
        let callers = policy.callers(endpoint, today);
        Some(EndpointAccess { endpoint: endpoint.name.clone(), target, callers })
    });
    endpoints.collect()
}
