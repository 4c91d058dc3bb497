//! Who gains and who loses the management of an Endpoint that gets another target.

use crate::access::difference::AccountAccess;
use crate::check::guard::{GUARD_FAILED, Unjudged};
use crate::diagnostic::source::Sources;
use crate::diagnostic::{Findings, Severity, UNPROVEN};
use crate::facts::snapshot::Snapshot;
use crate::pipeline::ParsedPolicy;
use crate::pipeline::difference_of;
use crate::plan::diff;
use time::macros::date;

/// `payments` has its target in `orders-prod`, where `old` is Namespace Admin; `ci` is it in `payments-prod`, the Owner everywhere.
const FACTS: &str = r#"{
  "version": 1,
  "account": "a2dd6",
  "as_of": "2026-06-15",
  "access_api_version": "v0.19.1",
  "namespaces": {
    "complete": true,
    "items": [{ "id": "orders-prod.a2dd6", "regions": [] }, { "id": "payments-prod.a2dd6", "regions": [] }]
  },
  "users": { "items": [{ "name": "owner@acme.example", "registry_id": "u1", "account_access": "owner" }] },
  "service_accounts": {
    "items": [
      { "name": "ci", "registry_id": "s1", "account_access": "developer", "namespace_access": { "payments-prod.a2dd6": "admin" } },
      { "name": "old", "registry_id": "s2", "account_access": "developer", "namespace_access": { "orders-prod.a2dd6": "admin" } },
      { "name": "reader", "registry_id": "s3", "account_access": "read", "namespace_access": { "payments-prod.a2dd6": "admin" } }
    ]
  },
  "groups": { "items": [] },
  "endpoints": [
    {
      "id": "e1",
      "resourceVersion": "1",
      "spec": {
        "name": "payments",
        "targetSpec": { "workerTargetSpec": { "namespaceId": "orders-prod.a2dd6", "taskQueue": "q" } }
      }
    }
  ],
  "connectivity_rules": { "items": [] }
}"#;

/// What the two guards say of a plan that gives the Endpoint this target.
fn said(target: &str) -> Vec<String> {
    let told = told(FACTS, target);
    assert!(told.iter().all(|finding| finding.code == &GUARD_FAILED));
    told.into_iter().map(|finding| finding.message).collect()
}

fn told(facts: &str, target: &str) -> Findings {
    let guard = |each: &str| {
        format!(
            "guard \"{each}\" {{\n  each = \"{each}\"\n  condition = false\n  message = \"{each} ${{manager.principal.name}} ${{manager.endpoint.name}}\"\n}}\n"
        )
    };
    let (gained, lost) = (guard("gained_manager"), guard("lost_manager"));
    let policy = format!(
        "account {{ id = \"a2dd6\" }}\nendpoint \"payments\" {{\n  worker_target = {{ namespace = \"{target}\", task_queue = \"q\" }}\n}}\n{gained}{lost}"
    );
    let mut sources = Sources::default();
    sources.add("policy.nexus.hcl", policy);
    let parsed = ParsedPolicy::parse(sources, Findings::new(), date!(2026 - 06 - 15));
    let facts = Snapshot::parse(facts).unwrap().facts().unwrap();
    let (policy, _) = parsed.compile(Some(&facts));
    let mut findings = Findings::new();
    let planned = diff(&policy, &facts, parsed.today);
    let changes = planned.iter().map(|planned| &planned.change);
    let difference = difference_of(&AccountAccess::of(&facts), changes);
    let mut unjudged = Unjudged::default();
    parsed.check_difference(&policy, None, Some(&facts), &difference, &mut unjudged, &mut findings);
    findings
}

#[test]
fn another_target_has_other_managers() {
    assert_eq!(said("payments-prod"), ["gained_manager ci payments", "lost_manager old payments"]);
}

#[test]
fn the_same_target_keeps_its_managers() {
    assert_eq!(said("orders-prod"), Vec::<String>::new());
}

#[test]
fn possible_further_access_proves_no_failure() {
    let more = r#""registry_id": "s3", "may_hold_more": "it has Project access","#;
    let facts = FACTS.replace(r#""registry_id": "s3","#, more).replace("\"payments\",", "\"other\",");
    let told = told(&facts, "payments-prod");
    let told: Vec<_> = told.iter().map(|it| (it.code, it.severity, &*it.message)).collect();
    let unproven = "gained_manager reader payments; this could not be decided: it has Project access";
    assert_eq!(
        told,
        [
            (&GUARD_FAILED, Severity::Error, "gained_manager ci payments"),
            (&UNPROVEN, Severity::Warning, unproven),
            (&GUARD_FAILED, Severity::Error, "gained_manager owner@acme.example payments"),
        ]
    );
}
