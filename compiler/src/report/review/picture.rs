//! The calls that a change gains and loses, as a picture in Mermaid's language.

use crate::access::HeldTarget;
use crate::access::difference::{AccessChange, CallRow};
use crate::report::graph::escaped;
use crate::report::plan::shown;
use std::collections::BTreeMap;

/// How many calls are drawn; more are unreadable in a comment.
const DRAWN_MOST: usize = 16;

/// The picture; `None` where nothing changes, or too much to be drawn.
pub fn mermaid(rows: &AccessChange) -> Option<String> {
    let count = rows.calls_gained.len() + rows.calls_lost.len();
    if count == 0 || count > DRAWN_MOST {
        return None;
    }
    let mut nodes = Nodes::default();
    let mut lines = Vec::new();
    for (calls, arrow) in [(&rows.calls_lost, "-. lost .->"), (&rows.calls_gained, "== gained ==>")] {
        for CallRow { caller, endpoint, target } in calls {
            let caller = nodes.of(caller.as_deref().unwrap_or("callers that others allow"), ["[", "]"]);
            let endpoint = nodes.of(endpoint, ["([", "])"]);
            lines.push(format!("  {caller} {arrow} {endpoint}"));
            let target =
                target.as_ref().map_or("unknown target".to_owned(), |target: &HeldTarget| shown(target));
            let line = format!("  {endpoint} --> {}", nodes.of(&target, ["[/", "/]"]));
            if !lines.contains(&line) {
                lines.push(line);
            }
        }
    }
    let mut declared: Vec<_> =
        nodes.0.into_iter().map(|((open, text), (number, close))| (number, open, text, close)).collect();
    declared.sort();
    let declared = declared
        .iter()
        .map(|(number, open, text, close)| format!("  n{number}{open}\"{}\"{close}", escaped(text)));
    let text: Vec<_> = declared.chain(lines).collect();
    Some(format!("```mermaid\nflowchart LR\n{}\n```", text.join("\n")))
}

/// What is drawn, by shape and text, with its number.
#[derive(Default)]
struct Nodes(BTreeMap<(&'static str, String), (usize, &'static str)>);

impl Nodes {
    fn of(&mut self, text: &str, [open, close]: [&'static str; 2]) -> String {
        let next = self.0.len();
        let (number, _) = self.0.entry((open, text.to_owned())).or_insert((next, close));
        format!("n{number}")
    }
}
