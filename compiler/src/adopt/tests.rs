//! What is written means the account that it was written from, in both languages, whatever the account holds.

use super::{Adopted, hcl, json};
use crate::diagnostic::source::Sources;
use crate::diagnostic::{Code, Findings, Severity};
use crate::facts::Facts;
use crate::facts::snapshot::Snapshot;
use crate::pipeline::{Checked, ParsedPolicy};
use crate::plan::{connectivity, diff};
use crate::report::{Colour, findings_text};
use serde_json::{Value, json as value};
use time::macros::date;

/// A snapshot of an account with these sections in place of empty ones.
fn facts(sections: &Value) -> Facts {
    let nothing = value!({ "items": [] });
    let mut snapshot = value!({
        "version": 1, "account": "a2dd6", "as_of": "2026-06-15", "access_api_version": "v0.19.1",
        "namespaces": { "complete": true, "items": [] },
        "users": nothing, "service_accounts": nothing, "groups": nothing,
        "endpoints": [], "connectivity_rules": nothing,
    });
    for (name, section) in sections.as_object().unwrap() {
        snapshot[name] = section.clone();
    }
    Snapshot::parse(&snapshot.to_string()).unwrap().facts().unwrap()
}

fn namespaces(names: &[&str]) -> Value {
    let item = |name: &&str| value!({ "id": format!("{name}.a2dd6"), "regions": ["aws-us-east-1"] });
    value!({ "complete": true, "items": names.iter().map(item).collect::<Vec<_>>() })
}

fn endpoint(name: &str, target: &str, callers: &[&str]) -> Value {
    let policy = |caller: &&str| value!({ "allowedCloudNamespacePolicySpec": { "namespaceId": caller } });
    value!({ "id": name, "spec": {
        "name": name,
        "targetSpec": { "workerTargetSpec": { "namespaceId": target, "taskQueue": "q" } },
        "policySpecs": callers.iter().map(policy).collect::<Vec<_>>(),
    } })
}

fn described(mut endpoint: Value, text: &str) -> Value {
    endpoint["spec"]["descriptionDeprecated"] = text.into();
    endpoint
}

fn parsed(texts: &[(&str, &str)]) -> ParsedPolicy {
    let mut sources = Sources::default();
    for (path, text) in texts {
        sources.add(*path, *text);
    }
    ParsedPolicy::parse(sources, Findings::new(), date!(2026 - 06 - 15))
}

/// Holds what is written to the account, beside a policy that there is already. Gives the codes that are found.
#[track_caller]
fn hold(adopted: &Adopted, policy: &str, facts: &Facts) -> Vec<&'static Code> {
    let mut both = Vec::new();
    for (path, text) in [("new.nexus.hcl", hcl(adopted)), ("new.nexus.json", json(adopted))] {
        let parsed = parsed(&[("old.nexus.hcl", policy), (path, &text)]);
        let Checked { policy, findings, .. } = Checked::of(&parsed, Some(facts), None).unwrap();
        let shown = findings_text(&findings, &parsed.sources, Colour::None);
        assert!(findings.iter().all(|finding| finding.severity < Severity::Error), "{shown}\n{text}");
        let changes = diff(&policy, facts, parsed.today);
        assert!(changes.is_empty(), "{changes:#?}\n{text}");
        let connected = connectivity(&policy, facts).change;
        assert!(connected.is_empty(), "{connected:#?}\n{text}");
        both.push(findings.iter().map(|finding| finding.code).collect::<Vec<_>>());
    }
    assert_eq!(both.first(), both.last(), "{}", hcl(adopted));
    both.pop().unwrap_or_default()
}

/// What is written of an account, as HCL, and what is said of it.
#[track_caller]
fn adopt(sections: &Value) -> (String, Vec<String>) {
    let facts = facts(sections);
    let adopted = Adopted::account(&facts);
    hold(&adopted, "", &facts);
    (hcl(&adopted), adopted.remarks().collect())
}

#[test]
fn an_account_is_written_as_a_person_would() {
    let sections = value!({
        "namespaces": { "complete": true, "items": [
            { "id": "orders-prod.a2dd6", "regions": ["aws-us-east-1", "aws-us-west-2"], "auth": ["mtls", "api_key"],
              "tags": { "stage": "prod", "cost centre": "42" }, "connectivity_rules": ["r1", "r2"] },
            { "id": "payments-prod.a2dd6", "regions": ["aws-us-east-1"], "connectivity_rules": ["r1", "r2"] },
        ] },
        "users": { "items": [{ "name": "ana@acme.example", "registry_id": "u1", "account_access": "read" }] },
        "groups": { "items": [{ "name": "Payments team", "registry_id": "g1", "account_access": "developer",
            "namespace_access": { "payments-prod.a2dd6": "admin", "orders-prod.a2dd6": "read" }, "members": ["ana@acme.example"] }] },
        "service_accounts": { "items": [
            { "name": "worker", "registry_id": "s1", "namespace_scoped_access": { "namespace": "orders-prod.a2dd6", "permission": "write" } },
        ] },
        "endpoints": [described(endpoint("payments", "payments-prod.a2dd6", &["orders-prod.a2dd6"]), "Pays.")],
        "connectivity_rules": { "items": [
            { "id": "r1", "spec": { "privateRule": { "region": "aws-us-east-1", "connectionId": "vpce-0123456789abcdef0" } } },
            { "id": "r2", "spec": { "publicRule": {} } },
        ] },
    });
    let (text, remarks) = adopt(&sections);
    let expected = r#"account {
  id = "a2dd6"
}

namespace "orders-prod" {
  regions = ["aws-us-east-1", "aws-us-west-2"]
  auth    = ["mtls", "api_key"]
  tags    = { "cost centre" = "42", stage = "prod" }
}

namespace "payments-prod" {
  regions = ["aws-us-east-1"]
}

user "ana@acme.example" {
  account_access = "read"
}

group "Payments-team" {
  name             = "Payments team"
  account_access   = "developer"
  namespace_access = { orders-prod = "read", payments-prod = "admin" }
  members          = [user["ana@acme.example"]]
}

service_account "worker" {
  namespace_scoped_access = { namespace = namespace.orders-prod, permission = "write" }
}

endpoint "payments" {
  description               = "Pays."
  worker_target             = { namespace = namespace.payments-prod, task_queue = "q" }
  allowed_caller_namespaces = [namespace.orders-prod]
}

privatelink "vpce-0123456789abcdef0" {
  region        = "aws-us-east-1"
  connection_id = "vpce-0123456789abcdef0"
  namespaces    = [namespace.orders-prod, namespace.payments-prod]
  keep_public   = true
}
"#;
    assert_eq!(text, expected);
    assert_eq!(remarks, Vec::<String>::new());
    let strict: Value = serde_json::from_str(&json(&Adopted::account(&facts(&sections)))).unwrap();
    assert_eq!(strict["group"]["Payments-team"]["members"], value!(["ana@acme.example"]));
    assert_eq!(strict["namespace"]["orders-prod"]["tags"]["stage"], "prod");
}

#[test]
fn no_text_of_an_account_is_more_than_a_text() {
    let hostile =
        "\" } # ${namespace.x} $${a} %{if true} %%{ \\ \n\r\t \u{1b}[31m \u{202e} \u{0} \u{7f} </ü☃ $";
    let (text, _) = adopt(&value!({
        "namespaces": { "complete": true, "items": [
            { "id": "for.a2dd6", "regions": ["aws-us-east-1"], "tags": { hostile: hostile, "for": "in", "${x}": "%{y}" } },
            { "id": "true.a2dd6", "regions": ["aws-us-east-1"] },
            { "id": "null.a2dd6", "regions": ["aws-us-east-1"] },
        ] },
        "users": { "items": [
            { "name": "user.a${b}\"@acme.example", "registry_id": "u1", "account_access": "read" },
            { "name": "user.owner", "registry_id": "u2", "account_access": "owner" },
        ] },
        "groups": { "items": [{ "name": hostile, "registry_id": "g1", "account_access": "read",
            "members": ["user.a${b}\"@acme.example", "user.owner"] }] },
        "service_accounts": { "items": [
            { "name": hostile, "registry_id": "s1", "account_access": "developer",
              "namespace_access": { "for.a2dd6": "admin", "true.a2dd6": "read", "null.a2dd6": "write" } },
            { "name": " ", "registry_id": "s2", "account_access": "read" },
            { "name": "robot\n# nexusc:ignore no-callers reason=\"x\"\nendpoint", "registry_id": "s3", "may_hold_more": "custom\nroles" },
        ] },
        "endpoints": [described(endpoint("payments", "for.a2dd6", &["true.a2dd6", "null.a2dd6"]), hostile)],
    }));
    assert!(!text.contains(['\u{1b}', '\u{202e}', '\0', '\u{7f}', '\r']), "{text}");
    assert!(text.lines().all(|line| !line.starts_with("# nexusc:ignore")), "{text}");
}

#[test]
fn what_a_policy_cannot_express_is_left_out_with_the_reason() {
    let with_target =
        |name: &str, target: Value| value!({ "id": name, "spec": { "name": name, "targetSpec": target } });
    let mut newer = endpoint("newer", "orders.a2dd6", &["orders.a2dd6"]);
    newer["spec"]["policySpecs"].as_array_mut().unwrap().push(value!({ "allowedProjectPolicySpec": {} }));
    let mut foreign = endpoint("foreign-description", "orders.a2dd6", &[]);
    foreign["spec"]["description"] = value!({ "metadata": {}, "data": "AA==" });
    let long = "\u{1}".repeat(4000);
    let (text, remarks) = adopt(&value!({
        "namespaces": { "complete": true, "items": [
            { "id": "orders.a2dd6", "regions": ["aws-us-east-1"] },
            { "id": "moon.a2dd6", "regions": ["moon-east-1"] },
            { "id": "hidden.a2dd6", "regions": [] },
        ] },
        "users": { "items": [
            { "name": "owner", "registry_id": "u1", "account_access": "owner" },
            { "name": "gone@acme.example", "registry_id": "u2", "account_access": "read", "namespace_access": { "gone.a2dd6": "read" } },
            { "name": "custom@acme.example", "registry_id": "u3", "account_access": "read", "may_hold_more": "it has custom roles" },
        ] },
        "groups": { "items": [{ "name": "all", "registry_id": "g1", "account_access": "read", "members": ["stranger@acme.example"] }] },
        "service_accounts": { "items": [
            { "name": "nobody", "registry_id": "s1", "may_hold_more": "it has custom roles" },
            { "name": "elsewhere", "registry_id": "s2", "namespace_scoped_access": { "namespace": "orders.b3ee7", "permission": "read" } },
        ] },
        "endpoints": [
            newer, foreign, endpoint("n", "orders.a2dd6", &[]), endpoint("nowhere", "gone.a2dd6", &[]),
            endpoint("in-hidden", "hidden.a2dd6", &["moon.a2dd6"]), endpoint("gone-caller", "orders.a2dd6", &["gone.a2dd6"]),
            described(endpoint("long", "orders.a2dd6", &[]), &long),
            with_target("lambda", value!({ "lambdaTargetSpec": {} })),
            with_target("url", value!({ "externalTargetSpec": { "url": "https://a.example" } })),
            with_target("system", value!({ "workerTargetSpec": { "namespaceId": "orders.a2dd6", "taskQueue": "/_sys/x" } })),
        ],
    }));
    let expected = [
        "namespace `hidden` is left out: its regions cannot be read",
        "namespace `moon` is left out: its region `moon-east-1` is unknown to this version of nexusc",
        "user \"custom@acme.example\": It may have further permissions: it has custom roles",
        "user `gone@acme.example` is left out: the Namespace `gone.a2dd6` does not exist",
        "user `owner` is left out: a user's name must be an e-mail address",
        "group `all` is left out: `user.stranger@acme.example` does not exist",
        "service_account `elsewhere` is left out: the Namespace `orders.b3ee7` belongs to another account",
        "service_account `nobody` is left out: a policy cannot express its access: it has custom roles",
        "endpoint \"foreign-description\": Its description has an unknown encoding.",
        "endpoint \"gone-caller\": Its allowlist is not managed by this policy: the Namespace `gone.a2dd6` does not exist.",
        "endpoint `lambda` is left out: a policy cannot express its target, `a target of an unknown kind`",
        "endpoint `long` is left out: its description is too long",
        "endpoint `n` is left out: invalid Endpoint name: it has fewer than 2 characters",
        "endpoint \"newer\": Its allowlist is not managed by this policy: an entry has a kind that is unknown to this version of nexusc.",
        "endpoint `nowhere` is left out: in its target, the Namespace `gone.a2dd6` does not exist",
        "endpoint `system` is left out: invalid task queue: names that start with `/_sys/` are reserved for Temporal itself",
        "endpoint `url` is left out: a policy cannot express its target, `https://a.example`",
    ];
    assert_eq!(remarks, expected, "{text}");
    assert!(
        text.contains("worker_target             = { namespace = \"hidden\", task_queue = \"q\" }"),
        "{text}"
    );
    assert!(text.contains("allowed_caller_namespaces = [\"moon\"]"), "{text}");
}

#[test]
fn reports_what_a_key_cannot_read() {
    let mut account = namespaces(&["orders"]);
    account["complete"] = false.into();
    let rule = value!({ "id": "r1", "spec": { "privateRule": { "region": "aws-us-east-1", "connectionId": "vpce-01234567" } } });
    let (text, remarks) = adopt(&value!({
        "namespaces": account,
        "users": { "items": [], "incomplete": "they are\nhidden" },
        "endpoints": [endpoint("payments", "unseen.a2dd6", &["orders.a2dd6", "other.a2dd6"])],
        "connectivity_rules": { "items": [rule] },
    }));
    let expected = [
        "The list of Namespaces may be incomplete: this API key cannot read all of them.",
        "The list of users may be incomplete: they are\\nhidden",
        "Private connections are left out: this API key cannot read all Namespaces that they may be attached to.",
    ];
    assert_eq!(remarks, expected);
    assert!(
        text.contains("[namespace.orders, \"other\"]") && text.contains("# Private connections are left out"),
        "{text}"
    );
    let unread = adopt(&value!({ "access_api_version": "v0.17.0", "users": { "items": [
        { "name": "ana@acme.example", "registry_id": "u1", "account_access": "read" },
    ] } }));
    let told = "Principals may have further permissions: the snapshot lacks Project access; create it again";
    assert_eq!(unread.1, [told]);
    let hidden = adopt(&value!({ "connectivity_rules": { "items": [], "incomplete": "denied" } }));
    assert_eq!(hidden.1, ["Private connections are left out: denied"]);
}

#[test]
fn limits_that_were_raised_are_written() {
    let endpoints: Vec<_> = (0..101).map(|at| endpoint(&format!("e{at}"), "orders.a2dd6", &[])).collect();
    let (text, _) = adopt(&value!({ "namespaces": namespaces(&["orders"]), "endpoints": endpoints }));
    assert!(text.contains("  limits = { endpoints = 101 }\n"), "{text}");
}

#[test]
fn private_connections_are_written_where_a_policy_takes_them() {
    let rule = |id: &str, region: &str, connection: &str, project: &str| value!({ "id": id, "spec": { "privateRule": { "region": region, "connectionId": connection, "gcpProjectId": project } } });
    let (text, remarks) = adopt(&value!({
        "namespaces": { "complete": true, "items": [
            { "id": "open.a2dd6", "regions": ["aws-us-east-1"], "connectivity_rules": ["r1", "public"] },
            { "id": "closed.a2dd6", "regions": ["aws-us-east-1", "aws-eu-west-1"], "connectivity_rules": ["r1", "r2", "r5"] },
        ] },
        "connectivity_rules": { "items": [
            rule("r1", "aws-us-east-1", "vpce-01234567", ""), rule("r2", "aws-eu-west-1", "vpce-01234567", ""),
            rule("r3", "gcp-us-central1", "314", "acme-prod"), rule("r4", "gcp-us-central1", "314", "acme-test"),
            rule("r5", "aws-us-west-2", "vpce-89abcdef", ""), rule("r6", "azure-centralus", "x", ""),
            rule("r7", "aws-us-east-1", "vpce-nonsense", ""), rule("r8", "moon", "x", ""),
            { "id": "public", "spec": { "publicRule": {} } }, { "id": "new", "spec": { "newRule": {} } },
        ] },
    }));
    assert_eq!(remarks.len(), 7, "{remarks:#?}");
    for expected in [
        "privatelink \"vpce-01234567-aws-us-east-1\"",
        "privatelink \"vpce-01234567-aws-eu-west-1\"",
        "gcp_project_id = \"acme-prod\"",
    ] {
        assert!(text.contains(expected), "{expected} in {text}");
    }
    assert!(!text.contains("keep_public"), "{text}");
}

#[test]
fn what_does_not_fit_in_a_line_is_broken_up() {
    let names: Vec<_> = (0..12).map(|at| format!("namespace-number-{at:02}")).collect();
    let names: Vec<_> = names.iter().map(String::as_str).collect();
    let callers: Vec<_> = names.iter().map(|name| format!("{name}.a2dd6")).collect();
    let callers: Vec<_> = callers.iter().map(String::as_str).collect();
    let held: serde_json::Map<String, Value> =
        callers.iter().map(|id| ((*id).to_owned(), "read".into())).collect();
    let (text, _) = adopt(&value!({
        "namespaces": namespaces(&names),
        "service_accounts": { "items": [{ "name": "reader", "registry_id": "s", "account_access": "read", "namespace_access": held }] },
        "endpoints": [endpoint("all", "namespace-number-00.a2dd6", &callers)],
    }));
    assert!(
        text.contains(
            "  account_access = \"read\"\n  namespace_access = {\n    namespace-number-00 = \"read\"\n"
        ),
        "{text}"
    );
    assert!(text.contains("  allowed_caller_namespaces = [\n    namespace.namespace-number-00,\n"), "{text}");
}

#[test]
fn self_hosted_accounts_are_written_without_cloud_attributes() {
    let facts = facts(&value!({
        "account": "0e1f", "backend": "self_hosted",
        "namespaces": { "complete": true, "items": [
            { "id": "default", "regions": [] }, { "id": "temporal-system", "regions": [] }, { "id": "a \"b\"\n${c}", "regions": [] },
        ] },
        "endpoints": [
            endpoint("billing", "a \"b\"\n${c}", &["default"]),
            { "id": "m", "spec": { "name": "mail", "targetSpec": { "externalTargetSpec": { "url": "https://mail.example/${x}" } } } },
        ],
    }));
    let adopted = Adopted::account(&facts);
    hold(&adopted, "", &facts);
    let expected = r#"account {
  backend = "self_hosted"
}

namespace "a-b-c" {
  name = "a \"b\"\n$${c}"
}

namespace "default" {}

endpoint "billing" {
  worker_target = { namespace = namespace.a-b-c, task_queue = "q" }
}

endpoint "mail" {
  external_target = { url = "https://mail.example/$${x}" }
}
"#;
    assert_eq!(hcl(&adopted), expected);
}

#[test]
fn only_what_a_policy_lacks_is_added_to_it() {
    let policy = r#"
account {
  id     = "a2dd6"
  limits = { callers_per_endpoint = 1 }
  ignore = { endpoints = ["legacy-*"], privatelinks = ["vpce-8*"] }
}
namespace "any" {
  for_each = toset(["orders"])
  name     = each.key
  regions  = ["aws-us-east-1"]
}
endpoint "free" {
  name          = "declared"
  worker_target = { namespace = namespace.any["orders"], task_queue = "q" }
}
endpoint "renamed" {
  renamed_from  = "old"
  worker_target = { namespace = "orders", task_queue = "q" }
}
allowlist "granted" {
  endpoint = "granted"
  callers  = ["orders"]
}
"#;
    let names = ["declared", "granted", "legacy-1", "free", "full"];
    let mut endpoints: Vec<_> =
        names.iter().map(|name| endpoint(name, "orders.a2dd6", &["orders.a2dd6"])).collect();
    endpoints.push(endpoint("busy", "orders.a2dd6", &["orders.a2dd6", "payments.a2dd6"]));
    let private = |id: &str, connection: &str| value!({ "id": id, "spec": { "privateRule": { "region": "aws-us-east-1", "connectionId": connection } } });
    let with = |old: bool| {
        let mut endpoints = endpoints.clone();
        endpoints.extend(old.then(|| endpoint("old", "orders.a2dd6", &[])));
        facts(&value!({
            "namespaces": namespaces(&["orders", "payments"]), "endpoints": endpoints,
            "connectivity_rules": { "items": [private("r1", "vpce-01234567"), private("r2", "vpce-89abcdef")] },
        }))
    };
    let facts = with(true);
    let parsed = parsed(&[("old.nexus.hcl", policy)]);
    let (declared, _) = parsed.compile(Some(&facts));
    assert!(declared.whole);
    let adopted = Adopted::missing(&declared, &parsed.document, &facts);
    let expected = r#"# Its allowlist is not managed by this policy: it has 2 callers, and the policy's limit is 1.
endpoint "busy" {
  worker_target = { namespace = namespace.any["orders"], task_queue = "q" }
}

endpoint "free-2" {
  name                      = "free"
  worker_target             = { namespace = namespace.any["orders"], task_queue = "q" }
  allowed_caller_namespaces = [namespace.any["orders"]]
}

endpoint "full" {
  worker_target             = { namespace = namespace.any["orders"], task_queue = "q" }
  allowed_caller_namespaces = [namespace.any["orders"]]
}

privatelink "vpce-01234567" {
  region        = "aws-us-east-1"
  connection_id = "vpce-01234567"
  namespaces    = []
}
"#;
    assert_eq!(hcl(&adopted), expected);
    let settled =
        policy.replace("  renamed_from  = \"old\"\n", "").replace("endpoint \"renamed\"", "endpoint \"old\"");
    assert!(hold(&adopted, &settled, &facts).iter().all(|code| code.name != "unmanaged"));
}
