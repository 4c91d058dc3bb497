//! What leaves a policy stays, and is deleted where a `removed` block or `unmanaged = "delete"` says so: planned, guarded,
//! applied to the embedded registry, and refused where it must be.
#![expect(clippy::expect_used, reason = "a test fails by panicking")]

use serde_json::Value;
use std::fs;
use tempfile::TempDir;
use tests::account::{Account, spec};
use tests::dev::{Dev, fixture};
use tests::nexusc::{nexusc, nexusc_on};
use tests::run::Run;

const ADA: &str = "user.ada@tiny.example";
const CI: &str = "service_account.ci";

const HUB: &str = r#"
privatelink "hub" {
  region               = "aws-us-east-1"
  connection_id        = "vpce-0123456789abcdef0"
  namespaces           = ["ledger"]
  allow_public_lockout = true
}
"#;

/// The account of `tiny.nexus.hcl`, and a policy that declares it without its Endpoint.
struct Scene {
    dev: Dev,
    folder: TempDir,
}

impl Scene {
    fn start() -> Self {
        Self { dev: Dev::start(&fixture("tiny.nexus.hcl")), folder: tempfile::tempdir().expect("a folder") }
    }

    /// A policy with these attributes of `account` and these blocks.
    fn policy(&self, account: &str, blocks: &str) -> String {
        let tiny = fs::read_to_string(fixture("tiny.nexus.hcl")).expect("the fixture");
        let (before, _) = tiny.split_once("endpoint \"storage\"").expect("the Endpoint of the fixture");
        let text = before.replace("id = \"tiny1\"", &format!("id = \"tiny1\"\n{account}"));
        let path = self.folder.path().join("policy.nexus.hcl");
        fs::write(&path, format!("{text}\n{blocks}")).expect("a policy file");
        path.display().to_string()
    }

    #[track_caller]
    fn plan(&self, principal: &str, policy: &str) -> Run {
        nexusc_on(&self.dev, principal, &["plan", policy])
    }

    #[track_caller]
    fn apply(&self, principal: &str, policy: &str) -> Run {
        nexusc_on(&self.dev, principal, &["apply", policy])
    }

    fn account(&self) -> Account {
        Account::of(&self.dev, "user.owner")
    }

    fn file(&self, name: &str) -> String {
        self.folder.path().join(name).display().to_string()
    }

    fn rules(&self) -> usize {
        let listed = self.account().get("/cloud/connectivity-rules").expect("the rules");
        listed.get("connectivityRules").and_then(Value::as_array).map_or(0, Vec::len)
    }
}

#[test]
fn a_removed_endpoint_is_planned_guarded_and_deleted() {
    let scene = Scene::start();
    scene.account().create(&spec("billing", "ledger.tiny1", "billing", &["shop.tiny1"]));
    let removed = r#"
removed "endpoint" "billing" {}
guard "lost" {
  each      = "lost_call"
  condition = call.caller.name != "shop"
  message   = "${call.caller.name} loses ${call.endpoint.name}"
}
"#;
    let _ = scene
        .plan(CI, &scene.policy("", removed))
        .exits(1)
        .says("shop loses billing")
        .says("in `removed.endpoint[\"billing\"]`");
    let policy = scene.policy("", r#"removed "endpoint" "billing" {}"#);
    let _ = scene.plan(CI, &policy).succeeds().says(
        "  - endpoint billing
      target       ledger.tiny1 / \"billing\"
      - shop.tiny1 may no longer call

Plan: 0 Endpoints to create, 0 to change, 1 to delete; 0 calls gained, 1 lost.
1 Endpoint of the account tiny1 is not in the policy: storage.
",
    );
    let _ = scene
        .apply(CI, &policy)
        .succeeds()
        .says("deleted endpoint billing")
        .says("Applied: 0 Endpoints created, 0 changed, 1 deleted; 0 calls gained, 1 lost.");
    assert_eq!(scene.account().find("billing"), None);
    let _ = scene
        .plan(CI, &policy)
        .succeeds()
        .says("note[removed-nothing]: the account has no Endpoint `billing` to delete")
        .says("No changes. 1 Endpoint of the account tiny1 is not in the policy: storage.");
}

#[test]
fn a_deletion_needs_the_permission_for_it() {
    let scene = Scene::start();
    let policy = scene.policy("", r#"removed "endpoint" "storage" {}"#);
    let refused = scene.plan(CI, &policy).exits(1).says("error[permission-target]");
    let _ = refused.says("in `removed.endpoint[\"storage\"]`");
    let facts = scene.file("facts.json");
    let _ = nexusc_on(&scene.dev, "user.owner", &["snapshot", "--out", &facts]).succeeds();
    let checked = nexusc(&["check", "--as", CI, "--account", &facts, &policy]).exits(1);
    let _ = checked.says("error[permission-target]");
    let file = scene.file("plan.json");
    let _ = nexusc_on(&scene.dev, ADA, &["plan", "--out", &file, &policy]).succeeds();
    let refused = nexusc_on(&scene.dev, CI, &["apply", "--plan", &file]).exits(1);
    let _ = refused.says("the plan is for `user.ada@tiny.example`");
    assert!(scene.account().find("storage").is_some());
}

#[test]
fn an_endpoint_that_changed_since_the_plan_is_not_deleted() {
    let scene = Scene::start();
    scene.account().create(&spec("billing", "ledger.tiny1", "billing", &["shop.tiny1"]));
    let policy = scene.policy("", r#"removed "endpoint" "billing" {}"#);
    let file = scene.file("plan.json");
    let _ = nexusc_on(&scene.dev, CI, &["plan", "--out", &file, &policy]).succeeds();
    scene.account().change("billing", |spec| {
        spec["policySpecs"] = tests::account::policies(&["cart.tiny1", "shop.tiny1"]);
    });
    let refused = nexusc_on(&scene.dev, CI, &["apply", "--plan", &file]).exits(1);
    let _ = refused.says("endpoint `billing` was not deleted").says("was changed after the plan was made");
    assert!(scene.account().find("billing").is_some());
    scene.account().change("billing", |spec| {
        spec["policySpecs"] = tests::account::policies(&["shop.tiny1"]);
    });
    let _ = nexusc_on(&scene.dev, CI, &["apply", "--plan", &file]).succeeds();
    let again = nexusc_on(&scene.dev, CI, &["apply", "--plan", &file]).succeeds();
    let _ = again.says("endpoint billing was already as planned");
}

#[test]
fn what_is_not_managed_is_deleted_where_the_policy_says_so() {
    let scene = Scene::start();
    for name in ["billing", "legacy-pay"] {
        scene.account().create(&spec(name, "ledger.tiny1", name, &["shop.tiny1"]));
    }
    let kept = r#"
endpoint "new" {
  worker_target             = { namespace = "ledger", task_queue = "billing" }
  allowed_caller_namespaces = ["shop"]
}
"#;
    let ignore = r#"ignore = { endpoints = ["legacy-*"] }"#;
    let policy = scene.policy(&format!("{ignore}\nunmanaged = \"delete\""), kept);
    let refused = scene.plan(CI, &policy).exits(1).says("error[unmanaged-deletion]");
    let _ = refused.says("not all Namespaces can be read");
    let planned = scene.plan(ADA, &policy).exits(3);
    let _ = planned
        .says("the plan deletes 2 objects: `nexusc apply` needs --allow delete=2")
        .says("- endpoint billing\n      target       ledger.tiny1 / \"billing\"\n      ! not in the policy")
        .says("- endpoint storage")
        .says("1 Endpoint to create, 0 to change, 2 to delete")
        .says("note[possible-rename]")
        .says("did you mean `renamed_from = \"billing\"`?")
        .never_says("endpoint legacy-pay")
        .never_says("unmanaged]");
    let file = scene.file("plan.json");
    let _ = nexusc_on(&scene.dev, ADA, &["plan", "--out", &file, &policy]).exits(3);
    let plan: Value = serde_json::from_str(&fs::read_to_string(&file).expect("a plan")).expect("JSON");
    let causes: Vec<_> = plan["changes"].as_array().expect("changes").iter().map(|it| &it["cause"]).collect();
    assert_eq!(causes, [&Value::Null, &"unmanaged".into(), &"unmanaged".into()], "{plan:#}");
    let mine = nexusc_on(&scene.dev, CI, &["plan", "--mine", &policy]).succeeds();
    let _ = mine.says("No changes").says("Left out: 3 Endpoints").never_says("- endpoint");
    let _ = scene.apply(ADA, &policy).exits(3).says("needs --allow delete=2").never_says("Applied");
    let _ = nexusc_on(&scene.dev, ADA, &["apply", "--allow", "delete=3", &policy]).exits(3);
    let applied = nexusc_on(&scene.dev, ADA, &["apply", "--allow", "delete=2", &policy]).succeeds();
    let _ = applied.says("1 Endpoint created, 0 changed, 2 deleted");
    let left = ["billing", "legacy-pay", "new", "storage"].map(|name| scene.account().find(name).is_some());
    assert_eq!(left, [false, true, true, false]);
    let _ = scene.plan(ADA, &policy).succeeds().says("No changes: the account tiny1 matches the policy.");
}

#[test]
fn a_removed_connection_is_detached_and_deleted_with_consent() {
    let scene = Scene::start();
    let _ = scene.apply(ADA, &scene.policy("", HUB)).succeeds();
    let removed = r#"removed "privatelink" "vpce-0123456789abcdef0" {}"#;
    let opens = scene.plan(ADA, &scene.policy("", removed)).exits(1);
    let _ = opens.says("error[privatelink-reopen]: `ledger` loses its last connectivity rule");
    let consent = "# nexusc:ignore privatelink-reopen reason=\"the hub is retired\"";
    let policy = scene.policy("", &format!("{consent}\n{removed}"));
    let _ = scene.plan(ADA, &policy).succeeds().says(
        "  ~ connectivity of ledger.tiny1
      - vpce-0123456789abcdef0 in aws-us-east-1
      ! opens the Namespace to the internet

  - connectivity rule vpce-0123456789abcdef0 in aws-us-east-1

Plan: 0 Endpoints to create, 0 to change; 0 calls gained, 0 lost; 0 connectivity rules to create, 1 to delete, 1 Namespace to reattach.
",
    );
    let refused = scene.plan(CI, &policy).exits(1);
    let _ = refused.says("error[permission-connectivity]");
    let applied = scene.apply(ADA, &policy).succeeds();
    let _ = applied.says("deleted connectivity rule vpce-0123456789abcdef0").says("1 deleted, 1 Namespace");
    assert_eq!((scene.rules(), scene.account().attached("ledger.tiny1").len()), (0, 0));
    let _ = scene.plan(ADA, &policy).succeeds().says("removed-nothing").says("No changes");
}

#[test]
fn unmanaged_connections_are_deleted_and_the_public_rule_is_not() {
    let scene = Scene::start();
    let public = HUB.replace("allow_public_lockout", "keep_public");
    let _ = scene.apply(ADA, &scene.policy("", &public)).succeeds();
    assert_eq!(scene.rules(), 2);
    let policy = scene.policy("ignore = { endpoints = [\"*\"] }\nunmanaged = \"delete\"", "");
    let planned = scene.plan(ADA, &policy).exits(3);
    let _ = planned
        .says("the plan deletes 1 object: `nexusc apply` needs --allow delete=1")
        .says("! cuts off clients that use a detached private connection")
        .says("- connectivity rule vpce-0123456789abcdef0")
        .never_says("- connectivity rule the public rule");
    let _ = nexusc_on(&scene.dev, ADA, &["apply", "--allow", "delete=1", &policy]).succeeds();
    assert_eq!((scene.rules(), scene.account().attached("ledger.tiny1").len()), (1, 1));
}

#[test]
fn a_diff_tells_what_is_deleted_from_what_leaves_the_policy() {
    let scene = Scene::start();
    let billing = r#"
endpoint "billing" {
  worker_target             = { namespace = "ledger", task_queue = "billing" }
  allowed_caller_namespaces = ["shop"]
}
"#;
    let base = scene.file("base.nexus.hcl");
    fs::copy(scene.policy("", billing), &base).expect("a copy");
    let diff = |policy: &str| nexusc(&["diff", "--base", &base, policy]).succeeds();
    let leaves = diff(&scene.policy("", ""));
    let _ = leaves.says("leaves the policy and stays in the account").says("0 deleted").says("1 no longer");
    let deleted = diff(&scene.policy("", "removed \"endpoint\" \"billing\" {}"));
    let _ = deleted
        .says("- endpoint billing")
        .says("- shop.tiny1 may no longer call")
        .says("0 Endpoints added, 1 deleted, 0 changed; 0 calls gained, 1 lost")
        .never_says("stays in the account");
    // Without the account's facts it is not known who may call what the base does not declare.
    let foreign = diff(&scene.policy("", &format!("{billing}\nremoved \"endpoint\" \"storage\" {{}}")));
    let _ = foreign.says("- endpoint storage").says("- (callers that others allow) may no longer call");
    let whole = nexusc(&["diff", "--base", &base, &scene.policy("unmanaged = \"delete\"", "")]).exits(3);
    let _ = whole.says("- endpoint billing").says("account unmanaged").says("keep → delete");
}

#[test]
fn an_apply_knows_no_other_day_than_today() {
    let scene = Scene::start();
    let policy = scene.policy("", "");
    let refused = nexusc_on(&scene.dev, CI, &["apply", "--as-of", "2026-01-01", &policy]).exits(2);
    let _ = refused.says("`apply` takes no `--as-of`").says("nexusc plan --as-of");
}
