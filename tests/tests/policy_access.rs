//! `nexusc access` and `nexusc export authorizer`: who may call what, for people and for a check in a server.

use serde_json::{Value, json};
use std::fs;
use tests::nexusc::nexusc;

const POLICY: &str = r#"
account {
  backend   = "self_hosted"
  allowlist = "ignore"
}
namespace "ledger" {}
namespace "shop" {}
namespace "cart" {}
endpoint "pay" {
  worker_target             = { namespace = namespace.ledger, task_queue = "pay" }
  allowed_caller_namespaces = [namespace.shop]
}
endpoint "mail" {
  worker_target             = { namespace = namespace.ledger, task_queue = "mail" }
  allowed_caller_namespaces = []
}
endpoint "open" {
  worker_target = { namespace = namespace.ledger, task_queue = "open" }
}
allowlist "cart" {
  endpoint = endpoint.pay
  callers  = [namespace.cart]
  expires  = "2026-06-30"
}
"#;

#[test]
fn what_is_exported_is_read_back() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = |name: &str| folder.path().join(name).display().to_string();
    let (policy, matrix) = (at("policy.nexus.hcl"), at("access.json"));
    fs::write(&policy, POLICY).expect("a policy");
    let shown = nexusc(&["access", "--as-of=2026-06-30", &policy]).succeeds();
    let shown = shown.says("open       ledger   open         (allowlist not managed by this policy)");
    let _ = shown.says("mail       ledger   mail         (none)").says("cart").says("shop");

    let _ = nexusc(&["export", "authorizer", "--as-of=2026-06-30", "--out", &matrix, &policy]).succeeds();
    let written: Value = serde_json::from_str(&fs::read_to_string(&matrix).expect("a matrix")).expect("JSON");
    let expected = json!({
        "version": 1, "as_of": "2026-06-30", "valid_until": "2026-07-01",
        "endpoints": ["mail", "pay"], "callers": { "cart": ["pay"], "shop": ["pay"] },
    });
    assert_eq!(written, expected);
    let read = nexusc(&["access", "--matrix", &matrix]).succeeds();
    assert_eq!(
        read.stdout,
        "  ENDPOINT   CALLERS\n  mail       (none)\n  pay        cart\n             shop\n"
    );

    // The same for who asks for JSON.
    let told = nexusc(&["access", "--format=json", "--as-of=2026-06-30", &policy]).succeeds();
    assert_eq!(serde_json::from_str::<Value>(&told.stdout).expect("JSON"), expected);

    // The grant is over, and so is what the matrix says of it.
    let later = nexusc(&["export", "authorizer", "--as-of=2026-07-01", &policy]).succeeds();
    assert!(!later.stdout.contains("cart") && !later.stdout.contains("valid_until"), "{later}");
}

#[test]
fn a_cloud_policy_is_exported_only_where_that_is_asked_for() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = |name: &str| folder.path().join(name).display().to_string();
    let (policy, matrix) = (at("policy.nexus.hcl"), at("access.json"));
    let cloud = POLICY.replace("backend   = \"self_hosted\"\n  allowlist = \"ignore\"", "id = \"a2dd6\"");
    let cloud = cloud.replace("\" {}", "\" {\n  regions = [\"aws-us-east-1\"]\n}");
    fs::write(&policy, cloud).expect("a policy");
    let options = ["export", "authorizer", "--as-of=2026-06-30", "--out", &matrix, &policy];
    let refused = nexusc(&options).exits(1).says("Temporal Cloud, which enforces allowlists itself");
    let _ = refused.says("help: pass `--allow-cloud`");
    assert!(!fs::exists(&matrix).expect("a folder that can be read"), "nothing is written");
    let _ = nexusc(&[&options[..], &["--allow-cloud"]].concat()).succeeds();
    let written: Value = serde_json::from_str(&fs::read_to_string(&matrix).expect("a matrix")).expect("JSON");
    assert_eq!(written["callers"], json!({ "cart.a2dd6": ["pay"], "shop.a2dd6": ["pay"] }));
    // What may be called is still shown without being asked twice.
    let _ = nexusc(&["access", "--as-of=2026-06-30", &policy]).succeeds().says("cart");
    // A policy with errors says so first, and a policy of a server needs no leave.
    fs::write(&policy, POLICY).expect("a policy");
    let _ = nexusc(&[&options[..], &["--allow-cloud"]].concat()).succeeds();
}

#[test]
fn a_policy_with_errors_and_a_matrix_that_was_edited_are_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = |name: &str| folder.path().join(name).display().to_string();
    let (policy, matrix) = (at("policy.nexus.hcl"), at("access.json"));
    fs::write(&policy, POLICY.replace("namespace.cart]", "namespace.crat]")).expect("a policy");
    let _ = nexusc(&["export", "authorizer", &policy]).exits(1).says("dangling-caller");
    let _ = nexusc(&["access", &policy]).exits(1).says("dangling-caller");
    let edited =
        json!({ "version": 1, "as_of": "2026-06-30", "endpoints": [], "callers": { "cart": ["pay"] } });
    fs::write(&matrix, edited.to_string()).expect("a matrix");
    let _ = nexusc(&["access", "--matrix", &matrix])
        .exits(2)
        .says("`cart` may call `pay`, which is not in `endpoints`");
}

#[test]
fn a_matrix_is_valid_until_a_grant_in_it_ends() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = |name: &str| folder.path().join(name).display().to_string();
    let (policy, account) = (at("policy.nexus.hcl"), at("account.json"));
    let foreign = "allowlist \"abroad\" {\n  endpoint = \"foreign\"\n  callers  = [namespace.cart]\n  expires  = \"2026-06-20\"\n}\n";
    fs::write(&policy, format!("{POLICY}{foreign}")).expect("a policy");
    let namespaces = ["ledger", "shop", "cart"].map(|name| json!({ "id": name, "regions": [] }));
    let target = json!({ "workerTargetSpec": { "namespaceId": "ledger", "taskQueue": "q" } });
    let spec = json!({ "name": "foreign", "targetSpec": target });
    let registered = json!({ "id": "1", "resourceVersion": "1", "spec": spec });
    let facts = json!({
        "version": 1, "account": "cluster", "backend": "self_hosted", "as_of": "2026-06-15",
        "namespaces": { "complete": true, "items": namespaces }, "endpoints": [registered],
        "users": { "items": [] }, "service_accounts": { "items": [] }, "groups": { "items": [] },
    });
    fs::write(&account, facts.to_string()).expect("facts");
    let options = ["access", "--format=json", "--as-of=2026-06-15", "--account", &account, &policy];
    let _ = nexusc(&options).succeeds().says("\"valid_until\": \"2026-07-01\"");
}

#[test]
fn names_do_not_steer_the_terminal() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = |name: &str| folder.path().join(name).display().to_string();
    let (policy, matrix) = (at("policy.nexus.hcl"), at("access.json"));
    let hostile = "sh\u{1b}[2Jop\nx";
    let written =
        json!({ "version": 1, "as_of": "2026-06-30", "endpoints": [hostile], "callers": { "a": [hostile] } });
    fs::write(&matrix, written.to_string()).expect("a matrix");
    let read = nexusc(&["access", "--matrix", &matrix]).succeeds();
    assert_eq!(read.stdout, "  ENDPOINT           CALLERS\n  sh\\u{1b}[2Jop\\nx   a\n");
    fs::write(
        &policy,
        POLICY
            .replace("\"shop\"", &json!(hostile).to_string())
            .replace("[namespace.shop]", &json!([hostile]).to_string()),
    )
    .expect("a policy");
    let shown = nexusc(&["access", "--as-of=2026-06-30", &policy]).succeeds().says("sh\\u{1b}[2Jop\\nx\n");
    assert!(!shown.stdout.contains('\u{1b}'), "{shown}");
}

#[test]
fn what_would_be_ignored_is_refused() {
    let refused = |options: &[&str]| nexusc(options).exits(2).says("cannot be used with");
    let _ = refused(&["access", "--matrix=access.json", "--var=a=b"]).says("--var");
    let _ = refused(&["access", "--matrix=access.json", "--var-file=a.hcl"]).says("--var-file");
    let _ = refused(&["apply", "--plan=plan.json", "--var=a=b"]).says("--var");
    let _ = refused(&["apply", "--plan=plan.json", "--var-file=a.hcl"]).says("--var-file");
}
