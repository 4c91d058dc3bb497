//! Narrows a graph to Namespaces and Endpoints.

use super::Graph;
use std::collections::BTreeSet;
use thiserror::Error;

/// What a graph is narrowed to; everything when both are empty.
#[derive(Clone, Copy, Debug, Default)]
pub struct Narrowing<'n> {
    /// Names or ids of Namespaces: the calls from or to any of them.
    pub namespaces: &'n [String],
    /// Names of Endpoints: the calls to any of them.
    pub endpoints: &'n [String],
}

/// A name that is not in the graph.
#[derive(Debug, Error)]
#[error("no {what} `{name}` in the graph")]
pub struct UnknownName {
    /// The kind of object.
    pub what: &'static str,
    /// The name.
    pub name: String,
    /// A similar name that is in the graph.
    pub closest: Option<String>,
}

impl Graph {
    /// The selected Endpoints, calls, Namespaces and private connections.
    ///
    /// # Errors
    /// When a name is not in the graph.
    pub fn narrowed(mut self, to: Narrowing) -> Result<Self, UnknownName> {
        if to.namespaces.is_empty() && to.endpoints.is_empty() {
            return Ok(self);
        }
        let mut namespaces = self.wanted_namespaces(to.namespaces)?;
        let endpoints = self.wanted_endpoints(to.endpoints)?;
        let is_in = |id: &str| to.namespaces.is_empty() || namespaces.contains(id);
        let targets: BTreeSet<String> = self
            .endpoints
            .iter()
            .filter(|it| it.target_namespace().is_some_and(is_in))
            .map(|it| it.name.clone())
            .collect();
        self.calls.retain(|call| {
            endpoints.contains(&*call.endpoint) && (is_in(&call.caller) || targets.contains(&call.endpoint))
        });
        let called: BTreeSet<_> = self.calls.iter().map(|call| &*call.endpoint).collect();
        self.endpoints.retain(|endpoint| {
            let is_wanted = endpoints.contains(&endpoint.name);
            is_wanted
                && (to.namespaces.is_empty()
                    || targets.contains(&endpoint.name)
                    || called.contains(&*endpoint.name))
        });
        namespaces.extend(self.calls.iter().map(|call| call.caller.clone()));
        namespaces.extend(
            self.endpoints.iter().filter_map(|endpoint| endpoint.target_namespace()).map(str::to_owned),
        );
        self.namespaces.retain(|namespace| namespaces.contains(&namespace.id));
        for connection in &mut self.private_connections {
            connection.namespaces.retain(|id| namespaces.contains(id));
        }
        self.private_connections.retain(|connection| !connection.namespaces.is_empty());
        Ok(self)
    }

    fn wanted_namespaces(&self, names: &[String]) -> Result<BTreeSet<String>, UnknownName> {
        let find = |name: &String| {
            let found = self.namespaces.iter().find(|it| it.id == *name || it.name == *name);
            let known = self.namespaces.iter().map(|it| &*it.name);
            found.map(|it| it.id.clone()).ok_or_else(|| unknown("Namespace", name, known))
        };
        names.iter().map(find).collect()
    }

    /// The named Endpoints, or all if none is named.
    fn wanted_endpoints(&self, names: &[String]) -> Result<BTreeSet<String>, UnknownName> {
        let known = || self.endpoints.iter().map(|endpoint| &*endpoint.name);
        if names.is_empty() {
            return Ok(known().map(str::to_owned).collect());
        }
        let find = |name: &String| {
            let found = known().find(|known| known == name);
            found.map(str::to_owned).ok_or_else(|| unknown("Endpoint", name, known()))
        };
        names.iter().map(find).collect()
    }
}

impl super::EndpointNode {
    /// The id of the target Namespace.
    #[must_use]
    pub fn target_namespace(&self) -> Option<&str> {
        self.target.as_ref()?.namespace()
    }
}

fn unknown<'a>(what: &'static str, name: &str, known: impl Iterator<Item = &'a str>) -> UnknownName {
    let closest = crate::language::suggest::closest(name, known).map(str::to_owned);
    UnknownName { what, name: name.to_owned(), closest }
}
