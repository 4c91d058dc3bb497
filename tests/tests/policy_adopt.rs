//! `nexusc adopt`: a policy for what an account already has, and what a policy lacks of it.
#![expect(clippy::expect_used, reason = "a test fails by panicking")]

use serde_json::{Value, json};
use std::fs;
use std::path::Path;
use tempfile::TempDir;
use tests::account::{Account, description, spec};
use tests::connectivity::{private, public};
use tests::dev::{Dev, fixture};
use tests::nexusc::{nexusc, nexusc_on};
use tests::terraform::on_every_terraform;
use tests::workspace::Workspace;

const OWNER: &str = "user.owner";
const HOSTILE: &str = "says \"hi\" to ${everyone} and %{ all }\n# }\n\u{1b}[31m\\";

/// The tiny account with Endpoints that nobody would make.
fn account() -> (Dev, TempDir) {
    let dev = Dev::start(&fixture("tiny.nexus.hcl"));
    let owner = Account::of(&dev, OWNER);
    let mut hostile = spec("hostile", "ledger.tiny1", "q ${x} \"y\"", &["cart.tiny1", "shop.tiny1"]);
    hostile.as_object_mut().expect("an object").insert("description".to_owned(), description(HOSTILE));
    owner.create(&hostile);
    owner.create(&spec("nobody", "vault.tiny1", "q", &[]));
    (dev, tempfile::tempdir().expect("a folder"))
}

/// The same with private connections, of which one Namespace has kept the way from the internet.
fn connected() -> (Dev, TempDir) {
    let (dev, folder) = account();
    let owner = Account::of(&dev, OWNER);
    let rules =
        [private("aws-us-east-1", "vpce-0123456789abcdef0"), public()].map(|rule| owner.create_rule(&rule));
    owner.attach("ledger.tiny1", &[&rules[0], &rules[1]]);
    owner.attach("vault.tiny1", &[&rules[0]]);
    (dev, folder)
}

fn path(folder: &Path, name: &str) -> String {
    folder.join(name).display().to_string()
}

#[track_caller]
fn nothing_to_do(dev: &Dev, policy: &str) {
    let plan = nexusc_on(dev, OWNER, &["plan", "--detailed-exitcode", policy]).succeeds();
    let _ = plan.says("No changes").never_says("error[");
}

#[test]
fn what_is_written_is_what_there_is() {
    let (dev, folder) = connected();
    for (name, language) in [("a.nexus.hcl", "hcl"), ("b.nexus.json", "json")] {
        let file = path(folder.path(), name);
        let run = nexusc_on(&dev, OWNER, &["adopt", "--out", &file]).succeeds();
        let _ = run.says(
            "adopted 6 Namespaces, 4 principals, 3 Endpoints, 1 private connection of the account `tiny1`",
        );
        nothing_to_do(&dev, &file);
        let _ = nexusc(&["fmt", "--check", &file]).succeeds();
        let written = fs::read_to_string(&file).expect("the policy");
        let printed = nexusc_on(&dev, OWNER, &["adopt", "--format", language]).succeeds();
        assert_eq!(printed.stdout, written, "it is the same each time");
        assert!(!written.contains(dev.key(OWNER)) && !written.contains('\u{1b}'), "{written}");
        // Nothing to add, and the file stays.
        let _ = nexusc_on(&dev, OWNER, &["adopt", &file]).succeeds().says("nothing to adopt");
        let again = nexusc_on(&dev, OWNER, &["adopt", "--out", &file]).exits(2);
        let _ = again.says("pass a path that does not exist yet");
        assert_eq!(fs::read_to_string(&file).expect("the policy"), written);
    }
}

#[test]
fn another_registry_starts_from_what_is_written() {
    let (dev, folder) = account();
    let file = folder.path().join("adopted.nexus.json");
    let _ = nexusc_on(&dev, OWNER, &["adopt", "--out", &file.display().to_string()]).succeeds();
    let other = Dev::start(&file);
    let hostile = |dev| Account::of(dev, OWNER).endpoint("hostile")["spec"].clone();
    assert_eq!(hostile(&other), hostile(&dev));
}

#[test]
fn terraform_would_write_it_the_same_way() {
    let (dev, _folder) = connected();
    let written = nexusc_on(&dev, OWNER, &["adopt"]).succeeds().stdout;
    on_every_terraform(|terraform| {
        let workspace = Workspace::new(terraform);
        workspace.write("adopted.tf", &written);
        let _ = workspace.run(&["fmt", "-check", "-diff"]).succeeds();
    });
}

#[test]
fn a_snapshot_serves_as_well_as_the_registry() {
    let (dev, folder) = account();
    let facts = path(folder.path(), "facts.json");
    let _ = nexusc_on(&dev, OWNER, &["snapshot", "--out", &facts]).succeeds();
    let read = nexusc(&["adopt", "--account", &facts]).succeeds().stdout;
    assert_eq!(read, nexusc_on(&dev, OWNER, &["adopt"]).succeeds().stdout);
    let mixed = nexusc(&["adopt", "--account", &facts, "--format", "hcl", "--out", "x.nexus.json"]).exits(2);
    let _ = mixed.says("the extension of `--out` is `.json`, but the format is HCL");
    let _ = nexusc(&["adopt", "--account", "nowhere.json"]).exits(2).says("cannot read `nowhere.json`");
    let _ = nexusc(&["adopt", "--account", &facts, "--registry", "x:1"]).exits(2).says("cannot be used with");
}

#[test]
fn reports_and_leaves_out_what_a_key_cannot_read() {
    let (dev, folder) = connected();
    let file = path(folder.path(), "adopted.nexus.hcl");
    let out = folder.path().display().to_string();
    let _ =
        nexusc_on(&dev, "service_account.ci", &["adopt", "--out", &out]).succeeds().says("what is left out");
    let written = fs::read_to_string(&file).expect("a file in the folder");
    for said in [
        "# The list of Namespaces may be incomplete",
        "# Private connections are left out",
        "namespace = \"attic\"",
    ] {
        assert!(written.contains(said), "{said} in {written}");
    }
    let plan = nexusc_on(&dev, "service_account.ci", &["plan", "--detailed-exitcode", &file]).succeeds();
    let _ = plan.says("No changes").says("unproven");
    // Whoever sees more finds nothing to change either.
    nothing_to_do(&dev, &file);
    let told = nexusc_on(&dev, "service_account.ci", &["adopt", "--format", "json"]).succeeds();
    let _ = told.says("note: Private connections are left out");
}

#[test]
fn what_a_policy_lacks_is_written_beside_it() {
    let (dev, folder) = connected();
    let tiny = fs::read_to_string(fixture("tiny.nexus.hcl")).expect("the fixture");
    let policy =
        tiny.replace("  id = \"tiny1\"\n", "  id     = \"tiny1\"\n  ignore = { endpoints = [\"nob*\"] }\n");
    fs::write(folder.path().join("policy.nexus.hcl"), policy).expect("a policy");
    let out = folder.path().display().to_string();
    let before = nexusc_on(&dev, OWNER, &["plan", &out]).succeeds();
    let _ = before.says("note[unmanaged]").says("`hostile`");
    let run = nexusc_on(&dev, OWNER, &["adopt", "--out", &out, &out]).succeeds();
    let _ = run.says("adopted 1 Endpoint, 1 private connection");
    let written = fs::read_to_string(folder.path().join("adopted.nexus.hcl")).expect("the file");
    assert!(written.contains("allowed_caller_namespaces = [namespace.cart, namespace.shop]"), "{written}");
    let after = nexusc_on(&dev, OWNER, &["plan", "--detailed-exitcode", &out]).succeeds();
    let _ = after.says("No changes").never_says("unmanaged");
    fs::write(folder.path().join("broken.nexus.hcl"), "endpoint \"x\" {\n").expect("a policy");
    let refused = nexusc_on(&dev, OWNER, &["adopt", &out]).exits(1).says("error[syntax]");
    assert_eq!(refused.stdout, "");
}

#[test]
fn an_account_of_ten_thousand_endpoints_is_written_at_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let id = |at: usize| format!("namespace-{at:05}.a2dd6");
    let namespaces: Vec<Value> =
        (0..10_000).map(|at| json!({ "id": id(at), "regions": ["aws-us-east-1"] })).collect();
    let endpoint = |at: usize| {
        let callers: Vec<_> = (1..9).map(|step| id((at + step) % 10_000)).collect();
        let callers: Vec<_> = callers.iter().map(String::as_str).collect();
        json!({ "id": format!("e{at}"), "resourceVersion": "1", "spec": spec(&format!("endpoint-{at:05}"), &id(at), "q", &callers) })
    };
    let nothing = json!({ "items": [] });
    let facts = json!({
        "version": 1, "account": "a2dd6", "as_of": "2026-06-15",
        "namespaces": { "complete": true, "items": namespaces }, "connectivity_rules": nothing,
        "users": nothing, "service_accounts": nothing, "groups": nothing,
        "endpoints": (0..10_000).map(endpoint).collect::<Vec<_>>(),
    });
    let (account, file) = (path(folder.path(), "facts.json"), path(folder.path(), "all.nexus.hcl"));
    fs::write(&account, facts.to_string()).expect("a snapshot");
    let run = nexusc(&["adopt", "--account", &account, "--out", &file]).succeeds();
    let _ = run.says("adopted 10000 Namespaces, 10000 Endpoints");
    let checked = nexusc(&["check", "--account", &account, &file]).succeeds();
    let _ = checked.never_says("unmanaged");
}
