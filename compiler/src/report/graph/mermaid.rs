//! The graph in Mermaid's language, which GitHub and GitLab render in comments.

use super::super::printable_line;
use super::{Detail, Item, is_dashed, items, remark};
use crate::access::graph::{Graph, Standing};
use std::fmt::Write;

/// Mermaid's default limit of edges.
pub const MERMAID_MOST: usize = 500;

/// The graph in Mermaid's language.
#[must_use]
pub fn mermaid(graph: &Graph, detail: Detail) -> String {
    items(graph, detail).iter().fold("flowchart LR\n".to_owned(), |out, item| out + "  " + &line(item) + "\n")
}

fn line(item: &Item) -> String {
    match item {
        Item::Namespace(number, namespace) => format!("n{number}[{}]", quoted(&namespace.name)),
        Item::Endpoint(number, endpoint) => {
            let remark = remark(endpoint).map(|remark| format!("<br/>({remark})")).unwrap_or_default();
            format!("e{number}([\"{}{remark}\"])", escaped(&endpoint.name))
        }
        Item::Call(from, to, standing) => {
            let label = standing.remark().map(|remark| format!("|{}|", quoted(remark))).unwrap_or_default();
            format!("n{from} {}{label} e{to}", arrow(*standing))
        }
        Item::Worker(from, to, queue) => format!("e{from} ==>|{}| n{to}", quoted(queue)),
        Item::External(number, url) => format!("e{number} ==> u{number}>{}]", quoted(url)),
        Item::Bundle(from, to, label, standing) => {
            format!("n{from} {}|{}| n{to}", arrow(*standing), quoted(label))
        }
        Item::Connection(number, connection) => {
            let (region, id) = (escaped(&connection.region), escaped(&connection.connection_id));
            let public = if connection.keep_public { "<br/>(and the internet)" } else { "" };
            format!("p{number}[[\"{id}<br/>{region}{public}\"]]")
        }
        Item::Attached(from, to) => format!("p{from} -.- n{to}"),
    }
}

fn arrow(standing: Standing) -> &'static str {
    if is_dashed(standing) { "-.->" } else { "-->" }
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", escaped(text))
}

/// The text with every character that may be syntax of Mermaid, Markdown or HTML as a numeric entity.
pub fn escaped(text: &str) -> String {
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
