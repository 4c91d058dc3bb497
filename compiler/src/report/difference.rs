//! What two policies allow differently, for people and for programs.

use super::findings::list_json;
use super::plan::{push, push_attribute, quoted};
use super::{counted, printable};
use crate::access::difference::{Difference, EndpointDifference, Existence};
use crate::diagnostic::Finding;
use crate::diagnostic::source::Sources;
use schema::account::Target;
use schema::name::{EndpointName, NamespaceId, PrincipalId};
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;
use time::Date;

/// The version of the format for programs.
const VERSION: u32 = 1;

/// The whole difference and its totals; for none a sentence that says so.
#[must_use]
pub fn difference_text(difference: &Difference) -> String {
    if difference.endpoints.is_empty() {
        return "No access changes.\n".to_owned();
    }
    let mut text = "Access that changes:\n".to_owned();
    for (name, differs) in &difference.endpoints {
        text.push('\n');
        push_endpoint(&mut text, name, differs);
    }
    printable(&text) + &format!("\n{}\n", totals(difference))
}

/// `Diff: 1 Endpoint added, 0 removed, 2 changed; 5 calls gained, 1 lost; 1 manager gained, 0 lost.`
fn totals(difference: &Difference) -> String {
    let all = || difference.endpoints.values();
    let of = |existence| all().filter(|it| it.existence == existence).count();
    let (gained, lost) = difference.calls();
    let gained_managers: usize = all().map(|it| it.gained_managers.len()).sum();
    let lost_managers: usize = all().map(|it| it.lost_managers.len()).sum();
    format!(
        "Diff: {} added, {} removed, {} changed; {} gained, {lost} lost; {} gained, {lost_managers} lost.",
        counted(of(Existence::Added), "Endpoint"),
        of(Existence::Removed),
        of(Existence::Kept),
        counted(gained, "call"),
        counted(gained_managers, "manager"),
    )
}

fn push_endpoint(text: &mut String, name: &EndpointName, differs: &EndpointDifference) {
    let sign = match differs.existence {
        Existence::Added => '+',
        Existence::Removed => '-',
        Existence::Kept => '~',
    };
    push(text, &format!("  {sign} endpoint {name}"));
    if let Some(from) = &differs.renamed_from {
        push_attribute(text, "name", &format!("{from} → {name}"));
        push(text, "      ! every caller whose code names the Endpoint fails until it uses the new name");
    }
    push_target(text, differs);
    match differs.claimed {
        Some(true) => {
            push(text, "      ! the policy takes over the allowlist: whoever it does not list loses access")
        }
        Some(false) => {
            push(text, "      ! the policy leaves the allowlist to others: whoever is on it stays")
        }
        None => {}
    }
    push_callers(text, differs);
    if differs.existence == Existence::Kept {
        push_managers(text, '+', &differs.gained_managers, "can manage it");
        push_managers(text, '-', &differs.lost_managers, "can no longer manage it");
    }
}

fn push_target(text: &mut String, differs: &EndpointDifference) {
    match &differs.target {
        Some((Some(from), Some(to))) => {
            push_attribute(text, "target", &format!("{} → {}", shown(from), shown(to)));
        }
        Some((Some(only), None) | (None, Some(only))) => push_attribute(text, "target", &shown(only)),
        _ => {}
    }
}

/// With another target a caller loses one call and gains another: one line for both.
fn push_callers(text: &mut String, differs: &EndpointDifference) {
    let both: BTreeSet<_> = differs.gained.intersection(&differs.lost).collect();
    for caller in &both {
        push(text, &format!("      ~ {caller} calls the new target instead of the old one"));
    }
    for caller in differs.gained.iter().filter(|caller| !both.contains(caller)) {
        push(text, &format!("      + {caller} may call"));
    }
    for caller in differs.lost.iter().filter(|caller| !both.contains(caller)) {
        push(text, &format!("      - {caller} may no longer call"));
    }
}

fn push_managers(text: &mut String, sign: char, managers: &BTreeSet<PrincipalId>, what: &str) {
    for manager in managers {
        push(text, &format!("      {sign} {manager} {what}"));
    }
}

fn shown(target: &Target) -> String {
    match target {
        Target::Worker { namespace, task_queue } => format!("{namespace} / {}", quoted(task_queue.as_str())),
        Target::External { url } => quoted(url),
    }
}

/// The difference as programs read it, version 1: sorted by Endpoint, with the findings of the policy.
#[must_use]
pub fn difference_json(
    difference: &Difference,
    findings: &[Finding],
    sources: &Sources,
    as_of: Date,
) -> Value {
    let endpoints: Vec<_> =
        difference.endpoints.iter().map(|(name, differs)| endpoint_json(name, differs)).collect();
    let findings = list_json(findings, sources);
    json!({ "version": VERSION, "as_of": as_of.to_string(), "endpoints": endpoints, "findings": findings })
}

fn endpoint_json(name: &EndpointName, differs: &EndpointDifference) -> Value {
    let change = match differs.existence {
        Existence::Added => "added",
        Existence::Removed => "removed",
        Existence::Kept => "changed",
    };
    let mut entry = Map::new();
    entry.insert("endpoint".to_owned(), json!(name.as_str()));
    entry.insert("change".to_owned(), json!(change));
    entry.extend(differs.renamed_from.iter().map(|from| ("renamed_from".to_owned(), json!(from.as_str()))));
    if let Some((from, to)) = &differs.target {
        let target = |target: &Option<Target>| target.as_ref().map(target_json);
        entry.insert("target".to_owned(), json!({ "from": target(from), "to": target(to) }));
    }
    let owner = |is_ours: bool| if is_ours { "policy" } else { "others" };
    entry.extend(differs.claimed.map(|claimed| ("allowlist_of".to_owned(), json!(owner(claimed)))));
    let ids = |callers: &BTreeSet<NamespaceId>| callers.iter().map(ToString::to_string).collect::<Vec<_>>();
    entry.insert("callers".to_owned(), json!({ "gained": ids(&differs.gained), "lost": ids(&differs.lost) }));
    let ids = |managers: &BTreeSet<PrincipalId>| managers.iter().map(ToString::to_string).collect::<Vec<_>>();
    let (gained, lost) = (ids(&differs.gained_managers), ids(&differs.lost_managers));
    entry.insert("managers".to_owned(), json!({ "gained": gained, "lost": lost }));
    Value::Object(entry)
}

fn target_json(target: &Target) -> Value {
    match target {
        Target::Worker { namespace, task_queue } => {
            json!({ "namespace": namespace.to_string(), "task_queue": task_queue.as_str() })
        }
        Target::External { url } => json!({ "url": url }),
    }
}
