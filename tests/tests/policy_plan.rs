//! What `nexusc plan` and `apply --plan` say: findings before failures, and nothing that steers a terminal.
use std::fs;
use tests::dev::{Dev, fixture};
use tests::nexusc::{nexusc, nexusc_on};

const OWNER: &str = "user.owner";

#[test]
fn what_is_not_declared_is_looked_up_in_the_account_by_reference_too() {
    let (dev, folder) = (Dev::start(&fixture("tiny.nexus.hcl")), tempfile::tempdir().expect("a folder"));
    let path = folder.path().join("policy.nexus.hcl");
    let policy = r#"
account {
  id       = "tiny1"
  apply_as = service_account.ci
}
endpoint "billing" {
  worker_target             = { namespace = namespace.ledger, task_queue = "billing" }
  allowed_caller_namespaces = [namespace["shop"]]
}
allowlist "storage" {
  endpoint = endpoint.storage
  callers  = [namespace.shop]
}
"#;
    fs::write(&path, policy).expect("a policy file");
    let run = nexusc_on(&dev, OWNER, &["plan".as_ref(), path.as_os_str()]).succeeds();
    let _ = run.says("+ endpoint billing").never_says("dangling");
}

#[test]
fn an_unknown_apply_as_is_a_finding() {
    let (dev, folder) = (Dev::start(&fixture("tiny.nexus.hcl")), tempfile::tempdir().expect("a folder"));
    let path = folder.path().join("policy.nexus.hcl");
    let policy = "account {\n  id       = \"tiny1\"\n  apply_as = service_account.robot\n}\n\
                  service_account \"robot\" { account_access = \"admin\" }\n";
    fs::write(&path, policy).expect("a policy file");
    let run = nexusc_on(&dev, OWNER, &["plan".as_ref(), path.as_os_str()]).exits(1);
    let _ = run.says("error[missing-in-account]").says("policy.nexus.hcl:5:1");
}

#[test]
fn a_plan_that_was_edited_neither_steers_the_terminal_nor_counts_twice() {
    let (dev, folder) = (Dev::start(&fixture("tiny.nexus.hcl")), tempfile::tempdir().expect("a folder"));
    let path = folder.path().join("plan.json");
    let change = |name: &str| {
        format!(
            r#"{{"action":"create","endpoint":"{name}","target":{{"namespace":"ledger.tiny1","task_queue":"q"}},"callers":[]}}"#
        )
    };
    let apply = |changes: &str| {
        let access = r#"{"calls_gained":[],"calls_lost":[],"managers_gained":[],"managers_lost":[]}"#;
        let plan = format!(
            r#"{{"version":3,"digest":"","source":{{"policy":"","warnings":0,"notes":0,"revokes":0,"deletes":0,"change":""}},"account":"tiny1","identity":"user.owner","as_of":"2026-01-01","made_at":"now","changes":[{changes}],"access":{access}}}"#
        );
        fs::write(&path, plan).expect("a plan");
        nexusc_on(&dev, OWNER, &["apply".as_ref(), "--plan".as_ref(), path.as_os_str()]).exits(1)
    };
    let refused = |name: &str| {
        // The sound change beside it is not carried out either.
        let run = apply(&[change("billing"), change(name)].join(",")).says("is not a plan of this version");
        run.says("is not a valid Endpoint name").never_says("\u{1b}").never_says("billing")
    };
    let _ = refused(r"red\u001b[31m");
    let _ = refused("b");
    let elsewhere = change("billing").replace("ledger.tiny1", "ledger");
    let _ = apply(&elsewhere).says("`ledger` is not a valid Namespace id: it has no account");
    let twice = [change("billing"), change("billing")].join(",");
    let _ = apply(&twice).says("changes the Endpoint `billing` twice").never_says("Applied");
    let _ = apply(&change("billing")).says("was damaged or edited").never_says("Applied");
}

#[test]
fn a_mistyped_option_is_not_taken_for_changes() {
    let _ = nexusc(&["plan", "--detailed-exitcodes"]).exits(1);
    let _ = nexusc(&["apply", "--plam", "x"]).exits(2);
    let _ = nexusc(&["check", "--fail-at", "x"]).exits(2);
}
