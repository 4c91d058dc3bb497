//! A plan as text: what changes, and who gains or loses access.

use super::calls::{CallsByName, Names};
use super::{counted, printable_line};
use crate::access::HeldTarget;
use crate::access::deletion::DeletionCause;
use crate::access::difference::{AccessChange, ManagerRow};
use crate::plan::{
    Attributes, Change, ConnectivityChange, FromTo, InterruptedTarget, Interruption, LeftOut, Plan, Rule,
    Uncorrected,
};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

/// How many callers of an interruption are named.
const MAX_CALLERS: usize = 10;

/// The plan and its totals as text.
#[must_use]
pub fn plan_text(plan: &Plan) -> String {
    if plan.is_empty() {
        let text = match &*plan.uncorrected {
            [] if !plan.unmanaged.is_empty() => format!("No changes. {}\n", unmanaged(plan)),
            [] => format!("No changes: {}.\n", printable_line(&as_the_policy_says(plan))),
            uncorrected => {
                let more = if plan.unmanaged.is_empty() { String::new() } else { unmanaged(plan) + "\n" };
                format!("No changes, but {}:\n{}{more}", differs(plan), listed(uncorrected))
            }
        };
        return text + &left_out(plan);
    }
    let head = match (&plan.identity, &plan.left_out) {
        (Some(identity), None) => format!("Changes in {}, as {identity}:", place(plan)),
        (Some(identity), Some(_)) => {
            format!("Changes in {}, as {identity}, to objects that list it in `managed_by`:", place(plan))
        }
        (None, _) => format!("Changes in {}:", place(plan)),
    };
    let mut text = String::new();
    push(&mut text, &head);
    let context = PlanContext::of(plan);
    for change in &plan.changes {
        text.push('\n');
        context.push_change(&mut text, change);
    }
    push_connectivity(&mut text, &plan.connectivity);
    if !plan.uncorrected.is_empty() {
        text.push_str(&format!("\nNot corrected by these changes:\n{}", listed(&plan.uncorrected)));
    }
    let more = if plan.unmanaged.is_empty() { String::new() } else { unmanaged(plan) + "\n" };
    text + &format!("\n{}\n", totals(plan)) + &more + &left_out(plan)
}

/// `3 Endpoints of the account a2dd6 are not in the policy: a, b, c`
fn unmanaged(plan: &Plan) -> String {
    const LISTED: usize = 10;
    let names = &plan.unmanaged;
    let are = if names.len() == 1 { "is" } else { "are" };
    let listed = names.iter().take(LISTED).cloned().collect::<Vec<_>>().join(", ");
    let more = match names.len().saturating_sub(LISTED) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    printable_line(&format!(
        "{} of {} {are} not in the policy: {listed}{more}.",
        counted(names.len(), "Endpoint"),
        place(plan)
    ))
}

fn differs(plan: &Plan) -> String {
    printable_line(&format!("{} does not match the policy", place(plan)))
}

fn listed(uncorrected: &[Uncorrected]) -> String {
    uncorrected.iter().map(|it| printable_line(&format!("  ! {it}")) + "\n").collect()
}

/// What an apply without changes says.
#[must_use]
pub fn nothing_applied(plan: &Plan) -> String {
    match &*plan.uncorrected {
        [] => "Applied: no changes.\n".to_owned(),
        uncorrected => {
            format!("Applied: no changes, but {}:\n{}", differs(plan), listed(uncorrected))
        }
    }
}

fn as_the_policy_says(plan: &Plan) -> String {
    match (&plan.identity, &plan.left_out) {
        (Some(identity), Some(left)) if left.waiting.is_empty() => {
            format!("all objects in {} that list {identity} in `managed_by` match the policy", place(plan))
        }
        (Some(identity), Some(_)) => format!("{identity} has no changes in {} yet", place(plan)),
        _ => format!("{} matches the policy", place(plan)),
    }
}

/// What a `--mine` plan leaves out; empty for a whole plan.
fn left_out(plan: &Plan) -> String {
    let Some(LeftOut { endpoints, privatelinks, waiting }) = &plan.left_out else { return String::new() };
    let counts = [(*endpoints, "Endpoint"), (*privatelinks, "private connection")];
    let counts = counts.into_iter().filter(|(count, _)| *count > 0).map(|(count, what)| counted(count, what));
    let counts: Vec<_> = counts.collect();
    let mut text = match &*counts {
        [] => "Left out: nothing.\n".to_owned(),
        counts => format!("Left out: {} managed by others.\n", counts.join(" and ")),
    };
    for name in waiting {
        push(
            &mut text,
            &format!("Waiting: endpoint {name}, until the Endpoint that has its name is renamed by others."),
        );
    }
    text
}

/// The account or the self-hosted cluster; a plan without an identity is for a cluster.
fn place(plan: &Plan) -> String {
    let is_account = plan.identity.is_some() || plan.snapshot.as_ref().is_some_and(|it| !it.self_hosted);
    let kind = if is_account { "account" } else { "cluster" };
    match &plan.snapshot {
        None => format!("the {kind} {}", plan.account),
        Some(snapshot) => format!("the {kind} {} (snapshot of {})", plan.account, snapshot.as_of),
    }
}

/// `Plan: 2 Endpoints to create, 1 to change, 1 to delete; 5 calls gained, 1 lost.`
#[must_use]
pub fn totals(plan: &Plan) -> String {
    let created = plan.changes.iter().filter(|change| matches!(change, Change::Create { .. })).count();
    let deleted = plan.changes.iter().filter(|change| matches!(change, Change::Delete { .. })).count();
    let changed = plan.changes.len() - created - deleted;
    let deleted = if deleted == 0 { String::new() } else { format!(", {deleted} to delete") };
    let (gained, lost) = (plan.access.calls_gained.len(), plan.access.calls_lost.len());
    let endpoints = counted(created, "Endpoint");
    let ConnectivityChange { create, attachments, delete } = &plan.connectivity;
    format!(
        "Plan: {endpoints} to create, {changed} to change{deleted}; {} gained, {lost} lost{}.",
        counted(gained, "call"),
        connectivity_totals(
            (create.len(), "to create"),
            (attachments.len(), "to reattach"),
            (delete.len(), "to delete")
        )
    )
}

/// `; 1 connectivity rule to create, 1 to delete, 2 Namespaces to reattach`; empty when all are 0.
#[must_use]
pub fn connectivity_totals(
    (rules, create): (usize, &str),
    (namespaces, attach): (usize, &str),
    (deleted, delete): (usize, &str),
) -> String {
    if rules + namespaces + deleted == 0 {
        return String::new();
    }
    let (rules, namespaces) = (counted(rules, "connectivity rule"), counted(namespaces, "Namespace"));
    let deleted = if deleted == 0 { String::new() } else { format!(", {deleted} {delete}") };
    format!("; {rules} {create}{deleted}, {namespaces} {attach}")
}

/// The changes of private connections, as a plan shows them; empty without any.
#[must_use]
pub fn connectivity_text(change: &ConnectivityChange) -> String {
    let mut text = String::new();
    if !change.is_empty() {
        text.push_str("\nPrivate connections:\n");
        push_connectivity(&mut text, change);
    }
    text
}

fn push_connectivity(text: &mut String, change: &ConnectivityChange) {
    for rule in &change.create {
        push(text, &format!("\n  + connectivity rule {}", rule.shown()));
    }
    for attachment in &change.attachments {
        push(text, &format!("\n  ~ connectivity of {}", attachment.namespace));
        for (sign, rules) in [('+', &attachment.attach), ('-', &attachment.detach)] {
            for rule in rules {
                push(text, &format!("      {sign} {}", rule.shown()));
            }
        }
        let left =
            attachment.planned_on.len().saturating_sub(attachment.detach.len()) + attachment.attach.len();
        let keeps_public = attachment.attach.contains(&Rule::Public {});
        if attachment.planned_on.is_empty() && left > 0 && !keeps_public {
            push(text, "      ! closes the Namespace to the internet immediately");
        } else if left == 0 && !attachment.planned_on.is_empty() {
            push(text, "      ! opens the Namespace to the internet");
        } else if attachment.detach.iter().any(|rule| *rule != Rule::Public {}) {
            push(text, "      ! cuts off clients that use a detached private connection");
        }
    }
    for deletion in &change.delete {
        push(text, &format!("\n  - connectivity rule {}", deletion.rule.shown()));
        push_cause(text, deletion.cause);
    }
}

/// Why an object that the policy does not name is deleted.
fn push_cause(text: &mut String, cause: DeletionCause) {
    if cause == DeletionCause::Unmanaged {
        push(text, "      ! not in the policy: `unmanaged = \"delete\"`");
    }
}

/// What the text of one change takes from the whole plan.
struct PlanContext<'p> {
    has_allowlists: bool,
    calls: CallsByName<'p>,
    /// The names of the changed Endpoints, before and after.
    before: BTreeSet<&'p str>,
    after: BTreeSet<&'p str>,
    managers: BTreeMap<&'p str, Vec<String>>,
    /// By name.
    interruptions: BTreeMap<&'p str, &'p Interruption>,
    interrupted_targets: &'p [InterruptedTarget],
}

impl<'p> PlanContext<'p> {
    fn of(plan: &'p Plan) -> Self {
        let mut managers: BTreeMap<_, Vec<_>> = BTreeMap::new();
        let AccessChange { managers_gained, managers_lost, .. } = &plan.access;
        let lists =
            [('+', managers_gained, "can manage it"), ('-', managers_lost, "can no longer manage it")];
        for (sign, rows, what) in lists {
            for ManagerRow { principal, endpoint } in rows {
                let line = format!("      {sign} {principal} {what}");
                managers.entry(endpoint.as_str()).or_default().push(line);
            }
        }
        Self {
            has_allowlists: plan.identity.is_some(),
            calls: CallsByName::of(&plan.access),
            before: plan.changes.iter().map(Change::endpoint).collect(),
            after: plan.changes.iter().map(Change::name_after).collect(),
            managers,
            interruptions: plan.interruptions.iter().map(|it| (it.name.as_str(), it)).collect(),
            interrupted_targets: &plan.interrupted_targets,
        }
    }

    fn push_change(&self, text: &mut String, change: &Change) {
        let names = self.names(change);
        match change {
            Change::Create { endpoint, target, description, callers } => {
                push(text, &format!("  + endpoint {endpoint}"));
                push_attribute(text, "target", &shown(&HeldTarget::of(target)));
                if let Some(description) = description {
                    push_attribute(text, "description", &quoted(description));
                }
                if callers.is_empty() && self.has_allowlists {
                    push_attribute(text, "callers", "(none)");
                }
                self.calls.push(text, &names);
            }
            Change::Update { endpoint, attributes, .. } => {
                push(text, &format!("  ~ endpoint {endpoint}"));
                push_update(text, attributes, names.is_retaken);
                let interruption = change.frees().and_then(|name| self.interruptions.get(name));
                interruption.into_iter().for_each(|it| push(text, &interrupted(it)));
                let targets = self.interrupted_targets.iter().filter(|it| it.until_now == *endpoint);
                targets.for_each(|it| push(text, &interrupted_target(it)));
                self.calls.push(text, &names);
                let managers = self.managers.get(change.name_after());
                managers.into_iter().flatten().for_each(|line| push(text, line));
            }
            Change::Delete { endpoint, target, cause, .. } => {
                push(text, &format!("  - endpoint {endpoint}"));
                if let Some(target) = target {
                    push_attribute(text, "target", &shown(target));
                }
                push_cause(text, *cause);
                self.calls.push(text, &names);
            }
        }
    }

    fn names<'c>(&self, change: &'c Change) -> Names<'c> {
        let (name, old) = (change.name_after(), change.rename().map(|(old, _)| old));
        let is_retaken = old.is_some_and(|old| self.after.contains(old));
        let is_new = old.is_some() || matches!(change, Change::Create { .. });
        Names { name, old, is_retaken, is_taken_over: is_new && self.before.contains(name) }
    }
}

fn push_update(text: &mut String, attributes: &Attributes, is_retaken: bool) {
    if let Some(FromTo { from, to }) = &attributes.name {
        push_attribute(text, "name", &format!("{from} → {to}"));
        push(text, old_name(is_retaken));
    }
    if let Some(FromTo { from, to }) = &attributes.target {
        let from = from.as_ref().map_or_else(|| "(another kind)".to_owned(), shown);
        push_attribute(text, "target", &format!("{from} → {}", shown(&HeldTarget::of(to))));
        push(text, "      ! new operations go to the new target immediately");
    }
    if let Some(FromTo { from, to }) = &attributes.description {
        let show =
            |description: &Option<String>| description.as_deref().map_or_else(|| "(none)".to_owned(), quoted);
        push_attribute(text, "description", &format!("{} → {}", show(from), show(to)));
    }
}

/// Whom a name that is passed on interrupts, and for how long.
fn interrupted(Interruption { name, until_renamed, callers }: &Interruption) -> String {
    let until = match until_renamed {
        Some(other) => format!("`{other}` is renamed"),
        None => "it is created again".to_owned(),
    };
    let who = who_is(callers);
    format!("      ! `{name}` has no Endpoint until {until}: {who} interrupted for the time of one operation")
}

/// Whom a target that moves to another Endpoint interrupts.
fn interrupted_target(InterruptedTarget { target, from_then_on, callers, .. }: &InterruptedTarget) -> String {
    let (who, target) = (who_is(callers), shown(target));
    format!(
        "      ! {who} cut off from {target} until `{from_then_on}` is changed, for the time of one operation"
    )
}

/// `a, b and 3 more are`
fn who_is(callers: &BTreeSet<String>) -> String {
    let mut who: Vec<_> = callers.iter().take(MAX_CALLERS).cloned().collect();
    if callers.len() > MAX_CALLERS {
        who.push(format!("{} more", callers.len() - MAX_CALLERS));
    }
    let are = if callers.len() == 1 { "is" } else { "are" };
    format!("{} {are}", who.join(", "))
}

/// What a rename means for those who use the old name.
pub(super) fn old_name(is_retaken: bool) -> &'static str {
    if is_retaken {
        "      ! calls to the old name go to the Endpoint that takes it over"
    } else {
        "      ! callers that use the old name fail until they use the new one"
    }
}

/// Adds a line; one that begins with a line break stands below an empty one. Line breaks within it are escaped.
pub(super) fn push(text: &mut String, line: &str) {
    let line = match line.strip_prefix('\n') {
        Some(line) => {
            text.push('\n');
            line
        }
        None => line,
    };
    text.push_str(&printable_line(line));
    text.push('\n');
}

pub(super) fn push_attribute(text: &mut String, name: &str, value: &str) {
    // Writing to a string cannot fail.
    let _ = writeln!(text, "      {name:<12} {}", printable_line(value));
}

pub(super) fn shown(target: &HeldTarget) -> String {
    match target {
        HeldTarget::Worker(worker) => format!("{} / {}", worker.namespace, quoted(&worker.task_queue)),
        HeldTarget::External(external) => quoted(&external.url),
    }
}

/// Quoted and escaped, so that no control character from a registry reaches a terminal; long text is truncated.
pub(super) fn quoted(text: &str) -> String {
    const SHOWN: usize = 120;
    if text.chars().count() <= SHOWN {
        return format!("{text:?}");
    }
    let start: String = text.chars().take(SHOWN).collect();
    format!("{start:?}…")
}
