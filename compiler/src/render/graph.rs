//! A graph as drawings: what Graphviz and Mermaid read. Names are numbered, so that no name can be taken for syntax.

mod dot;
mod mermaid;

pub use dot::dot;
pub use mermaid::{MERMAID_MOST, mermaid};

use crate::graph::{Call, EndpointNode, Graph, NamespaceNode, Owner};
use std::collections::BTreeMap;

/// How much is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Detail {
    /// Every Endpoint.
    Endpoints,
    /// Namespaces, with how many Endpoints of one the other may call.
    Namespaces,
}

/// The numbers under which Namespaces and Endpoints are drawn.
struct Numbers<'g> {
    namespaces: BTreeMap<&'g str, usize>,
    endpoints: BTreeMap<&'g str, usize>,
}

impl<'g> Numbers<'g> {
    fn of(graph: &'g Graph) -> Self {
        let namespaces = graph.namespaces.iter().enumerate().map(|(number, it)| (&*it.id, number)).collect();
        let endpoints = graph.endpoints.iter().enumerate().map(|(number, it)| (&*it.name, number)).collect();
        Self { namespaces, endpoints }
    }

    fn namespace(&self, id: &str) -> Option<usize> {
        self.namespaces.get(id).copied()
    }

    /// The Namespace and the Endpoint of a call.
    fn call(&self, call: &Call) -> Option<(usize, usize)> {
        Some((self.namespace(&call.caller)?, self.endpoints.get(&*call.endpoint).copied()?))
    }

    fn target(&self, endpoint: &EndpointNode) -> Option<usize> {
        self.namespace(endpoint.target_namespace()?)
    }
}

/// The calls from one Namespace to another.
struct Bundle {
    caller: usize,
    target: usize,
    label: String,
    granted_by: Owner,
}

/// Calls by their two Namespaces: one by the name of its Endpoint, several by their number. A bundle with one call that the
/// policy grants is the policy's.
fn bundles(graph: &Graph, numbers: &Numbers) -> Vec<Bundle> {
    let mut pairs: BTreeMap<(usize, usize), Vec<&Call>> = BTreeMap::new();
    let by_name: BTreeMap<&str, &EndpointNode> = graph.endpoints.iter().map(|it| (&*it.name, it)).collect();
    for call in &graph.calls {
        let target = by_name.get(&*call.endpoint).and_then(|endpoint| numbers.target(endpoint));
        if let (Some(caller), Some(target)) = (numbers.namespace(&call.caller), target) {
            pairs.entry((caller, target)).or_default().push(call);
        }
    }
    let bundle = |((caller, target), calls): ((usize, usize), Vec<&Call>)| {
        let label = match calls.as_slice() {
            [call] => call.endpoint.clone(),
            calls => format!("{} Endpoints", calls.len()),
        };
        let granted_by = calls.iter().map(|call| call.granted_by).min().unwrap_or(Owner::Others);
        Bundle { caller, target, label, granted_by }
    };
    pairs.into_iter().map(bundle).collect()
}

/// What is said of an Endpoint below its name.
fn remark(endpoint: &EndpointNode) -> Option<&'static str> {
    match (endpoint.declared, endpoint.allowlist) {
        (false, _) => Some("not of this policy"),
        (true, Owner::Others) => Some("its allowlist belongs to others"),
        (true, Owner::Policy) => None,
    }
}

/// What is said of a Namespace where there is room: its regions and tags.
fn details(namespace: &NamespaceNode) -> String {
    let tags = namespace.tags.iter().map(|(key, value)| format!("{key}={value}"));
    namespace.regions.iter().cloned().chain(tags).collect::<Vec<_>>().join(", ")
}
