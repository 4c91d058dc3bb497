//! The graph in Graphviz's DOT language.

use super::super::printable_line;
use super::{Detail, Item, details, is_dashed, items, remark};
use crate::access::graph::{Connection, EndpointNode, Graph, NamespaceNode};

/// The graph in Graphviz's language.
#[must_use]
pub fn dot(graph: &Graph, detail: Detail) -> String {
    let lines: String = items(graph, detail).iter().map(line).collect();
    let font = "[fontname=\"sans-serif\"]";
    format!("digraph nexus {{\n  rankdir=LR\n  node {font}\n  edge {font}\n{lines}}}\n")
}

fn line(item: &Item) -> String {
    match item {
        Item::Namespace(number, namespace) => namespace_line(*number, namespace),
        Item::Endpoint(number, endpoint) => endpoint_line(*number, endpoint),
        Item::Call(from, to, standing) => {
            let style = is_dashed(*standing).then(|| "style=dashed".to_owned());
            let label = standing.remark().map(|remark| format!("label={}", quoted(remark)));
            let attributes: Vec<_> = style.into_iter().chain(label).collect();
            match &*attributes {
                [] => format!("  n{from} -> e{to}\n"),
                attributes => format!("  n{from} -> e{to} [{}]\n", attributes.join(", ")),
            }
        }
        Item::Worker(from, to, queue) => {
            format!("  e{from} -> n{to} [style=bold, label={}]\n", quoted(queue))
        }
        Item::External(number, url) => {
            let url = quoted(url);
            format!("  u{number} [shape=plaintext, label={url}]\n  e{number} -> u{number} [style=bold]\n")
        }
        Item::Bundle(from, to, label, standing) => {
            format!("  n{from} -> n{to} [label={}{}]\n", quoted(label), dashed(is_dashed(*standing)))
        }
        Item::Connection(number, connection) => connection_line(*number, connection),
        Item::Attached(from, to) => format!("  p{from} -> n{to} [style=dotted, arrowhead=none]\n"),
    }
}

fn namespace_line(number: usize, namespace: &NamespaceNode) -> String {
    let (label, tooltip) = (quoted(&namespace.name), quoted(&details(namespace)));
    format!("  n{number} [shape=box, label={label}, tooltip={tooltip}{}]\n", dashed(!namespace.declared))
}

fn endpoint_line(number: usize, endpoint: &EndpointNode) -> String {
    let tooltip = quoted(endpoint.description.as_deref().unwrap_or_default());
    let name = escaped(&endpoint.name);
    let remark = remark(endpoint).map(|remark| format!("\\n({remark})")).unwrap_or_default();
    let style = dashed(!endpoint.declared);
    format!("  e{number} [shape=ellipse, label=\"{name}{remark}\", tooltip={tooltip}{style}]\n")
}

fn connection_line(number: usize, connection: &Connection) -> String {
    let (region, id) = (escaped(&connection.region), escaped(&connection.connection_id));
    let public = if connection.keep_public { "\\n(and the internet)" } else { "" };
    format!("  p{number} [shape=component, label=\"{id}\\n{region}{public}\"]\n")
}

fn dashed(is: bool) -> &'static str {
    if is { ", style=dashed" } else { "" }
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", escaped(text))
}

/// The text escaped for a quoted string: Graphviz interprets backslashes and HTML entities.
fn escaped(text: &str) -> String {
    printable_line(text).replace('\\', "\\\\").replace('"', "\\\"").replace('&', "&amp;")
}
