//! Reports as people and programs read them, kept as snapshots so that a review sees every change of them.
//! `INSTA_UPDATE=always cargo test -p compiler --test reports` writes them anew.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use compiler::access::difference::AccountAccess;
use compiler::access::endpoint::access;
use compiler::access::graph::Graph;
use compiler::check::test;
use compiler::diagnostic::source::Sources;
use compiler::diagnostic::{Findings, Severity};
use compiler::facts::Facts;
use compiler::facts::snapshot::Snapshot;
use compiler::pipeline::{Checked, ParsedPolicy, difference_of, policy_difference};
use compiler::plan::{ConnectivityChange, Plan, PlanSource, VERSION, connectivity, diff};
use compiler::report::review::Verdict;
use compiler::report::service::Paths;
use compiler::report::{
    Contents, Detail, FORMATS, FormatOptions, RunReport, Tested, access_table, difference_json,
    difference_text, dot, mermaid, plan_text, tested_json, tested_text,
};
use insta::assert_snapshot;
use time::Date;
use time::macros::date;

const TODAY: Date = date!(2026 - 06 - 15);

const ACCOUNT: &str = r#"{
  "version": 1, "account": "a2dd6", "as_of": "2026-06-15", "access_api_version": "v0.19.0",
  "namespaces": { "complete": true, "items": [
    { "id": "orders-prod.a2dd6", "regions": ["aws-us-east-1"] },
    { "id": "payments-prod.a2dd6", "regions": ["aws-us-east-1"] },
    { "id": "risk-prod.a2dd6", "regions": ["aws-us-east-1"] }
  ] },
  "users": { "items": [
    { "name": "ada@acme.example", "registry_id": "u1", "account_access": "developer",
      "namespace_access": { "payments-prod.a2dd6": "admin" } }
  ] },
  "service_accounts": { "items": [] },
  "groups": { "items": [] },
  "endpoints": [
    { "id": "e1", "resourceVersion": "v1", "spec": { "name": "payments",
      "targetSpec": { "workerTargetSpec": { "namespaceId": "payments-prod.a2dd6", "taskQueue": "payments" } },
      "policySpecs": [ { "allowedCloudNamespacePolicySpec": { "namespaceId": "risk-prod.a2dd6" } } ] } }
  ],
  "connectivity_rules": { "items": [] }
}"#;

const BASE: &str = r#"account {
  id       = "a2dd6"
  apply_as = user["ada@acme.example"]
}

namespace "orders-prod" { regions = ["aws-us-east-1"] }
namespace "payments-prod" { regions = ["aws-us-east-1"] }
namespace "risk-prod" { regions = ["aws-us-east-1"] }

user "ada@acme.example" {
  account_access   = "developer"
  namespace_access = { payments-prod = "admin" }
}

endpoint "payments" {
  worker_target             = { namespace = namespace.payments-prod, task_queue = "payments" }
  allowed_caller_namespaces = [namespace.risk-prod]
}
"#;

const POLICY: &str = r#"account {
  id       = "a2dd6"
  apply_as = user["ada@acme.example"]
}

namespace "orders-prod" { regions = ["aws-us-east-1"] }
namespace "payments-prod" { regions = ["aws-us-east-1"] }
namespace "risk-prod" { regions = ["aws-us-east-1"] }

user "ada@acme.example" {
  account_access   = "developer"
  namespace_access = { payments-prod = "admin" }
}

endpoint "payments" {
  worker_target             = { namespace = namespace.payments-prod, task_queue = "payments" }
  allowed_caller_namespaces = [namespace.orders-prod, namespace.orders-prod]
}

endpoint "refunds" {
  description               = "gives money back"
  worker_target             = { namespace = namespace.payments-prod, task_queue = "refunds" }
  allowed_caller_namespaces = [namespace.orders-prod]
}

test "only orders pays" {
  allow = [{ caller = namespace.orders-prod, endpoint = endpoint.payments }]
  deny  = [{ caller = namespace.orders-prod, endpoint = endpoint.refunds }]
}
"#;

fn parsed(text: &str) -> ParsedPolicy {
    let mut sources = Sources::default();
    sources.add("policy.nexus.hcl", text);
    ParsedPolicy::parse(sources, Findings::new(), TODAY)
}

fn account() -> Facts {
    Snapshot::parse(ACCOUNT).unwrap().facts().unwrap()
}

#[test]
fn findings_look_so() {
    let (parsed, facts) = (parsed(POLICY), account());
    let Checked { findings, .. } = Checked::of(&parsed, Some(&facts), None).unwrap();
    let paths = Paths::new(parsed.files().map(|(id, file)| (id, file.path().to_owned())));
    let options = FormatOptions { comment_id: "nexusc".to_owned(), ..FormatOptions::default() };
    let report = RunReport {
        findings: &findings,
        sources: &parsed.sources,
        paths: &paths,
        as_of: TODAY,
        verdict: Verdict::Rejected,
        fails: Severity::Error,
        remarks: &[],
        contents: Contents::Findings,
        options: &options,
    };
    for format in FORMATS {
        assert_snapshot!(format!("findings_{}", format.name), (format.render)(&report).text);
    }
}

#[test]
fn a_plan_looks_so() {
    let (parsed, facts) = (parsed(POLICY), account());
    let (policy, _) = parsed.compile(Some(&facts));
    let changes: Vec<_> = diff(&policy, &facts, TODAY).into_iter().map(|planned| planned.change).collect();
    let access = difference_of(&AccountAccess::of(&facts), &changes).rows();
    let plan = Plan {
        version: VERSION,
        digest: String::new(),
        source: PlanSource::default(),
        account: "a2dd6".to_owned(),
        identity: Some("user.ada@acme.example".to_owned()),
        as_of: TODAY.to_string(),
        made_at: "2026-06-15T12:00:00Z".to_owned(),
        changes,
        connectivity: connectivity(&policy, &facts).change,
        access,
        interruptions: Vec::new(),
        interrupted_targets: Vec::new(),
        unmanaged: Vec::new(),
        left_out: None,
        uncorrected: Vec::new(),
        snapshot: None,
    };
    assert_snapshot!("plan_human", plan_text(&plan));
    assert_snapshot!("plan_json", serde_json::to_string_pretty(&plan).unwrap());
}

#[test]
fn a_difference_looks_so() {
    let (base, parsed, facts) = (parsed(BASE), parsed(POLICY), account());
    let (base_policy, _) = base.compile(Some(&facts));
    let (policy, _) = parsed.compile(Some(&facts));
    let difference = policy_difference(&base_policy, &policy, Some(&facts), TODAY);
    assert_snapshot!("diff_human", difference_text(&difference));
    assert_snapshot!(
        "diff_json",
        difference_json(
            (&difference, &ConnectivityChange::default()),
            (&[], None),
            &[],
            &parsed.sources,
            TODAY
        )
    );
}

#[test]
fn test_outcomes_look_so() {
    let parsed = parsed(POLICY);
    let (policy, _) = parsed.compile(None);
    let tests =
        [Tested { test: policy.tests.first().unwrap(), outcomes: test::run(&policy, None, TODAY).collect() }];
    assert_snapshot!("test_human", tested_text(&tests));
    assert_snapshot!("test_json", tested_json(&tests, &[], &parsed.sources, TODAY));
}

#[test]
fn access_looks_so() {
    let (policy, _) = parsed(POLICY).compile(None);
    let graph = Graph::of(&policy, None, TODAY);
    assert_snapshot!("access_human", access_table(&access(&policy, TODAY)));
    assert_snapshot!("graph_dot", dot(&graph, Detail::Endpoints));
    assert_snapshot!("graph_mermaid", mermaid(&graph, Detail::Endpoints));
}
