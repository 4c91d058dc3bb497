//! `nexusc` with the account's facts: plans on a snapshot, and objects whose state is not as the policy says.
#![expect(clippy::expect_used, reason = "a test fails by panicking")]

use serde_json::{Value, json};
use std::fs;
use std::path::Path;
use tests::account::{Account, id, spec};
use tests::dev::{Dev, fixture};
use tests::nexusc::{nexusc, nexusc_on};
use tests::run::Run;

const OWNER: &str = "user.owner";

const ENDPOINT: &str = r#"
endpoint "billing" {
  worker_target             = { namespace = namespace.ledger, task_queue = "billing" }
  allowed_caller_namespaces = [namespace.shop]
}
"#;

/// The tiny account with an Endpoint.
struct Scene {
    dev: Dev,
    folder: tempfile::TempDir,
}

impl Scene {
    #[track_caller]
    fn with(options: &[&str]) -> Self {
        let dev = Dev::with(&fixture("tiny.nexus.hcl"), options);
        Self { dev, folder: tempfile::tempdir().expect("a folder") }
    }

    #[track_caller]
    fn file(&self, name: &str, text: &str) -> String {
        let path = self.folder.path().join(name);
        fs::write(&path, text).expect("a file");
        path.display().to_string()
    }

    /// The account's own policy and these blocks.
    #[track_caller]
    fn policy(&self, blocks: &str) -> String {
        let tiny = fs::read_to_string(fixture("tiny.nexus.hcl")).expect("the fixture");
        self.file("policy.nexus.hcl", &(tiny + blocks))
    }

    #[track_caller]
    fn snapshot(&self) -> String {
        let path = self.folder.path().join("account.json").display().to_string();
        let _ = self.run(&["snapshot", "--out", &path]).succeeds();
        path
    }

    #[track_caller]
    fn run(&self, arguments: &[&str]) -> Run {
        nexusc_on(&self.dev, OWNER, arguments)
    }

    fn account(&self) -> Account {
        Account::of(&self.dev, OWNER)
    }
}

fn endpoint_changes(plan: &Run) -> Vec<Value> {
    let plan: Value = serde_json::from_str(&plan.stdout).expect("a plan");
    plan.get("changes").and_then(Value::as_array).cloned().unwrap_or_default()
}

#[test]
fn a_plan_on_a_snapshot_is_the_plan_on_the_registry() {
    let scene = Scene::with(&[]);
    let (policy, snapshot) = (scene.policy(ENDPOINT), scene.snapshot());
    let online = scene.run(&["plan", "--format=json", &policy]).succeeds();
    let offline =
        nexusc(&["plan", "--format=json", "--as", OWNER, "--account", &snapshot, &policy]).succeeds();
    assert_eq!(endpoint_changes(&offline), endpoint_changes(&online));
    assert_eq!(endpoint_changes(&offline).len(), 1);
    let text =
        nexusc(&["plan", "--detailed-exitcode", "--as", OWNER, "--account", &snapshot, &policy]).exits(2);
    let _ = text
        .says("Changes in the account tiny1 (snapshot of ")
        .says("as user.owner")
        .says("+ endpoint billing");
}

#[test]
fn a_plan_on_a_snapshot_checks_the_permissions_of_whom_it_is_told() {
    let scene = Scene::with(&[]);
    let (policy, snapshot) = (scene.policy(ENDPOINT), scene.snapshot());
    let plan = |more: &[&str]| nexusc(&[&["plan", "--account", &snapshot, &policy], more].concat());
    let _ = plan(&["--as", "service_account.reader"]).exits(1).says("error[permission-role]");
    let _ = plan(&["--as", "service_account.nobody"]).exits(2).says("does not exist in the account `tiny1`");
    let _ = plan(&["--mine"]).exits(2).says("needs a principal").says("--as PRINCIPAL");
    let text = fs::read_to_string(&policy).expect("the policy");
    let without: String =
        text.lines().filter(|line| !line.contains("apply_as")).map(|line| format!("{line}\n")).collect();
    let unnamed = scene.file("policy.nexus.hcl", &without);
    let unchecked = nexusc(&["plan", "--account", &snapshot, &unnamed]).succeeds();
    let _ = unchecked.says("permissions were not checked").says("Changes in the account tiny1 (snapshot of ");
}

#[test]
fn a_plan_on_a_snapshot_cannot_be_applied() {
    let scene = Scene::with(&[]);
    let (policy, snapshot) = (scene.policy(ENDPOINT), scene.snapshot());
    let _ = nexusc(&["plan", "--account", &snapshot, "--out", "x.json", &policy]).exits(2).says("--out");
    let _ =
        nexusc(&["plan", "--account", &snapshot, "--registry", "x:1", &policy]).exits(2).says("--registry");
    let offline =
        nexusc(&["plan", "--format=json", "--as", OWNER, "--account", &snapshot, &policy]).succeeds();
    let saved = scene.file("plan.json", &offline.stdout);
    let _ = scene.run(&["apply", "--plan", &saved]).exits(1).says("was planned on a snapshot of ");
    assert_eq!(scene.account().find("billing"), None);
}

#[test]
fn an_endpoint_whose_creation_failed_does_not_match_the_policy() {
    let scene = Scene::with(&["--fault", "operation-fails,times=1"]);
    let policy = scene.policy(ENDPOINT);
    let _ = scene.run(&["apply", &policy]).exits(1).says("was not created");
    let planned = scene.run(&["plan", "--detailed-exitcode", &policy]).exits(1);
    let _ = planned
        .says("warning[resource-state]: the Endpoint `billing` could not be created")
        .says("No changes, but the account tiny1 does not match the policy:\n  ! endpoint billing (ACTIVATION_FAILED)\n");
    let _ = scene.run(&["plan", &policy]).succeeds();
    let _ = scene
        .run(&["apply", &policy])
        .exits(1)
        .says("Applied: no changes, but the account tiny1 does not match");
    let checked = nexusc(&["check", "--account", &scene.snapshot(), &policy]).succeeds();
    let _ = checked.says("warning[resource-state]");
    // Deleted and applied again, as the finding says.
    scene.account().delete("billing");
    let _ = scene.run(&["apply", &policy]).succeeds().says("created endpoint billing");
    let _ = scene.run(&["plan", "--detailed-exitcode", &policy]).succeeds().says("matches the policy");
}

#[test]
fn a_failed_update_is_written_again() {
    let scene = Scene::with(&["--control"]);
    let policy = scene.policy(ENDPOINT);
    let _ = scene.run(&["apply", &policy]).succeeds();
    scene.account().strike("operation-fails,times=1");
    let changed = scene.policy(&ENDPOINT.replace("\"billing\" }", "\"bills\" }"));
    let _ = scene.run(&["apply", &changed]).exits(1).says("was not changed");
    let planned = scene.run(&["plan", "--detailed-exitcode", &changed]).exits(2);
    let _ =
        planned.says("could not be changed by the last write (UPDATE_FAILED)").never_says("Not corrected");
    let _ = scene.run(&["apply", &changed]).succeeds().says("changed endpoint billing");
    let _ = scene.run(&["plan", "--detailed-exitcode", &changed]).succeeds().never_says("resource-state");
}

#[test]
fn an_apply_waits_until_an_endpoint_is_gone_and_creates_it() {
    let scene = Scene::with(&["--operation-time", "3s"]);
    let account = scene.account();
    account.create(&spec("billing", "ledger.tiny1", "billing", &["shop.tiny1"]));
    let held = account.endpoint("billing");
    let version = held.get("resourceVersion").and_then(Value::as_str).expect("a version");
    let path = format!("/cloud/nexus/endpoints/{}?resourceVersion={version}", id(&held));
    account.send("DELETE", &path, &Value::Null);
    let policy = scene.policy(ENDPOINT);
    let planned = scene.run(&["plan", "--detailed-exitcode", &policy]).exits(2);
    let _ = planned.says("the Endpoint `billing` is being deleted (DELETING)").says("+ endpoint billing");
    let applied = scene.run(&["apply", &policy]).succeeds();
    let _ = applied.says("waiting for endpoint billing (DELETING)").says("created endpoint billing");
    assert_ne!(id(&account.endpoint("billing")), id(&held));
    let _ = scene.run(&["plan", "--detailed-exitcode", &policy]).succeeds().says("matches the policy");
}

#[test]
fn an_apply_waits_for_a_change_before_it_decides() {
    let scene = Scene::with(&["--operation-time", "3s"]);
    let account = scene.account();
    account.create(&spec("billing", "ledger.tiny1", "billing", &["shop.tiny1"]));
    let held = account.endpoint("billing");
    let body = json!({ "spec": spec("billing", "ledger.tiny1", "other", &[]), "resourceVersion": held.get("resourceVersion") });
    account.send("POST", &format!("/cloud/nexus/endpoints/{}", id(&held)), &body);
    let policy = scene.policy(ENDPOINT);
    let planned = scene.run(&["plan", &policy]).succeeds();
    let _ = planned.says("the Endpoint `billing` is being changed (UPDATING)");
    let applied = scene.run(&["apply", &policy]).succeeds();
    let _ = applied.says("waiting for endpoint billing (UPDATING)").never_says("resource-state");
    let _ = scene.run(&["plan", "--detailed-exitcode", &policy]).succeeds().says("matches the policy");
}

#[test]
fn an_unknown_grant_does_not_match_the_policy() {
    let scene = Scene::with(&[]);
    scene.account().create(&spec("billing", "ledger.tiny1", "billing", &["shop.tiny1"]));
    let (policy, path) = (scene.policy(ENDPOINT), scene.snapshot());
    let mut snapshot: Value =
        serde_json::from_str(&fs::read_to_string(Path::new(&path)).expect("the snapshot")).expect("JSON");
    let grants = snapshot.pointer_mut("/endpoints/0/spec/policySpecs").and_then(Value::as_array_mut);
    grants.expect("an allowlist").push(json!({ "anyNamespaceOfAccountPolicySpec": {} }));
    let unknown = scene.file("account.json", &snapshot.to_string());
    let planned =
        nexusc(&["plan", "--detailed-exitcode", "--as", OWNER, "--account", &unknown, &policy]).exits(1);
    let _ = planned
        .says("warning[unknown-grant]")
        .says("does not match the policy:\n  ! endpoint billing (grants of an unknown kind)\n");
}

/// A person lets `cart` call by hand, and takes `shop` away.
fn drifted() -> (Scene, String, String) {
    let scene = Scene::with(&[]);
    let blocks = format!(
        "{ENDPOINT}test \"billing\" {{\n  deny  = [{{ caller = namespace.cart, endpoint = endpoint.billing }}]\n  \
         allow = [{{ caller = namespace.shop, endpoint = endpoint.billing }}]\n}}\n\
         endpoint \"open\" {{\n  worker_target = {{ namespace = namespace.ledger, task_queue = \"open\" }}\n}}\n\
         test \"open\" {{\n  allow = [{{ caller = namespace.cart, endpoint = endpoint.open }}]\n  \
         deny  = [{{ caller = namespace.shop, endpoint = endpoint.open }}]\n}}\n"
    );
    let account = scene.account();
    account.create(&spec("billing", "ledger.tiny1", "billing", &["cart.tiny1"]));
    account.create(&spec("open", "vault.tiny1", "open", &["cart.tiny1"]));
    account.create(&spec("legacy", "vault.tiny1", "q", &["cellar.tiny1"]));
    let (policy, snapshot) = (scene.policy(&blocks), scene.snapshot());
    (scene, policy, snapshot)
}

#[test]
fn what_the_account_allows_beyond_the_policy_is_shown() {
    let (_scene, policy, snapshot) = drifted();
    let with = |verb: &str, options: &[&str]| {
        nexusc(&[&[verb, "--account", &snapshot], options, &[&*policy]].concat())
    };
    let _ = with("check", &[]).succeeds().says(
        "note[extra-caller]: `cart` can call the Endpoint `billing` today, by the account's allowlist and not by the policy",
    );
    let _ =
        with("check", &[]).says("the Endpoint `legacy` (which 1 Namespace can call) exists in the account");
    let table = with("access", &[]).succeeds().stdout;
    let row = |cells: &[&str]| {
        let found = table.lines().any(|line| {
            line.split("   ").map(str::trim).filter(|it| !it.is_empty()).eq(cells.iter().copied())
        });
        assert!(found, "{cells:?}\n{table}");
    };
    row(&["billing", "ledger", "billing", "cart (today only: the next apply removes it)"]);
    row(&["shop (not applied yet)"]);
    row(&["open", "ledger (today vault)", "open", "cart (granted outside this policy)"]);
    row(&["legacy (not in this policy)", "vault", "q", "cellar (granted outside this policy)"]);
    let matrix: Value =
        serde_json::from_str(&with("access", &["--format=json"]).succeeds().stdout).expect("JSON");
    let at = |pointer: &str| matrix.pointer(pointer).cloned();
    assert_eq!(at("/account/today_only"), Some(json!({ "cart.tiny1": ["billing"] })));
    assert_eq!(at("/account/not_applied"), Some(json!({ "shop.tiny1": ["billing"] })));
    assert_eq!(at("/account/others/cellar.tiny1"), Some(json!(["legacy"])));
    // What is not applied yet belongs to the policy, and what it does not grant is no part of the matrix.
    assert_eq!(at("/callers/shop.tiny1/0"), Some(json!("billing")));
    assert_eq!(at("/callers/cart.tiny1"), None);
    let dot = with("graph", &[]).succeeds();
    let _ = dot
        .says("[style=dashed, label=\"today only: the next apply removes it\"]")
        .says("[label=\"not applied yet\"]");
    let mermaid = with("graph", &["--format=mermaid"]).succeeds();
    let _ =
        mermaid.says("-.->|\"today only: the next apply removes it\"| e").says("-->|\"not applied yet\"| e");
    let bundled = with("graph", &["--detail=namespaces"]).succeeds();
    let _ = bundled.says("label=\"2 Endpoints\", style=dashed").says("label=\"billing (not applied yet)\"]");
    let graph: Value =
        serde_json::from_str(&with("graph", &["--format=json"]).succeeds().stdout).expect("JSON");
    let call = json!({ "caller": "cart.tiny1", "endpoint": "billing", "granted_by": "others", "today": true, "after_apply": false });
    assert!(
        graph.pointer("/calls").and_then(Value::as_array).is_some_and(|calls| calls.contains(&call)),
        "{graph:#}"
    );
}

#[test]
fn tests_tell_today_from_after_an_apply() {
    let (scene, policy, snapshot) = drifted();
    let run = nexusc(&["test", "--account", &snapshot, &policy]).succeeds();
    let _ = run
        .says("ok        `cart` cannot call the Endpoint `billing`: nothing lists it; it can call it today: the account's allowlist lists it, and the next apply removes it")
        .says("it cannot call it today: the account's allowlist lists it only after the next apply")
        .says("ok        `cart` can call the Endpoint `open`: the account's allowlist lists it, which the policy does not manage\n")
        .says("ok        `shop` cannot call the Endpoint `open`: the account's allowlist does not list it, which the policy does not manage\n")
        .says("2 passed, 0 failed, 0 unproven");
    let json = nexusc(&["test", "--format=json", "--account", &snapshot, &policy]).succeeds();
    let report: Value = serde_json::from_str(&json.stdout).expect("JSON");
    let today =
        |element: usize| report.pointer(&format!("/tests/0/elements/{element}/possible_today")).cloned();
    assert_eq!([today(0), today(1)].map(|it| it.and_then(|it| it.as_bool())), [Some(false), Some(true)]);
    // Without facts nothing is known of today, and an allowlist of others is unproven.
    let alone = nexusc(&["test", &policy]).succeeds().never_says("today").says("1 unproven");
    drop(alone);
    let _ = scene.run(&["apply", &policy]).succeeds();
    let _ = nexusc(&["test", "--account", &scene.snapshot(), &policy]).succeeds().never_says("today");
}

/// The tiny account, whose Namespaces have tags, and a guard on them.
const TAGGED: &str = r#"
account {
  id = "tiny1"
}
namespace "ledger" {
  regions = ["aws-us-east-1"]
  auth    = ["api_key"]
}
namespace "shop" {
  regions = ["aws-us-east-1"]
  auth    = ["api_key"]
}
endpoint "billing" {
  worker_target             = { namespace = "ledger", task_queue = "billing" }
  allowed_caller_namespaces = ["shop", "cart"]
  managed_by                = service_account.ci
}
endpoint "vaults" {
  worker_target             = { namespace = "vault", task_queue = "vaults" }
  allowed_caller_namespaces = ["attic", "cellar"]
}
guard "stages" {
  each      = "call"
  condition = lookup(call.caller.tags, "stage", "none") == lookup(call.target.tags, "stage", "none")
  message   = "stages"
}
guard "regions" {
  each      = "gained_call"
  condition = length(setintersection(call.caller.regions, call.target.regions)) > 0
  message   = "${call.caller.name} is in another region"
}
"#;

#[test]
fn a_key_that_sees_little_works_with_guards_on_tags() {
    let scene = Scene::with(&[]);
    let policy = scene.file("tagged.nexus.hcl", TAGGED);
    let unjudged = "cannot be judged";
    // Changes of others are not judged with `--mine`.
    let keys = [
        ("service_account.reader", &["--as", OWNER][..], "so 2 guards cannot be judged"),
        ("service_account.ci", &["--mine"], "so `guard.stages` cannot be judged"),
    ];
    for (principal, options, which) in keys {
        let run = nexusc_on(&scene.dev, principal, &[&["plan"], options, &[&*policy]].concat()).succeeds();
        let run = run.says(which).never_says("guard-failed");
        assert_eq!(run.stderr.matches(unjudged).count(), 1, "{run}");
    }
    // With all Namespaces in sight the guards decide.
    let _ = scene
        .run(&["plan", &policy])
        .exits(1)
        .says("error[guard-failed]: attic is in another region")
        .never_says(unjudged);
    let snapshot = scene.snapshot();
    let _ = nexusc(&["plan", "--as", OWNER, "--account", &snapshot, &policy])
        .exits(1)
        .says("attic is in another region");
}

#[test]
fn what_is_being_deleted_is_not_adopted() {
    let scene = Scene::with(&["--operation-time", "3s"]);
    let account = scene.account();
    account.create(&spec("billing", "ledger.tiny1", "billing", &[]));
    let held = account.endpoint("billing");
    let version = held.get("resourceVersion").and_then(Value::as_str).expect("a version");
    account.send(
        "DELETE",
        &format!("/cloud/nexus/endpoints/{}?resourceVersion={version}", id(&held)),
        &Value::Null,
    );
    let snapshot = scene.snapshot();
    let adopted = nexusc(&["adopt", "--account", &snapshot]).succeeds();
    let _ = adopted
        .says("endpoint `billing` is left out: it is being deleted")
        .never_says("endpoint \"billing\"");
}
