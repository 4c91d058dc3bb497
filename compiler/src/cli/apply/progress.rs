//! What an apply says while it runs, and at its end.

use crate::access::difference::AccountAccess;
use crate::apply::{ApplyError, Done, Outcome, Step};
use crate::pipeline::difference_of;
use crate::plan::{Change, Plan};
use crate::report::{connectivity_totals, counted, printable_line};
use indicatif::{ProgressBar, ProgressStyle};
use registry::OperationError;
use std::time::Duration;

/// How many changes that were not started are named.
const MAX_NAMED: usize = 20;

/// The bar on a terminal; hidden elsewhere.
pub fn progress_bar(plan: &Plan, shown: bool) -> ProgressBar {
    if !shown {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new(plan.len() as u64);
    if let Ok(style) = ProgressStyle::with_template("{spinner} {pos} of {len} changes, {elapsed}") {
        bar.set_style(style);
    }
    bar.enable_steady_tick(Duration::from_millis(100));
    bar
}

/// `3 of 60: created endpoint billing`.
pub fn outcome_line(outcome: &Outcome, number: usize, all: usize) -> String {
    let (kind, name, verb) = named(&outcome.step);
    let line = match &outcome.result {
        Ok(Done::Now { .. }) => format!("{verb} {kind} {name}"),
        Ok(Done::Before) => format!("{kind} {name} was already as planned"),
        Err(ApplyError::Unfinished(error)) if !matches!(error, OperationError::Failed { .. }) => {
            format!("error: {kind} `{name}` may not have been {verb}: {error}")
        }
        Err(error) => format!("error: {kind} `{name}` was not {verb}: {error}"),
    };
    let help = outcome.result.as_ref().err().map(help).unwrap_or_default();
    format!("  {number} of {all}: {}{help}", printable_line(&line))
}

fn named(step: &Step) -> (&'static str, String, &'static str) {
    match step {
        Step::Endpoint(Change::Create { endpoint, .. }) => ("endpoint", endpoint.to_string(), "created"),
        Step::Endpoint(Change::Update { endpoint, .. }) => ("endpoint", endpoint.clone(), "changed"),
        Step::Endpoint(Change::Delete { endpoint, .. }) => ("endpoint", endpoint.clone(), "deleted"),
        Step::Rule(rule) => ("connectivity rule", rule.shown(), "created"),
        Step::DeletedRule(deletion) => ("connectivity rule", deletion.rule.shown(), "deleted"),
        Step::Attachment(attachment) => ("connectivity of", attachment.namespace.to_string(), "changed"),
    }
}

fn help(error: &ApplyError) -> String {
    let help = match error {
        ApplyError::Registry(error) => error.help(),
        ApplyError::State(_) => Some("delete it and apply again, or ask Temporal's support"),
        ApplyError::Leaving(_) => Some("wait until it is gone, and run `nexusc plan` again"),
        ApplyError::Unfinished(_) => None,
        ApplyError::Unrecorded(_) => {
            Some("make room for the record of `--record`, and run `nexusc plan` again")
        }
        _ => Some("run `nexusc plan` again"),
    };
    help.map(|help| format!("\n    help: {help}")).unwrap_or_default()
}

/// What was done, and how access differs from before.
pub fn applied(outcomes: &[Outcome], before: &AccountAccess) -> String {
    let done: Vec<_> = outcomes
        .iter()
        .filter(|outcome| matches!(outcome.result, Ok(Done::Now { .. })))
        .filter_map(|outcome| match outcome.step {
            Step::Endpoint(change) => Some(change),
            Step::Rule(_) | Step::Attachment(_) | Step::DeletedRule(_) => None,
        })
        .collect();
    let created = done.iter().filter(|change| matches!(change, Change::Create { .. })).count();
    let (gained, lost) = difference_of(before, done.iter().copied()).calls();
    let deleted = done.iter().filter(|change| matches!(change, Change::Delete { .. })).count();
    let (endpoints, changed) = (counted(created, "Endpoint"), done.len() - created - deleted);
    let deleted = if deleted == 0 { String::new() } else { format!(", {deleted} deleted") };
    let carried_out = |is: fn(&Step) -> bool| {
        let is_done = |outcome: &&Outcome| matches!(outcome.result, Ok(Done::Now { .. }));
        outcomes.iter().filter(is_done).filter(|outcome| is(&outcome.step)).count()
    };
    let rules = carried_out(|step| matches!(step, Step::Rule(_)));
    let deleted_rules = carried_out(|step| matches!(step, Step::DeletedRule(_)));
    let namespaces = carried_out(|step| matches!(step, Step::Attachment(_)));
    format!(
        "Applied: {endpoints} created, {changed} changed{deleted}; {} gained, {lost} lost{}.",
        counted(gained, "call"),
        connectivity_totals((rules, "created"), (namespaces, "reattached"), (deleted_rules, "deleted"))
    )
}

/// What an interrupted apply did not start; empty when it started all.
pub fn not_started(plan: &Plan, outcomes: &[Outcome]) -> String {
    let is_left = |step: &Step| !outcomes.iter().any(|outcome| outcome.step.is(step));
    let left: Vec<_> = Step::all(plan).filter(is_left).collect();
    if left.is_empty() {
        return String::new();
    }
    let done = outcomes.iter().filter(|outcome| outcome.result.is_ok()).count();
    let (count, all) = (left.len(), plan.len());
    let mut text = format!("stopped: {done} of {all} changes are done, {count} were not started:\n");
    for step in left.iter().take(MAX_NAMED) {
        let (kind, name, verb) = named(step);
        text.push_str(&(printable_line(&format!("  {kind} {name} was not {verb}")) + "\n"));
    }
    if let Some(more) = count.checked_sub(MAX_NAMED).filter(|more| *more > 0) {
        text.push_str(&format!("  and {more} more\n"));
    }
    text + "help: run the same command again to carry out the rest\n"
}
