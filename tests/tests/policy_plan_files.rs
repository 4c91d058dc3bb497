//! Plan files: what is applied is what was reviewed, once, where and by whom it was planned, and nothing else.
#![expect(clippy::expect_used, reason = "a test fails by panicking")]

use compiler::plan::Plan;
use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;
use tests::account::{self, Account, spec};
use tests::dev::{Dev, fixture};
use tests::nexusc::{nexusc_on, nexusc_unapproved};
use tests::run::Run;
use time::format_description::well_known::Rfc3339;

const CI: &str = "service_account.ci";
const OWNER: &str = "user.owner";
const DAY: i64 = 24 * 60;

/// A change of a plan file.
type Edit = fn(&mut Value);

/// An account, and policies and plans for it.
struct Scene {
    dev: Dev,
    folder: TempDir,
}

impl Scene {
    fn new() -> Self {
        Self::with(&[])
    }

    fn with(options: &[&str]) -> Self {
        let dev = Dev::with(&fixture("tiny.nexus.hcl"), options);
        Self { dev, folder: tempfile::tempdir().expect("a folder") }
    }

    fn at(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The account of `tiny.nexus.hcl`, declared again with these blocks.
    fn policy(&self, blocks: &str) -> String {
        let tiny = fs::read_to_string(fixture("tiny.nexus.hcl")).expect("the fixture");
        let path = self.at("policy.nexus.hcl");
        fs::write(&path, format!("{tiny}\n{blocks}")).expect("a policy file");
        path.display().to_string()
    }

    /// The file of a plan of these blocks, and their policy.
    fn planned(&self, blocks: &str) -> (String, String) {
        let (policy, plan) = (self.policy(blocks), self.at("plan.json").display().to_string());
        let _ = nexusc_on(&self.dev, CI, &["plan", "--out", &plan, &policy]).succeeds();
        (plan, policy)
    }

    /// The plan file, changed and written as `edited.json`.
    fn edited(&self, plan: &str, edit: impl FnOnce(&mut Value)) -> String {
        let mut json: Value = serde_json::from_str(&fs::read_to_string(plan).expect("a plan")).expect("JSON");
        edit(&mut json);
        let path = self.at("edited.json");
        fs::write(&path, json.to_string()).expect("a plan file");
        path.display().to_string()
    }

    /// The same, with the digest of what it holds now.
    fn forged(&self, plan: &str, edit: impl FnOnce(&mut Value)) -> String {
        let path = self.edited(plan, edit);
        let text = fs::read_to_string(&path).expect("a plan");
        let plan: Plan = serde_json::from_str(&text).expect("a plan");
        fs::write(&path, serde_json::to_string(&plan.sealed()).expect("JSON")).expect("a plan file");
        path
    }

    fn apply(&self, plan: &str) -> Run {
        nexusc_unapproved(&self.dev, CI, &["apply", "--plan", plan])
    }

    fn prove(&self, plan: &str, policy: &str) -> Run {
        nexusc_unapproved(&self.dev, CI, &["apply", "--plan", plan, policy])
    }

    fn account(&self) -> Account {
        Account::of(&self.dev, OWNER)
    }

    /// All that can be called.
    fn endpoints(&self) -> Vec<Value> {
        let mut specs: Vec<_> = self.account().endpoints().iter().map(|it| it["spec"].clone()).collect();
        specs.sort_by_key(ToString::to_string);
        specs
    }

    #[track_caller]
    fn nothing_to_do(&self, policy: &str) {
        let _ =
            nexusc_on(&self.dev, CI, &["plan", "--detailed-exitcode", policy]).succeeds().says("No changes");
    }
}

fn endpoint(name: &str, task_queue: &str, callers: &str) -> String {
    format!(
        "endpoint \"{name}\" {{\n  worker_target             = {{ namespace = namespace.ledger, task_queue = \"{task_queue}\" }}\n  \
         allowed_caller_namespaces = [{callers}]\n}}\n"
    )
}

fn renamed(name: &str, from: &str, task_queue: &str, callers: &str) -> String {
    let header = format!("endpoint \"{name}\" {{\n");
    endpoint(name, task_queue, callers).replace(&header, &format!("{header}  renamed_from = \"{from}\"\n"))
}

/// A plan that says that it was made so many minutes earlier than it was.
fn age(plan: &mut Value, minutes: i64) {
    let made_at = plan["made_at"].as_str().expect("a time");
    let made_at = time::OffsetDateTime::parse(made_at, &Rfc3339).expect("a time");
    let earlier = (made_at - time::Duration::minutes(minutes)).format(&Rfc3339).expect("a time");
    plan["made_at"] = json!(earlier);
}

#[test]
fn a_plan_that_was_edited_in_any_field_is_refused_before_anything_is_written() {
    let scene = Scene::new();
    scene.account().create(&spec("mail", "ledger.tiny1", "mail", &["shop.tiny1"]));
    let blocks =
        endpoint("billing", "billing", "namespace.shop") + &endpoint("mail", "post", "namespace.cart");
    let (plan, _) = scene.planned(&blocks);
    let before = scene.endpoints();
    let edits = [
        ("/account", json!("tiny2")),
        ("/identity", json!("user.owner")),
        ("/identity", Value::Null),
        ("/as_of", json!("2026-01-01")),
        ("/made_at", json!("2026-01-01T00:00:00Z")),
        ("/made_at", json!("1999\u{1b}")),
        ("/digest", json!("sha256:00")),
        ("/source/registry", json!("127.0.0.1:1")),
        ("/source/policy", json!("sha256:00")),
        ("/source/valid_until", json!("2026-01-01")),
        ("/source/warnings", json!(7)),
        ("/source/approvals", json!(["x"])),
        ("/changes/0/endpoint", json!("billings")),
        ("/changes/0/target/task_queue", json!("other")),
        ("/changes/0/target/namespace", json!("vault.tiny1")),
        ("/changes/0/description", json!("x")),
        ("/changes/0/callers", json!(["shop.tiny1", "attic.tiny1"])),
        ("/changes/0/callers", json!([])),
        ("/changes/1/id", json!("x")),
        ("/changes/1/resource_version", json!("x")),
        ("/changes/1/target/to/task_queue", json!("other")),
        ("/changes/1/target/from/task_queue", json!("other")),
        ("/changes/1/callers/whole/to", json!(["attic.tiny1"])),
        ("/changes/1/callers/whole/from", json!([])),
        ("/connectivity", json!({ "create": [{ "public": {} }], "attachments": [] })),
        ("/access/calls_gained", json!([])),
        ("/left_out", json!({ "endpoints": 0, "privatelinks": 0 })),
        ("/interruptions", json!([{ "name": "x", "callers": [] }])),
    ];
    for (pointer, value) in edits {
        let edited = scene.edited(&plan, |json| {
            let (parent, field) = pointer.rsplit_once('/').expect("a pointer");
            let parent = json.pointer_mut(parent).and_then(Value::as_object_mut);
            parent.unwrap_or_else(|| panic!("no {pointer}")).insert(field.to_owned(), value.clone());
        });
        let run = scene.apply(&edited).exits(1).says("was damaged or edited").says("create it again");
        assert!(!run.stderr.contains('\u{1b}') && run.stdout.is_empty(), "{run}");
        assert_eq!(scene.endpoints(), before, "{pointer}");
    }
    for (what, edit) in [
        ("an unknown field", (|json: &mut Value| json["extra"] = json!(1)) as Edit),
        ("no digest", |json| drop(json.as_object_mut().map(|it| it.remove("digest")))),
        ("an older version", |json| json["version"] = json!(2)),
    ] {
        let run = scene.apply(&scene.edited(&plan, edit)).exits(1);
        assert_eq!(scene.endpoints(), before, "{what}: {run}");
    }
    // Written otherwise, it is the same plan.
    let _ = scene.apply(&scene.edited(&plan, |_| ())).succeeds().says("1 Endpoint created, 1 changed");
}

#[test]
fn a_forged_plan_is_refused_where_its_policy_is_at_hand() {
    let scene = Scene::new();
    let (plan, policy) = scene.planned(&endpoint("billing", "billing", "namespace.shop"));
    let before = scene.endpoints();
    let forgeries: [(&str, Edit); 5] = [
        ("`billing`", |json| json["changes"][0]["callers"] = json!(["attic.tiny1"])),
        ("`billing`", |json| json["changes"][0]["target"]["task_queue"] = json!("theirs")),
        ("`refunds`", |json| json["changes"][0]["endpoint"] = json!("refunds")),
        ("the policy also changes a new endpoint `billing`", |json| json["changes"] = json!([])),
        ("gained and lost", |json| json["access"]["calls_gained"] = json!([])),
    ];
    for (said, edit) in forgeries {
        let forged = scene.forged(&plan, edit);
        let _ = scene.prove(&forged, &policy).exits(1).says("is not what the policy says").says(said);
        assert_eq!(scene.endpoints(), before, "{said}");
    }
    let guarded = format!(
        "{}guard \"nobody\" {{\n  each      = \"call\"\n  condition = call.endpoint.name != \"billing\"\n  message   = \"nobody calls it\"\n}}\n",
        endpoint("billing", "billing", "namespace.shop")
    );
    let guarded = scene.policy(&guarded);
    let _ = scene.prove(&plan, &guarded).exits(1).says("nobody calls it").never_says("Applied");
    let other = scene.policy(&endpoint("billing", "other", "namespace.shop"));
    let _ = scene.prove(&plan, &other).exits(1).says("the plan was made from other files");
    let policy = scene.policy(&endpoint("billing", "billing", "namespace.shop"));
    let _ = scene.prove(&plan, &policy).succeeds().says("created endpoint billing");
    // Carried out, it is still what the policy says.
    let _ = scene.prove(&plan, &policy).succeeds().says("was already as planned");
    scene.nothing_to_do(&policy);
}

#[test]
fn what_is_left_of_a_plan_follows_from_the_policy_too() {
    let scene = Scene::new();
    let account = scene.account();
    account.create(&spec("mail", "ledger.tiny1", "mail", &["shop.tiny1"]));
    account.create(&spec("pay", "ledger.tiny1", "pay", &["shop.tiny1"]));
    let blocks = endpoint("billing", "billing", "namespace.shop")
        + &endpoint("mail", "post", "namespace.cart")
        + &renamed("pay-old", "pay", "pay", "namespace.shop")
        + &endpoint("pay", "pay-v2", "namespace.shop");
    let (plan, policy) = scene.planned(&blocks);
    // As a killed run leaves it: a part is done.
    account.create(&spec("billing", "ledger.tiny1", "billing", &["shop.tiny1"]));
    account.change("pay", |spec| spec["name"] = json!("pay-old"));
    account.change("mail", |spec| spec["policySpecs"] = account::policies(&["cart.tiny1"]));
    let run = scene.prove(&plan, &policy).succeeds();
    let _ = run.says("endpoint billing was already as planned").says("1 Endpoint created, 1 changed");
    scene.nothing_to_do(&policy);
}

#[test]
fn a_plan_is_applied_only_where_by_whom_and_when_it_was_planned_for() {
    let scene = Scene::new();
    let (plan, policy) = scene.planned(&endpoint("billing", "billing", "namespace.shop"));
    let before = scene.endpoints();
    let other = Dev::start(&fixture("tiny.nexus.hcl"));
    let elsewhere = nexusc_unapproved(&other, CI, &["apply", "--plan", &plan]).exits(1);
    let _ = elsewhere.says("the plan was made at the registry").says("pass `--registry");
    let another = nexusc_unapproved(&scene.dev, OWNER, &["apply", "--plan", &plan]).exits(1);
    let _ = another
        .says("the plan is for `service_account.ci`, the API key's owner is `user.owner`")
        .says("use an API key of `service_account.ci`, or plan again with `--as user.owner`");

    // Whoever forges the age or the day is found out by the policy; a file that was only kept too long is refused.
    let aged = |minutes: i64| scene.forged(&plan, |json| age(json, minutes));
    let _ = scene.apply(&aged(DAY + 1)).exits(1).says("more than the 1d of `--max-age`");
    let with_age = |age: &str, plan: &str| {
        nexusc_unapproved(&scene.dev, CI, &["apply", "--max-age", age, "--plan", plan])
    };
    let _ = with_age("30m", &aged(31)).exits(1).says("the plan is 31m old").says("`--max-age`");
    let _ = with_age("12h", &aged(DAY)).exits(1).says("more than the 12h");
    let _ = with_age("soon", &plan).exits(2).says("30m");
    let _ = scene.apply(&aged(-60)).exits(1).says("which is in the future");
    let forged = |field: &str, text: &str| {
        scene.forged(&plan, |json| *json.pointer_mut(field).expect("the field") = json!(text))
    };
    let _ = scene.apply(&forged("/made_at", "now")).exits(1).says("is not a time");
    let _ = scene
        .apply(&forged("/as_of", "2999-01-01"))
        .exits(1)
        .says("as of 2999-01-01, which is in the future");
    let _ = scene.apply(&forged("/as_of", "2026-02-31")).exits(1).says("is not a time");
    let no_one = scene.forged(&plan, |json| drop(json.as_object_mut().map(|it| it.remove("identity"))));
    let _ = scene.apply(&no_one).exits(1).says("names no principal");
    assert_eq!(scene.endpoints(), before);
    let _ = with_age("7d", &aged(6 * DAY)).succeeds().says("created endpoint billing");
    scene.nothing_to_do(&policy);
}

#[test]
fn a_plan_for_another_principal_is_applied_by_that_one() {
    let scene = Scene::new();
    let policy = scene.policy(&endpoint("billing", "billing", "namespace.shop"));
    let plan = scene.at("plan.json").display().to_string();
    let _ = nexusc_on(&scene.dev, OWNER, &["plan", "--as", CI, "--out", &plan, &policy]).succeeds();
    let _ =
        nexusc_unapproved(&scene.dev, OWNER, &["apply", "--plan", &plan]).exits(1).says("the plan is for");
    let _ = scene.prove(&plan, &policy).succeeds();
}

#[test]
fn a_plan_whose_grant_has_expired_since_is_refused() {
    let scene = Scene::new();
    let grant = "allowlist \"cart\" {\n  endpoint = endpoint.billing\n  callers  = [namespace.cart]\n  expires  = \"2020-06-30\"\n}\n";
    let policy = scene.policy(&(endpoint("billing", "billing", "namespace.shop") + grant));
    let plan = scene.at("plan.json").display().to_string();
    let _ = nexusc_on(&scene.dev, CI, &["plan", "--as-of=2020-06-30", "--out", &plan, &policy]).succeeds();
    let _ = scene.apply(&plan).exits(1).says("has expired since: its last day was 2020-06-30");
    // A plan that makes no grant that expires is not bound to its day.
    let _ = nexusc_on(&scene.dev, CI, &["plan", "--as-of=2020-07-01", "--out", &plan, &policy]).succeeds();
    let _ = scene.apply(&plan).succeeds().says("created endpoint billing");
    assert_eq!(account::callers(&scene.account().endpoint("billing")), ["shop.tiny1"]);
}

#[test]
fn a_plan_that_fails_leaves_no_older_one_to_apply() {
    let scene = Scene::new();
    let (plan, _) = scene.planned(&endpoint("billing", "billing", "namespace.shop"));
    let broken = scene.policy("endpoint \"billing\" {}\n");
    let _ = nexusc_on(&scene.dev, CI, &["plan", "--out", &plan, &broken]).exits(1);
    let _ = scene
        .apply(&plan)
        .exits(1)
        .says("has no plan: `nexusc plan --out` has failed")
        .says("create it again");
    let _ = nexusc_on(&scene.dev, CI, &["plan", "--out", &plan, "nowhere"]).exits(2);
    let _ = scene.apply(&plan).exits(1).says("has no plan");
    assert_eq!(scene.account().find("billing"), None);
    let policy = scene.policy(&endpoint("billing", "billing", "namespace.shop"));
    let text = fs::read_to_string(&policy).expect("the policy");
    let _ = nexusc_on(&scene.dev, CI, &["plan", "--out", &policy, &policy])
        .exits(2)
        .says("the name of a policy file");
    assert_eq!(fs::read_to_string(&policy).expect("the policy"), text);
    let _ = nexusc_on(&scene.dev, CI, &["plan", "--out", &plan, &policy]).succeeds();
    let _ = scene.apply(&plan).succeeds();
}

#[test]
fn a_replay_after_a_revert_does_nothing_again() {
    let scene = Scene::new();
    let account = scene.account();
    account.create(&spec("mail", "ledger.tiny1", "mail", &["shop.tiny1"]));
    account.create(&spec("post", "ledger.tiny1", "post", &["shop.tiny1"]));
    let grant = "allowlist \"cart\" {\n  endpoint = \"post\"\n  callers  = [namespace.cart]\n}\n";
    let blocks = endpoint("billing", "billing", "namespace.shop")
        + &endpoint("mail", "mail", "namespace.cart")
        + grant;
    let (plan, _) = scene.planned(&blocks);
    let _ = scene.apply(&plan).succeeds().says("1 Endpoint created, 2 changed");
    let _ = scene.apply(&plan).succeeds().says("0 Endpoints created, 0 changed");

    account.change("mail", |spec| spec["policySpecs"] = account::policies(&["shop.tiny1"]));
    account.change("billing", |spec| spec["policySpecs"] = account::policies(&[]));
    account.change("post", |spec| spec["policySpecs"] = account::policies(&["shop.tiny1"]));
    let reverted = scene.endpoints();
    let replay = scene.apply(&plan).exits(1);
    let _ = replay
        .says("endpoint `mail` was not changed: an earlier run of this plan changed it, and it was changed back since")
        .says("endpoint `post` was not changed")
        .says("endpoint `billing` was not created: an endpoint of this name already exists and is not as planned: `allowed_caller_namespaces` is empty")
        .says("run `nexusc plan` again")
        .says("0 Endpoints created, 0 changed; 0 calls gained");
    assert_eq!(scene.endpoints(), reverted);
    account.delete("billing");
    let _ =
        scene.apply(&plan).exits(1).says("an earlier run of this plan created it, and it was deleted since");
    assert_eq!(account.find("billing"), None);
}

#[test]
fn other_teams_disturb_nothing() {
    let scene = Scene::new();
    let account = scene.account();
    account.create(&spec("mail", "ledger.tiny1", "mail", &["shop.tiny1"]));
    let grant = "allowlist \"cart\" {\n  endpoint = \"mail\"\n  callers  = [namespace.cart]\n}\n";
    let (plan, policy) = scene.planned(grant);
    account.change("mail", |spec| spec["targetSpec"]["workerTargetSpec"]["taskQueue"] = json!("theirs"));
    // The grant would now be one on another task queue than was reviewed.
    let _ = scene.prove(&plan, &policy).exits(1).says("gained and lost");
    account.change("mail", |spec| {
        spec["policySpecs"] = account::policies(&["shop.tiny1", "attic.tiny1"]);
        spec["targetSpec"]["workerTargetSpec"]["taskQueue"] = json!("mail");
    });
    let _ = scene.prove(&plan, &policy).succeeds().says("0 Endpoints created, 1 changed; 1 call gained");
    let mut callers = account::callers(&account.endpoint("mail"));
    callers.sort();
    assert_eq!(callers, ["attic.tiny1", "cart.tiny1", "shop.tiny1"]);
}

#[test]
fn a_conflict_stops_the_chain_of_names_and_nothing_else() {
    let scene = Scene::new();
    let account = scene.account();
    account.create(&spec("pay", "ledger.tiny1", "pay", &["shop.tiny1"]));
    account.create(&spec("pay-v2", "ledger.tiny1", "pay-v2", &["shop.tiny1"]));
    let blocks = renamed("pay-old", "pay", "pay", "namespace.shop")
        + &renamed("pay", "pay-v2", "pay-v2", "namespace.shop")
        + &endpoint("billing", "billing", "namespace.shop");
    let (plan, _) = scene.planned(&blocks);
    account.change("pay-v2", |spec| spec["name"] = json!("pay-v3"));
    let run = scene.apply(&plan).exits(1);
    let _ = run
        .says("endpoint `pay` was not changed: its name is passed on together with that of endpoint `pay-v2`")
        .says("`name` was `pay-v2` when the plan was made, and is now `pay-v3`")
        .says("created endpoint billing")
        .says("2 changes of 3 failed");
    let names: Vec<_> = scene.endpoints().iter().map(|it| it["name"].clone()).collect();
    assert!(names.contains(&json!("pay")) && names.contains(&json!("pay-v3")), "{names:?}");
}

#[test]
fn a_change_that_failed_is_made_again_by_the_same_plan() {
    for fault in [
        "operation-fails,times=1,method=UpdateNexusEndpoint",
        "operation-rejected,times=1,method=UpdateNexusEndpoint",
    ] {
        let scene = Scene::with(&["--control"]);
        scene.account().create(&spec("mail", "ledger.tiny1", "mail", &["shop.tiny1"]));
        let (plan, policy) = scene.planned(&endpoint("mail", "post", "namespace.cart"));
        scene.account().strike(fault);
        let _ = scene.apply(&plan).exits(1).says("endpoint `mail` was not changed");
        let _ = scene.apply(&plan).succeeds().says("changed endpoint mail");
        scene.nothing_to_do(&policy);
    }
}

#[test]
fn a_plan_says_whom_a_name_that_is_passed_on_interrupts() {
    let scene = Scene::new();
    let account = scene.account();
    account.create(&spec("pay", "ledger.tiny1", "pay", &["shop.tiny1"]));
    account.create(&spec("pay-v2", "ledger.tiny1", "pay-v2", &["shop.tiny1", "cart.tiny1"]));
    account.create(&spec("mail", "ledger.tiny1", "mail", &["cart.tiny1", "shop.tiny1"]));
    let blocks = renamed("pay-old", "pay", "pay", "namespace.shop")
        + &renamed("pay", "pay-v2", "pay-v2", "namespace.shop, namespace.cart")
        + &renamed("mail-old", "mail", "mail", "")
        + &endpoint("mail", "mail", "namespace.shop, namespace.cart");
    let policy = scene.policy(&blocks);
    let run = nexusc_on(&scene.dev, CI, &["plan", &policy]).succeeds();
    let _ = run
        .says("! `pay` has no Endpoint until `pay-v2` is renamed: shop.tiny1 is interrupted for the time of one operation")
        .says("! `mail` has no Endpoint until it is created again: cart.tiny1, shop.tiny1 are interrupted")
        .never_says("`pay-v2` has no Endpoint");
    let _ = nexusc_on(&scene.dev, CI, &["apply", &policy]).succeeds().says("1 Endpoint created, 3 changed");
    scene.nothing_to_do(&policy);
}

#[test]
fn a_plan_says_whom_endpoints_that_exchange_their_targets_interrupt() {
    let scene = Scene::new();
    let account = scene.account();
    account.create(&spec("pay", "ledger.tiny1", "pay", &["shop.tiny1"]));
    account.create(&spec("mail", "ledger.tiny1", "mail", &["shop.tiny1"]));
    account.create(&spec("post", "ledger.tiny1", "post", &["shop.tiny1"]));
    let blocks = endpoint("pay", "mail", "namespace.shop")
        + &endpoint("mail", "pay", "namespace.shop")
        + &endpoint("post", "sent", "namespace.shop")
        + &endpoint("new", "post", "namespace.shop");
    let policy = scene.policy(&blocks);
    let run = nexusc_on(&scene.dev, CI, &["plan", &policy]).succeeds();
    let _ = run
        .says("! shop.tiny1 is cut off from ledger.tiny1 / \"pay\" until `mail` is changed, for the time of one operation")
        .says("! shop.tiny1 is cut off from ledger.tiny1 / \"mail\" until `pay` is changed")
        .never_says("cut off from ledger.tiny1 / \"post\"");
    let _ = nexusc_on(&scene.dev, CI, &["apply", &policy]).succeeds().says("1 Endpoint created, 3 changed");
    scene.nothing_to_do(&policy);
}

#[test]
fn a_plan_names_the_commit_of_its_policy() {
    let scene = Scene::new();
    let policy = scene.policy(&endpoint("mail", "mail", "namespace.shop"));
    let commit_of = |plan: &str| {
        let plan: Value = serde_json::from_str(&fs::read_to_string(plan).expect("a plan")).expect("JSON");
        plan.pointer("/source/commit").and_then(Value::as_str).map(str::to_owned)
    };
    let folder = Path::new(&policy).parent().expect("a folder");
    let git = |arguments: &[&str]| {
        let identity = ["-c", "user.name=ana", "-c", "user.email=ana@acme.example"];
        let told =
            Command::new("git").current_dir(folder).args(identity).args(arguments).output().expect("git");
        assert!(told.status.success(), "{told:?}");
        String::from_utf8(told.stdout).expect("text").trim().to_owned()
    };
    let plan = scene.folder.path().join("plan.json").display().to_string();
    let planned = || nexusc_on(&scene.dev, CI, &["plan", "--out", &plan, &policy]).succeeds();
    let _ = planned();
    assert_eq!(commit_of(&plan), None, "outside of a checkout");
    let _ = git(&["init", "-q"]);
    let _ = git(&["add", "policy.nexus.hcl"]);
    let _ = git(&["commit", "-q", "-m", "policy"]);
    let commit = git(&["rev-parse", "HEAD"]);
    let _ = planned();
    assert_eq!(commit_of(&plan), Some(commit.clone()));
    let text = fs::read_to_string(&policy).expect("the policy");
    fs::write(&policy, format!("{text}\n# later\n")).expect("a policy file");
    let _ = planned();
    assert_eq!(commit_of(&plan), Some(format!("{commit}-dirty")));
    let _ = scene.apply(&plan).succeeds().says(&format!("The policy is that of commit {commit}-dirty."));
}
