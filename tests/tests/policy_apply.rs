//! `nexusc plan` and `apply` against the embedded registry. Every apply is followed by a plan that finds nothing to do.
#![expect(clippy::expect_used, reason = "a test fails by panicking")]

use serde_json::{Value, json};
use std::fs;
use std::path::Path;
use tests::account::Account;
use tests::dev::{Dev, fixture};
use tests::nexusc::nexusc_on;
use tests::run::Run;

const CI: &str = "service_account.ci";

/// The account of `tiny.nexus.hcl`, declared again with these Endpoints.
fn policy(folder: &Path, endpoints: &str) -> String {
    let tiny = fs::read_to_string(fixture("tiny.nexus.hcl")).expect("the fixture");
    let path = folder.join("policy.nexus.hcl");
    fs::write(&path, format!("{tiny}\n{endpoints}")).expect("a policy file");
    path.display().to_string()
}

#[track_caller]
fn nothing_to_do(dev: &Dev, policy: &str) -> Run {
    nexusc_on(dev, CI, &["plan", "--detailed-exitcode", policy]).succeeds().says("No changes")
}

#[test]
fn an_applied_policy_leaves_nothing_to_do() {
    let (dev, folder) =
        (Dev::slow(&fixture("tiny.nexus.hcl"), "200ms"), tempfile::tempdir().expect("a folder"));
    let policy = policy(
        folder.path(),
        r#"
endpoint "billing" {
  description               = "Bills."
  worker_target             = { namespace = namespace.ledger, task_queue = "billing" }
  allowed_caller_namespaces = [namespace.shop]
}
allowlist "cart" {
  endpoint = endpoint.billing
  callers  = [namespace.cart]
}
"#,
    );
    let planned = nexusc_on(&dev, CI, &["plan", "--detailed-exitcode", &policy]).exits(2);
    planned
        .says("+ endpoint billing")
        .says("+ cart.tiny1 may call")
        .says("1 Endpoint to create, 0 to change");
    let applied = nexusc_on(&dev, CI, &["apply", &policy]).succeeds();
    applied
        .says("created endpoint billing")
        .says("Applied: 1 Endpoint created, 0 changed; 2 calls gained, 0 lost.");
    nothing_to_do(&dev, &policy);
    let endpoint = Account::of(&dev, CI).endpoint("billing");
    assert_eq!(tests::account::callers(&endpoint), ["cart.tiny1", "shop.tiny1"]);
}

#[test]
fn changes_retargets_and_renames_are_updates_in_place() {
    let (dev, folder) = (Dev::start(&fixture("tiny.nexus.hcl")), tempfile::tempdir().expect("a folder"));
    let first = policy(
        folder.path(),
        r#"
endpoint "billing" {
  description               = "Bills."
  worker_target             = { namespace = namespace.ledger, task_queue = "billing" }
  allowed_caller_namespaces = [namespace.shop]
}
"#,
    );
    let _ = nexusc_on(&dev, CI, &["apply", &first]).succeeds();
    let before = Account::of(&dev, CI).endpoint("billing");
    let second = policy(
        folder.path(),
        r#"
endpoint "invoicing" {
  renamed_from              = "billing"
  worker_target             = { namespace = namespace.vault, task_queue = "invoices" }
  allowed_caller_namespaces = [namespace.cart]
}
"#,
    );
    let planned = nexusc_on(&dev, CI, &["plan", &second]).succeeds();
    planned
        .says("~ endpoint billing")
        .says("billing → invoicing")
        .says("ledger.tiny1 / \"billing\" → vault.tiny1 / \"invoices\"")
        .says("\"Bills.\" → (none)")
        .says("+ cart.tiny1 may call")
        .says("- shop.tiny1 may no longer call");
    let _ = nexusc_on(&dev, CI, &["apply", &second]).succeeds().says("0 Endpoints created, 1 changed");
    nothing_to_do(&dev, &second);
    let after = Account::of(&dev, CI).endpoint("invoicing");
    assert_eq!(tests::account::id(&before), tests::account::id(&after));
    assert_eq!(after["spec"].get("description"), None, "{after}");
}

#[test]
fn what_was_changed_since_the_plan_is_not_overwritten() {
    let (dev, folder) = (Dev::start(&fixture("tiny.nexus.hcl")), tempfile::tempdir().expect("a folder"));
    let account = Account::of(&dev, "user.owner");
    account.create(&tests::account::spec("billing", "ledger.tiny1", "billing", &["shop.tiny1"]));
    let policy = policy(
        folder.path(),
        r#"
endpoint "billing" {
  worker_target             = { namespace = namespace.ledger, task_queue = "billing" }
  allowed_caller_namespaces = [namespace.cart]
}
"#,
    );
    let plan = folder.path().join("plan.json").display().to_string();
    let _ = nexusc_on(&dev, CI, &["plan", "--out", &plan, &policy]).succeeds();
    account.change("billing", |spec| spec["policySpecs"] = tests::account::policies(&["attic.tiny1"]));
    let refused = nexusc_on(&dev, CI, &["apply", "--plan", &plan]).exits(1);
    refused.says("was changed after the plan was made").says("attic.tiny1").says("run `nexusc plan` again");
    assert_eq!(tests::account::callers(&account.endpoint("billing")), ["attic.tiny1"]);
}

#[test]
fn a_plan_that_is_applied_twice_changes_nothing_the_second_time() {
    let (dev, folder) = (Dev::start(&fixture("tiny.nexus.hcl")), tempfile::tempdir().expect("a folder"));
    let policy = policy(
        folder.path(),
        "endpoint \"billing\" {\n  worker_target = { namespace = namespace.ledger, task_queue = \"billing\" }\n}\n",
    );
    let plan = folder.path().join("plan.json").display().to_string();
    let _ = nexusc_on(&dev, CI, &["plan", "--out", &plan, &policy]).succeeds();
    let _ = nexusc_on(&dev, CI, &["apply", "--plan", &plan]).succeeds();
    let first = Account::of(&dev, CI).endpoint("billing");
    let _ = nexusc_on(&dev, CI, &["apply", "--plan", &plan]).succeeds();
    assert_eq!(Account::of(&dev, CI).endpoint("billing"), first);
    Account::of(&dev, CI).delete("billing");
    let _ = nexusc_on(&dev, CI, &["apply", "--plan", &plan])
        .exits(1)
        .says("it was deleted since")
        .says("run `nexusc plan` again");
    let _ = nexusc_on(&dev, "service_account.reader", &["apply", "--plan", &plan])
        .exits(1)
        .says("the plan is for `service_account.ci`, the API key's owner is `service_account.reader`");
}

#[test]
fn an_update_that_was_applied_before_is_reported_as_such() {
    let (dev, folder) = (Dev::start(&fixture("tiny.nexus.hcl")), tempfile::tempdir().expect("a folder"));
    let account = Account::of(&dev, "user.owner");
    account.create(&tests::account::spec("billing", "ledger.tiny1", "billing", &["shop.tiny1"]));
    let endpoint = "endpoint \"billing\" {\n  worker_target = { namespace = namespace.ledger, task_queue = \"new\" }\n}\n";
    let policy = policy(folder.path(), endpoint);
    let plan = folder.path().join("plan.json").display().to_string();
    let _ = nexusc_on(&dev, CI, &["plan", "--out", &plan, &policy]).succeeds();
    let _ =
        nexusc_on(&dev, CI, &["apply", "--plan", &plan]).succeeds().says("0 Endpoints created, 1 changed");
    let again = nexusc_on(&dev, CI, &["apply", "--plan", &plan]).succeeds();
    let _ = again.says("endpoint billing was already as planned").says("0 Endpoints created, 0 changed");
}

#[test]
fn grants_on_an_endpoint_of_others_add_and_never_remove() {
    let (dev, folder) = (Dev::start(&fixture("tiny.nexus.hcl")), tempfile::tempdir().expect("a folder"));
    let account = Account::of(&dev, "user.owner");
    account.create(&tests::account::spec("billing", "ledger.tiny1", "billing", &["shop.tiny1"]));
    let policy = policy(
        folder.path(),
        "allowlist \"cart\" {\n  endpoint = \"billing\"\n  callers  = [namespace.cart]\n}\n",
    );
    // Without facts nobody knows that Endpoint.
    let _ = tests::nexusc::nexusc(&["check", &policy]).exits(1).says("dangling-endpoint");
    let _ = nexusc_on(&dev, CI, &["apply", &policy]).succeeds();
    assert_eq!(tests::account::callers(&account.endpoint("billing")), ["cart.tiny1", "shop.tiny1"]);
    nothing_to_do(&dev, &policy);
}

#[test]
fn an_allowlist_that_the_policy_does_not_mention_is_left_alone() {
    let (dev, folder) = (Dev::start(&fixture("tiny.nexus.hcl")), tempfile::tempdir().expect("a folder"));
    let account = Account::of(&dev, "user.owner");
    account.create(&tests::account::spec("billing", "ledger.tiny1", "billing", &["shop.tiny1"]));
    let policy = policy(
        folder.path(),
        "endpoint \"billing\" {\n  worker_target = { namespace = namespace.ledger, task_queue = \"new\" }\n}\n",
    );
    let _ = nexusc_on(&dev, CI, &["apply", &policy]).succeeds();
    assert_eq!(tests::account::callers(&account.endpoint("billing")), ["shop.tiny1"]);
    nothing_to_do(&dev, &policy);
}

#[test]
fn a_plan_is_refused_for_what_the_registry_would_refuse() {
    let (dev, folder) = (Dev::start(&fixture("tiny.nexus.hcl")), tempfile::tempdir().expect("a folder"));
    let owner = Account::of(&dev, "user.owner");
    owner.create(&tests::account::spec("billing", "attic.tiny1", "billing", &[]));
    let cases = [
        ("attic", "new", "error[permission-target]"),
        // Whether it exists cannot be seen with this key, but that the key has no permission on it can.
        ("nowhere", "new", "error[permission-target]"),
        ("ledger", "billing", "error[permission-retarget]"),
    ];
    for (target, name, expected) in cases {
        let endpoint = format!(
            "endpoint \"{name}\" {{\n  worker_target = {{ namespace = namespace.{target}, task_queue = \"q\" }}\n}}\n"
        );
        let policy = policy(folder.path(), &endpoint);
        let _ = nexusc_on(&dev, CI, &["plan", &policy]).exits(1).says(expected);
        let _ = nexusc_on(&dev, CI, &["apply", &policy]).exits(1).says(expected).never_says("Applied");
    }
    assert_eq!(owner.endpoints().len(), 2);
}

#[test]
fn facts_decide_where_a_declaration_differs() {
    let (dev, folder) = (Dev::start(&fixture("tiny.nexus.hcl")), tempfile::tempdir().expect("a folder"));
    let tiny = fs::read_to_string(fixture("tiny.nexus.hcl")).expect("the fixture");
    let claims = [
        (
            r#"ledger = "admin", vault"#,
            r#"ledger = "admin", attic = "admin", vault"#,
            "error[access-differs]",
        ),
        (r#"["aws-eu-west-1"]"#, r#"["aws-eu-west-2"]"#, "error[namespace-differs]"),
        (
            r#"namespace "cart" {"#,
            "namespace \"loft\" {\n  regions = [\"aws-us-east-1\"]\n}\n\nnamespace \"cart\" {",
            "error[missing-in-account]",
        ),
        (r#"id = "tiny1""#, r#"id = "tiny2""#, "error[account-mismatch]"),
    ];
    for (truth, claim, expected) in claims {
        let path = folder.path().join("policy.nexus.hcl");
        assert!(tiny.contains(truth), "{truth}");
        fs::write(&path, tiny.replace(truth, claim)).expect("a policy file");
        let run = nexusc_on(&dev, "user.owner", &["plan".as_ref(), path.as_os_str()]).exits(1).says(expected);
        assert_eq!(run.stderr.matches("error[").count(), 1, "{run}");
    }
}

#[test]
fn a_key_that_sees_little_says_what_it_could_not_prove() {
    let dev = Dev::start(&fixture("tiny.nexus.hcl"));
    let tiny = fixture("tiny.nexus.hcl");
    let run = nexusc_on(&dev, CI, &["plan".as_ref(), tiny.as_os_str()]).succeeds();
    let _ = run.says("warning[unproven]").says("Namespaces `attic`, `cellar`").says("No changes");
    let run = nexusc_on(&dev, "user.owner", &["plan".as_ref(), tiny.as_os_str()]).succeeds();
    let _ = run.never_says("unproven").never_says("warning[").never_says("error[");
}

#[test]
fn a_plan_is_json_with_a_version() {
    let dev = Dev::start(&fixture("tiny.nexus.hcl"));
    let folder = tempfile::tempdir().expect("a folder");
    let policy = policy(
        folder.path(),
        "endpoint \"billing\" {\n  worker_target = { namespace = namespace.ledger, task_queue = \"billing\" }\n}\n",
    );
    let run = nexusc_on(&dev, CI, &["plan", "--format", "json", &policy]).succeeds();
    let plan: Value = serde_json::from_str(&run.stdout).expect("JSON");
    assert_eq!(plan["version"], 3);
    assert_eq!(plan["account"], "tiny1");
    let target = json!({ "namespace": "ledger.tiny1", "task_queue": "billing" });
    let created = json!([{ "action": "create", "endpoint": "billing", "target": target, "callers": [] }]);
    assert_eq!(plan["changes"], created);
}
