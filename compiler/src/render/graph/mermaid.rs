//! The graph as Mermaid reads it, which GitHub and GitLab draw in comments.

use super::super::printable_line;
use super::{Detail, Numbers, bundles, remark};
use crate::graph::{Connection, EndpointNode, Graph, Owner};
use crate::plan::PlannedTarget;
use std::fmt::Write;

/// The lines between boxes that Mermaid draws at most, unless it is set up otherwise.
pub const MERMAID_MOST: usize = 500;

/// The graph in Mermaid's language.
#[must_use]
pub fn mermaid(graph: &Graph, detail: Detail) -> String {
    let numbers = Numbers::of(graph);
    let mut out = "flowchart LR\n".to_owned();
    for (number, namespace) in graph.namespaces.iter().enumerate() {
        let _ = writeln!(out, "  n{number}[{}]", quoted(&namespace.name));
    }
    match detail {
        Detail::Endpoints => push_endpoints(&mut out, graph, &numbers),
        Detail::Namespaces => {
            for bundle in bundles(graph, &numbers) {
                let (from, to, arrow) = (bundle.caller, bundle.target, arrow(bundle.granted_by));
                let _ = writeln!(out, "  n{from} {arrow}|{}| n{to}", quoted(&bundle.label));
            }
        }
    }
    for (number, connection) in graph.private_connections.iter().enumerate() {
        push_connection(&mut out, number, connection, &numbers);
    }
    out
}

fn push_endpoints(out: &mut String, graph: &Graph, numbers: &Numbers) {
    for (number, endpoint) in graph.endpoints.iter().enumerate() {
        let remark = remark(endpoint).map(|remark| format!("<br/>({remark})")).unwrap_or_default();
        let _ = writeln!(out, "  e{number}([\"{}{remark}\"])", escaped(&endpoint.name));
    }
    for call in &graph.calls {
        if let Some((caller, endpoint)) = numbers.call(call) {
            let _ = writeln!(out, "  n{caller} {} e{endpoint}", arrow(call.granted_by));
        }
    }
    for (number, endpoint) in graph.endpoints.iter().enumerate() {
        push_target(out, number, endpoint, numbers);
    }
}

fn push_target(out: &mut String, number: usize, endpoint: &EndpointNode, numbers: &Numbers) {
    match (&endpoint.target, numbers.target(endpoint)) {
        (Some(PlannedTarget::Worker(worker)), Some(target)) => {
            let _ = writeln!(out, "  e{number} ==>|{}| n{target}", quoted(&worker.task_queue));
        }
        (Some(PlannedTarget::External(external)), _) => {
            let _ = writeln!(out, "  e{number} ==> u{number}>{}]", quoted(&external.url));
        }
        _ => {}
    }
}

fn push_connection(out: &mut String, number: usize, connection: &Connection, numbers: &Numbers) {
    let (region, id) = (escaped(&connection.region), escaped(&connection.connection_id));
    let public = if connection.keep_public { "<br/>(and the internet)" } else { "" };
    let _ = writeln!(out, "  p{number}[[\"{id}<br/>{region}{public}\"]]");
    for namespace in connection.namespaces.iter().filter_map(|id| numbers.namespace(id)) {
        let _ = writeln!(out, "  p{number} -.- n{namespace}");
    }
}

fn arrow(granted_by: Owner) -> &'static str {
    match granted_by {
        Owner::Policy => "-->",
        Owner::Others => "-.->",
    }
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", escaped(text))
}

/// The text with everything that might mean something to Mermaid, to Markdown or to HTML as the number of its character.
fn escaped(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for letter in printable_line(text).chars() {
        if letter.is_alphanumeric() || " .-/:@,=+".contains(letter) {
            shown.push(letter);
        } else {
            let _ = write!(shown, "#{};", u32::from(letter));
        }
    }
    shown
}
