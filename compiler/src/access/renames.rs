//! Maps declared Endpoints to registered ones. A completed rename stays in the policy, so `renamed_from` is used only until an
//! Endpoint has the new name.

use crate::facts::Facts;
use crate::policy::{DeclaredEndpoint, Policy};
use registry::RegisteredEndpoint;
use schema::name::EndpointName;
use std::collections::BTreeMap;

/// The pending renames.
pub struct Renames<'a> {
    exists: Box<dyn Fn(&str) -> bool + 'a>,
    /// By old name: the declared Endpoint that takes it over.
    takers: BTreeMap<&'a str, &'a DeclaredEndpoint>,
}

impl<'a> Renames<'a> {
    /// Follows each rename to a free name. A declared Endpoint whose old name is taken over by another is itself a renamed
    /// or a new one.
    #[must_use]
    pub fn of(policy: &'a Policy, facts: &'a Facts) -> Self {
        Self::among(policy, |name| facts.endpoints.contains_key(name))
    }

    /// The renames among the Endpoints that exist.
    #[must_use]
    pub fn among(policy: &'a Policy, exists: impl Fn(&str) -> bool + 'a) -> Self {
        let mut takers = BTreeMap::new();
        let is_new = |endpoint: &&DeclaredEndpoint| !exists(endpoint.name.as_str());
        for endpoint in policy.endpoints.values().filter(is_new) {
            let mut next = Some(endpoint);
            while let Some((taker, from)) = next.and_then(|taker| Some((taker, taker.renamed_from.as_ref()?)))
            {
                let from = &from.id;
                if !exists(from.as_str()) || takers.contains_key(from.as_str()) {
                    break;
                }
                takers.insert(from.as_str(), taker);
                next = policy.endpoints.get(from);
            }
        }
        Self { exists: Box::new(exists), takers }
    }

    /// The declared Endpoint that takes over the registered one of this name.
    #[must_use]
    pub fn taker(&self, name: &str) -> Option<&'a DeclaredEndpoint> {
        self.takers.get(name).copied()
    }

    /// The current name of a declared Endpoint; `None` for a new one.
    #[must_use]
    pub fn current_name(&self, endpoint: &'a DeclaredEndpoint) -> Option<&'a EndpointName> {
        let taken = endpoint.renamed_from.as_ref().map(|from| &from.id);
        let taken = taken.filter(|from| self.is_taken_by(from, endpoint));
        let name = taken.unwrap_or(&endpoint.name);
        let is_given_up = taken.is_none() && self.taker(name.as_str()).is_some();
        Some(name).filter(|name| !is_given_up && (self.exists)(name.as_str()))
    }

    /// The registered Endpoint of a declared one; `None` for a new one.
    #[must_use]
    pub fn held<'f>(
        &self,
        endpoint: &'a DeclaredEndpoint,
        facts: &'f Facts,
    ) -> Option<&'f RegisteredEndpoint> {
        facts.endpoints.get(self.current_name(endpoint)?.as_str())
    }

    fn is_taken_by(&self, from: &EndpointName, endpoint: &DeclaredEndpoint) -> bool {
        self.taker(from.as_str()).is_some_and(|taker| taker.name == endpoint.name)
    }
}
