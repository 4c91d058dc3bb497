//! Who may call what, as a table.

use super::{padded, printable_line};
use crate::access::HeldTarget;
use crate::access::endpoint::EndpointAccess;
use crate::access::graph::{Call, Graph, Standing};
use crate::access::matrix::Matrix;
use schema::account::Target;
use std::collections::BTreeMap;

/// One line for each caller of each Endpoint; the Endpoint is named on the first of its lines.
#[must_use]
pub fn access_table(access: &[EndpointAccess]) -> String {
    let mut rows = vec![["ENDPOINT", "TARGET", "TASK QUEUE", "CALLERS"].map(str::to_owned)];
    for entry in access {
        let (target, task_queue) = match &entry.target {
            Target::Worker { namespace, task_queue } => {
                (namespace.name().to_string(), task_queue.to_string())
            }
            Target::External { url } => (url.clone(), String::new()),
        };
        let callers = match &entry.callers {
            None => vec!["(allowlist not managed by this policy)".to_owned()],
            Some(callers) if callers.is_empty() => vec!["(none)".to_owned()],
            Some(callers) => callers.iter().map(|caller| caller.name().to_string()).collect(),
        };
        let mut head = [entry.endpoint.to_string(), target, task_queue];
        for caller in callers {
            let [endpoint, target, task_queue] = std::mem::take(&mut head);
            rows.push([endpoint, target, task_queue, caller]);
        }
    }
    table(&rows)
}

/// The same of a graph with the account's facts: what the account allows beside the policy is marked.
#[must_use]
pub fn account_table(graph: &Graph) -> String {
    let names: BTreeMap<_, _> = graph.namespaces.iter().map(|it| (&*it.id, &*it.name)).collect();
    let name = |id: &str| names.get(id).map_or_else(|| id.to_owned(), |name| (*name).to_owned());
    let mut rows = vec![["ENDPOINT", "TARGET", "TASK QUEUE", "CALLERS"].map(str::to_owned)];
    for endpoint in &graph.endpoints {
        let shown = |target: &HeldTarget| match target {
            HeldTarget::Worker(to) => (name(&to.namespace), to.task_queue.clone()),
            HeldTarget::External(to) => (to.url.clone(), String::new()),
        };
        let unknown = || ("(unknown)".to_owned(), String::new());
        let (mut target, mut task_queue) = endpoint.target.as_ref().map_or_else(unknown, shown);
        if let Some((now, queue)) = endpoint.target_today.as_ref().map(shown) {
            let remark = |now: &str| format!(" (today {now})");
            target += &if now == target { String::new() } else { remark(&now) };
            task_queue += &if queue == task_queue { String::new() } else { remark(&queue) };
        }
        let calls = graph.calls.iter().filter(|call| call.endpoint == endpoint.name);
        let caller = |call: &Call| {
            let outside = (call.standing() == Standing::Others).then_some("granted outside this policy");
            match call.standing().remark().or(outside) {
                Some(remark) => format!("{} ({remark})", name(&call.caller)),
                None => name(&call.caller),
            }
        };
        let mut callers: Vec<_> = calls.map(caller).collect();
        if endpoint.more_callers {
            callers.push("(others: the allowlist has a grant of an unknown kind)".to_owned());
        }
        if callers.is_empty() {
            callers.push("(none)".to_owned());
        }
        let remark = if endpoint.declared { "" } else { " (not in this policy)" };
        let mut head = [format!("{}{remark}", endpoint.name), target, task_queue];
        for caller in callers {
            let [endpoint, target, task_queue] = std::mem::take(&mut head);
            rows.push([endpoint, target, task_queue, caller]);
        }
    }
    table(&rows)
}

/// One line for each caller of each Endpoint of a matrix.
#[must_use]
pub fn matrix_table(matrix: &Matrix) -> String {
    let mut rows = vec![["ENDPOINT", "CALLERS"].map(str::to_owned)];
    for (endpoint, callers) in matrix.by_endpoint() {
        let mut head = endpoint.to_owned();
        if callers.is_empty() {
            rows.push([std::mem::take(&mut head), "(none)".to_owned()]);
        }
        rows.extend(callers.iter().map(|caller| [std::mem::take(&mut head), (*caller).to_owned()]));
    }
    table(&rows)
}

/// The maximum width of a column. A longer cell overflows its column, so that one long name does not widen every other
/// line.
const WIDEST: usize = 64;

fn table<const COLUMNS: usize>(rows: &[[String; COLUMNS]]) -> String {
    let shown = rows.iter().map(|row| row.each_ref().map(|cell| printable_line(cell)));
    let rows: Vec<_> = shown.collect();
    let mut widths = [0; COLUMNS];
    for row in &rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = cell.chars().count().min(WIDEST).max(*width);
        }
    }
    let line = |row: &[String; COLUMNS]| {
        let cells: Vec<_> = row.iter().zip(widths).map(|(cell, width)| padded(cell, width)).collect();
        format!("  {}\n", cells.join("   ").trim_end())
    };
    rows.iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::{WIDEST, table};

    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        let rows = [["A".to_owned(), "BB".to_owned()], ["ccc".to_owned(), "d".to_owned()]];
        assert_eq!(table(&rows), "  A     BB\n  ccc   d\n");
    }

    #[test]
    fn a_long_cell_overflows_its_column() {
        let long = "a".repeat(70_000);
        let rows = [[long.clone(), "b".to_owned()], ["c".to_owned(), "d".to_owned()]];
        let blanks = " ".repeat(WIDEST - 1);
        assert_eq!(table(&rows), format!("  {long}   b\n  c{blanks}   d\n"));
    }
}
