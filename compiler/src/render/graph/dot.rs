//! The graph as Graphviz reads it.

use super::super::printable_line;
use super::{Detail, Numbers, bundles, details, remark};
use crate::graph::{Connection, EndpointNode, Graph, NamespaceNode, Owner};
use crate::plan::PlannedTarget;
use std::fmt::Write;

/// The graph in Graphviz's language.
#[must_use]
pub fn dot(graph: &Graph, detail: Detail) -> String {
    let numbers = Numbers::of(graph);
    let mut out =
        "digraph nexus {\n  rankdir=LR\n  node [fontname=\"sans-serif\"]\n  edge [fontname=\"sans-serif\"]\n"
            .to_owned();
    for (number, namespace) in graph.namespaces.iter().enumerate() {
        out += &namespace_line(number, namespace);
    }
    match detail {
        Detail::Endpoints => push_endpoints(&mut out, graph, &numbers),
        Detail::Namespaces => {
            for bundle in bundles(graph, &numbers) {
                let (from, to, style) = (bundle.caller, bundle.target, style(bundle.granted_by));
                let _ = writeln!(out, "  n{from} -> n{to} [label={}{style}]", quoted(&bundle.label));
            }
        }
    }
    for (number, connection) in graph.private_connections.iter().enumerate() {
        push_connection(&mut out, number, connection, &numbers);
    }
    out + "}\n"
}

fn namespace_line(number: usize, namespace: &NamespaceNode) -> String {
    let style = if namespace.declared { "" } else { ", style=dashed" };
    let label = quoted(&namespace.name);
    format!("  n{number} [shape=box, label={label}, tooltip={}{style}]\n", quoted(&details(namespace)))
}

fn push_endpoints(out: &mut String, graph: &Graph, numbers: &Numbers) {
    for (number, endpoint) in graph.endpoints.iter().enumerate() {
        *out += &endpoint_line(number, endpoint);
    }
    for (caller, endpoint, granted_by) in
        graph.calls.iter().filter_map(|call| numbers.call(call).map(|(from, to)| (from, to, call.granted_by)))
    {
        let style = style(granted_by);
        let style = style.strip_prefix(", ").map(|style| format!(" [{style}]")).unwrap_or_default();
        let _ = writeln!(out, "  n{caller} -> e{endpoint}{style}");
    }
    for (number, endpoint) in graph.endpoints.iter().enumerate() {
        push_target(out, number, endpoint, numbers);
    }
}

fn endpoint_line(number: usize, endpoint: &EndpointNode) -> String {
    let style = if endpoint.declared { "" } else { ", style=dashed" };
    let tooltip = quoted(endpoint.description.as_deref().unwrap_or_default());
    let name = escaped(&endpoint.name);
    let remark = remark(endpoint).map(|remark| format!("\\n({remark})")).unwrap_or_default();
    format!("  e{number} [shape=ellipse, label=\"{name}{remark}\", tooltip={tooltip}{style}]\n")
}

fn push_target(out: &mut String, number: usize, endpoint: &EndpointNode, numbers: &Numbers) {
    match (&endpoint.target, numbers.target(endpoint)) {
        (Some(PlannedTarget::Worker(worker)), Some(target)) => {
            let _ =
                writeln!(out, "  e{number} -> n{target} [style=bold, label={}]", quoted(&worker.task_queue));
        }
        (Some(PlannedTarget::External(external)), _) => {
            let _ = writeln!(out, "  u{number} [shape=plaintext, label={}]", quoted(&external.url));
            let _ = writeln!(out, "  e{number} -> u{number} [style=bold]");
        }
        _ => {}
    }
}

fn push_connection(out: &mut String, number: usize, connection: &Connection, numbers: &Numbers) {
    let (region, id) = (escaped(&connection.region), escaped(&connection.connection_id));
    let public = if connection.keep_public { "\\n(and the internet)" } else { "" };
    let _ = writeln!(out, "  p{number} [shape=component, label=\"{id}\\n{region}{public}\"]");
    for namespace in connection.namespaces.iter().filter_map(|id| numbers.namespace(id)) {
        let _ = writeln!(out, "  p{number} -> n{namespace} [style=dotted, arrowhead=none]");
    }
}

fn style(granted_by: Owner) -> &'static str {
    match granted_by {
        Owner::Policy => "",
        Owner::Others => ", style=dashed",
    }
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", escaped(text))
}

/// The text as it stands in quotes and is shown as it is: Graphviz knows escapes of its own, and entities of HTML.
fn escaped(text: &str) -> String {
    printable_line(text).replace('\\', "\\\\").replace('"', "\\\"").replace('&', "&amp;")
}
