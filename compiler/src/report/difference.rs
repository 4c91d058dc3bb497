//! How access differs between two policies, as text and JSON.

use super::findings::{ReportedFinding, reported};
use super::plan::{push, push_attribute, quoted};
use super::{counted, printable, written};
use crate::access::difference::{Difference, EndpointDifference, Existence};
use crate::access::graph::Owner;
use crate::diagnostic::Finding;
use crate::diagnostic::source::Sources;
use crate::json;
use crate::plan::{FromTo, HeldTarget};
use schema::account::Target;
use schema::name::{EndpointName, PrincipalId};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeSet;
use time::Date;

/// The version of the JSON format.
const VERSION: u32 = 1;

/// The difference and its totals as text.
#[must_use]
pub fn difference_text(difference: &Difference) -> String {
    if difference.endpoints.is_empty() {
        return "No access changes.\n".to_owned();
    }
    let mut text = "Access changes:\n".to_owned();
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
        push(text, "      ! callers that use the old name fail until they use the new one");
    }
    push_target(text, differs);
    match differs.claimed {
        Some(true) => push(
            text,
            "      ! the policy takes over the allowlist: callers that it does not list lose access",
        ),
        Some(false) => push(text, "      ! the policy stops managing the allowlist: its callers keep access"),
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

/// When the target changes, a caller loses one call and gains another: shown in one line.
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

/// The schema of the difference for programs, of this version.
#[must_use]
pub fn difference_schema() -> Value {
    json::schema_of_output::<DifferenceReport>("The difference of two policies")
}

/// What changes between two policies, with the findings of the second.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
struct DifferenceReport {
    /// The version of the format.
    #[schemars(schema_with = "json::version::<VERSION>")]
    version: u32,
    /// The day as of which expiry dates were evaluated, in UTC.
    #[schemars(schema_with = "json::day")]
    as_of: String,
    /// The Endpoints whose access changes, by name.
    endpoints: Vec<ChangedEndpoint>,
    /// The findings of the policy after the change.
    findings: Vec<ReportedFinding>,
}

/// What changes for one Endpoint.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
struct ChangedEndpoint {
    /// The name, after a rename.
    endpoint: String,
    /// Whether the Endpoint is added, removed or changed.
    change: ChangeKind,
    /// Its name before.
    #[serde(skip_serializing_if = "Option::is_none")]
    renamed_from: Option<String>,
    /// The target before and after; null if the Endpoint does not exist.
    #[serde(skip_serializing_if = "Option::is_none")]
    target: Option<FromTo<Option<HeldTarget>>>,
    /// The new manager of its allowlist, if that changes.
    #[serde(skip_serializing_if = "Option::is_none")]
    allowlist_of: Option<Owner>,
    /// The ids of the Namespaces that gain and lose calls to it.
    callers: GainedLost,
    /// The principals that gain and lose management of it.
    managers: GainedLost,
}

#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum ChangeKind {
    Added,
    Removed,
    Changed,
}

/// Gained and lost entries.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
struct GainedLost {
    gained: Vec<String>,
    lost: Vec<String>,
}

/// The difference as programs read it: sorted by Endpoint, with the findings of the policy.
#[must_use]
pub fn difference_json(
    difference: &Difference,
    findings: &[Finding],
    sources: &Sources,
    as_of: Date,
) -> String {
    let endpoints = difference.endpoints.iter().map(|(name, differs)| ChangedEndpoint::of(name, differs));
    written(&DifferenceReport {
        version: VERSION,
        as_of: as_of.to_string(),
        endpoints: endpoints.collect(),
        findings: reported(findings, sources),
    })
}

impl ChangedEndpoint {
    fn of(name: &EndpointName, differs: &EndpointDifference) -> Self {
        let target = |target: &Option<Target>| target.as_ref().map(HeldTarget::of);
        let owner = |is_the_policys: bool| if is_the_policys { Owner::Policy } else { Owner::Others };
        Self {
            endpoint: name.to_string(),
            change: match differs.existence {
                Existence::Added => ChangeKind::Added,
                Existence::Removed => ChangeKind::Removed,
                Existence::Kept => ChangeKind::Changed,
            },
            renamed_from: differs.renamed_from.as_ref().map(ToString::to_string),
            target: differs.target.as_ref().map(|(from, to)| FromTo { from: target(from), to: target(to) }),
            allowlist_of: differs.claimed.map(owner),
            callers: GainedLost::of(&differs.gained, &differs.lost),
            managers: GainedLost::of(&differs.gained_managers, &differs.lost_managers),
        }
    }
}

impl GainedLost {
    fn of<T: ToString>(gained: &BTreeSet<T>, lost: &BTreeSet<T>) -> Self {
        let texts = |ids: &BTreeSet<T>| ids.iter().map(ToString::to_string).collect();
        Self { gained: texts(gained), lost: texts(lost) }
    }
}
