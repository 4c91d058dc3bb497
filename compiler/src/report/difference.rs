//! How access differs between two policies, as text and JSON.

use super::calls::{CallsByName, Names, who};
use super::findings::{ReportedFinding, reported};
use super::plan::{old_name, push, push_attribute, shown};
use super::rules::{ReportedRule, reported_rules};
use super::{counted, written};
use crate::access::HeldTarget;
use crate::access::difference::{AccessChange, Difference, NameDifference};
use crate::access::graph::Owner;
use crate::access::held::{HeldEndpoint, Unseen};
use crate::check::rules::RuleChange;
use crate::diagnostic::Finding;
use crate::diagnostic::source::Sources;
use crate::json;
use crate::plan::{ConnectivityChange, FromTo};
use schema::name::PrincipalId;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeSet;
use time::Date;

/// The version of the JSON format.
const VERSION: u32 = 3;

/// The difference and its totals as text.
#[must_use]
pub fn difference_text(difference: &Difference) -> String {
    if difference.names.is_empty() {
        return "No access changes.\n".to_owned();
    }
    let rows = difference.rows();
    let calls = CallsByName::of(&rows);
    let mut text = "Access changes:\n".to_owned();
    for (name, differs) in &difference.names {
        if let Some(change) = ChangeKind::of(differs) {
            text.push('\n');
            push_endpoint(&mut text, name, change, differs, &calls, difference);
        }
    }
    text + &format!("\n{}\n", totals(difference))
}

/// `Diff: 1 Endpoint added, 0 deleted, 2 changed; 5 calls gained, 1 lost; 1 manager gained, 0 lost.`
fn totals(difference: &Difference) -> String {
    let of = |kind| difference.names.values().filter(|it| ChangeKind::of(it) == Some(kind)).count();
    let ((gained, lost), (gained_managers, lost_managers)) = (difference.calls(), difference.managers());
    let unmanaged = match of(ChangeKind::Unmanaged) {
        0 => String::new(),
        count => format!(", {count} no longer managed"),
    };
    format!(
        "Diff: {} added, {} deleted, {} changed{unmanaged}; {} gained, {lost} lost; {} gained, {lost_managers} lost.",
        counted(of(ChangeKind::Added), "Endpoint"),
        of(ChangeKind::Deleted),
        of(ChangeKind::Changed),
        counted(gained, "call"),
        counted(gained_managers, "manager"),
    )
}

fn push_endpoint(
    text: &mut String,
    name: &str,
    change: ChangeKind,
    differs: &NameDifference,
    calls: &CallsByName,
    difference: &Difference,
) {
    let sign = match change {
        ChangeKind::Added => '+',
        ChangeKind::Deleted => '-',
        ChangeKind::Changed | ChangeKind::Unmanaged => '~',
    };
    push(text, &format!("  {sign} endpoint {name}"));
    if change == ChangeKind::Unmanaged {
        push_leaving(text, differs);
        return;
    }
    let old = differs.renamed_from.as_deref();
    let is_retaken =
        old.and_then(|old| difference.names.get(old)).is_some_and(|differs| differs.after.is_some());
    if let Some(old) = old {
        push_attribute(text, "name", &format!("{old} → {name}"));
        push(text, old_name(is_retaken));
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
    for caller in &differs.left_callers {
        push(
            text,
            &format!("      ! {caller} can still call it: its grant leaves the policy, not the account"),
        );
    }
    let is_taken_over = differs.before.is_some() && (old.is_some() || differs.is_created());
    calls.push(text, &Names { name, old, is_retaken, is_taken_over });
    if change == ChangeKind::Changed {
        push_managers(text, '+', &differs.gained_managers, "can manage it");
        push_managers(text, '-', &differs.lost_managers, "can no longer manage it");
    }
}

/// An Endpoint that leaves the policy is not deleted, and its callers are not revoked.
fn push_leaving(text: &mut String, differs: &NameDifference) {
    push(text, "      ! leaves the policy and stays in the account");
    let Some(after) = &differs.after else { return };
    for caller in &after.callers {
        push(text, &format!("      ! {caller} can still call it"));
    }
    if after.unseen != Unseen::Nothing {
        push(text, &format!("      ! {} can still call it", who(None)));
    }
}

fn known_callers(differs: &NameDifference) -> BTreeSet<String> {
    differs.after.as_ref().map(|after| after.callers.clone()).unwrap_or_default()
}

fn push_target(text: &mut String, differs: &NameDifference) {
    let shown = |target: &Option<HeldTarget>| target.as_ref().map(shown);
    match &differs.retargeted {
        Some((from, to)) => {
            let unknown = || "(unknown)".to_owned();
            let (from, to) = (shown(from).unwrap_or_else(unknown), shown(to).unwrap_or_else(unknown));
            push_attribute(text, "target", &format!("{from} → {to}"));
        }
        None if differs.is_created() || differs.is_deleted() => {
            let only = differs.after.as_ref().or(differs.before.as_ref());
            if let Some(target) = only.and_then(|endpoint| shown(&endpoint.target)) {
                push_attribute(text, "target", &target);
            }
        }
        None => {}
    }
}

fn push_managers(text: &mut String, sign: char, managers: &BTreeSet<PrincipalId>, what: &str) {
    for manager in managers {
        push(text, &format!("      {sign} {manager} {what}"));
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
    /// Who gains and loses access.
    access: AccessChange,
    /// What changes of private connections, by the policies alone.
    connectivity: ConnectivityChange,
    /// The rules that change.
    rules: Vec<ReportedRule>,
    /// The digest of the change, for approvals; null for a policy with errors.
    digest: Option<String>,
    /// The findings of the policy after the change.
    findings: Vec<ReportedFinding>,
}

/// What changes for one Endpoint.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
struct ChangedEndpoint {
    /// The name, after a rename.
    endpoint: String,
    /// What happens to the Endpoint.
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
    /// The ids of the Namespaces whose grants leave the policy and that can still call.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    left_callers: BTreeSet<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum ChangeKind {
    /// It is created.
    Added,
    /// It is deleted.
    Deleted,
    /// It is kept, and access to it changes.
    Changed,
    /// It leaves the policy and stays in the account.
    Unmanaged,
}

impl ChangeKind {
    /// `None` for a name that is given up: the Endpoint is listed by its new name.
    fn of(differs: &NameDifference) -> Option<Self> {
        Some(match differs {
            _ if differs.leaves => Self::Unmanaged,
            _ if differs.is_created() => Self::Added,
            NameDifference { after: Some(_), .. } => Self::Changed,
            _ if differs.is_deleted() => Self::Deleted,
            _ => return None,
        })
    }
}

/// The difference as programs read it: sorted by Endpoint, with the findings of the policy.
#[must_use]
pub fn difference_json(
    (difference, connectivity): (&Difference, &ConnectivityChange),
    (rules, digest): (&[RuleChange], Option<&str>),
    findings: &[Finding],
    sources: &Sources,
    as_of: Date,
) -> String {
    let endpoints = difference.names.iter().filter_map(|(name, differs)| ChangedEndpoint::of(name, differs));
    written(&DifferenceReport {
        version: VERSION,
        as_of: as_of.to_string(),
        endpoints: endpoints.collect(),
        access: difference.rows(),
        connectivity: connectivity.clone(),
        rules: reported_rules(rules, sources),
        digest: digest.map(str::to_owned),
        findings: reported(findings, sources),
    })
}

impl ChangedEndpoint {
    fn of(name: &str, differs: &NameDifference) -> Option<Self> {
        let target = |endpoint: &Option<HeldEndpoint>| endpoint.as_ref()?.target.clone();
        let change = ChangeKind::of(differs)?;
        let owner = |is_the_policys: bool| if is_the_policys { Owner::Policy } else { Owner::Others };
        let target = match (&differs.retargeted, change) {
            (Some((from, to)), _) => Some(FromTo { from: from.clone(), to: to.clone() }),
            (None, ChangeKind::Added) => Some(FromTo { from: None, to: target(&differs.after) }),
            (None, ChangeKind::Deleted) => Some(FromTo { from: target(&differs.before), to: None }),
            (None, _) => None,
        };
        Some(Self {
            endpoint: name.to_owned(),
            change,
            renamed_from: differs.renamed_from.clone(),
            target,
            allowlist_of: differs.claimed.map(owner),
            left_callers: if differs.leaves { known_callers(differs) } else { differs.left_callers.clone() },
        })
    }
}
