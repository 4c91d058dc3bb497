//! A graph in the languages of Graphviz and Mermaid. Nodes are numbered, so that no name is parsed as syntax.

mod dot;
mod mermaid;

pub use dot::dot;
pub(super) use mermaid::escaped;
pub use mermaid::{MERMAID_MOST, mermaid};

use crate::access::HeldTarget;
use crate::access::graph::{Connection, EndpointNode, Graph, NamespaceNode, Owner, Standing};
use std::collections::BTreeMap;

/// The level of detail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Detail {
    /// Every Endpoint.
    Endpoints,
    /// Namespaces, with the number of Endpoints between them.
    Namespaces,
}

/// One line of the output, in order: nodes before the edges between them, which name nodes by number.
enum Item<'g> {
    Namespace(usize, &'g NamespaceNode),
    Endpoint(usize, &'g EndpointNode),
    /// A Namespace that may call an Endpoint.
    Call(usize, usize, Standing),
    /// An Endpoint with a task queue of a Namespace as its target.
    Worker(usize, usize, &'g str),
    /// An Endpoint with a URL as its target.
    External(usize, &'g str),
    /// A Namespace that may call another through Endpoints.
    Bundle(usize, usize, String, Standing),
    Connection(usize, &'g Connection),
    /// A private connection that is attached to a Namespace.
    Attached(usize, usize),
}

fn items(graph: &Graph, detail: Detail) -> Vec<Item<'_>> {
    let numbers = graph.namespaces.iter().enumerate().map(|(number, it)| (&*it.id, number)).collect();
    let mut items: Vec<_> =
        graph.namespaces.iter().enumerate().map(|(number, it)| Item::Namespace(number, it)).collect();
    match detail {
        Detail::Endpoints => push_endpoints(&mut items, graph, &numbers),
        Detail::Namespaces => push_bundles(&mut items, graph, &numbers),
    }
    for (number, connection) in graph.private_connections.iter().enumerate() {
        items.push(Item::Connection(number, connection));
        let attached = connection.namespaces.iter().filter_map(|id| numbers.get(&**id));
        items.extend(attached.map(|namespace| Item::Attached(number, *namespace)));
    }
    items
}

/// The numbers of Namespaces by their ids.
type Numbers<'g> = BTreeMap<&'g str, usize>;

fn push_endpoints<'g>(items: &mut Vec<Item<'g>>, graph: &'g Graph, numbers: &Numbers) {
    let endpoints = || graph.endpoints.iter().enumerate();
    items.extend(endpoints().map(|(number, endpoint)| Item::Endpoint(number, endpoint)));
    let by_name: Numbers = endpoints().map(|(number, endpoint)| (&*endpoint.name, number)).collect();
    items.extend(graph.calls.iter().filter_map(|call| {
        let (from, to) = (numbers.get(&*call.caller)?, by_name.get(&*call.endpoint)?);
        Some(Item::Call(*from, *to, call.standing()))
    }));
    items.extend(endpoints().filter_map(|(number, endpoint)| match endpoint.target.as_ref()? {
        HeldTarget::Worker(to) => Some(Item::Worker(number, *numbers.get(&*to.namespace)?, &to.task_queue)),
        HeldTarget::External(to) => Some(Item::External(number, &to.url)),
    }));
}

/// Calls grouped by caller and target: one labelled with its Endpoint, several with their count. A group counts as its
/// firmest call.
fn push_bundles(items: &mut Vec<Item>, graph: &Graph, numbers: &Numbers) {
    let targets =
        graph.endpoints.iter().filter_map(|it| Some((&*it.name, *numbers.get(it.target_namespace()?)?)));
    let targets: Numbers = targets.collect();
    let mut pairs: BTreeMap<(usize, usize), Vec<_>> = BTreeMap::new();
    for call in &graph.calls {
        if let (Some(from), Some(to)) = (numbers.get(&*call.caller), targets.get(&*call.endpoint)) {
            pairs.entry((*from, *to)).or_default().push(call);
        }
    }
    items.extend(pairs.into_iter().map(|((from, to), calls)| {
        let label = match calls.as_slice() {
            [call] => call.endpoint.clone(),
            calls => format!("{} Endpoints", calls.len()),
        };
        let standing = calls.iter().map(|call| call.standing()).min().unwrap_or(Standing::Others);
        let remark = standing.remark().map(|remark| format!(" ({remark})")).unwrap_or_default();
        Item::Bundle(from, to, label + &remark, standing)
    }));
}

/// Whether a call is drawn dashed: the policy does not grant it.
fn is_dashed(standing: Standing) -> bool {
    matches!(standing, Standing::Others | Standing::TodayOnly)
}

/// The remark below an Endpoint's name.
fn remark(endpoint: &EndpointNode) -> Option<&'static str> {
    match (endpoint.declared, endpoint.allowlist) {
        (false, _) => Some("not in this policy"),
        (true, Owner::Others) => Some("allowlist not managed by this policy"),
        (true, Owner::Policy) => None,
    }
}

/// The tooltip of a Namespace: its regions and tags.
fn details(namespace: &NamespaceNode) -> String {
    let tags = namespace.tags.iter().map(|(key, value)| format!("{key}={value}"));
    namespace.regions.iter().cloned().chain(tags).collect::<Vec<_>>().join(", ")
}
