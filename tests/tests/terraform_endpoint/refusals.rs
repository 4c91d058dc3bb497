//! What a plan refuses, so that no apply stops half-way; and what it must not refuse.

use crate::scene::{ADDRESS, Endpoint, PAY, Scene, on_every_terraform};
use tests::account::spec;

/// The plan of a new Endpoint is refused with one error that says all of `said`, and nothing is created.
#[track_caller]
fn refuses(endpoint: &Endpoint, principal: &str, said: &[&str]) {
    on_every_terraform(|terraform| {
        let mut scene = Scene::new(terraform);
        scene.act_as(principal);
        scene.configure(endpoint);
        let plan = scene.workspace.plan().exits(1);
        assert_eq!(plan.errors().len(), 1, "{plan}");
        said.iter().fold(plan, |plan, text| plan.says(text));
        assert_eq!(scene.owner.endpoints().len(), 1, "only what the account had");
    });
}

const CI: &str = "service_account.ci";
/// A Global Admin, from whom the registry hides nothing.
const ADA: &str = "user.ada@tiny.example";

#[test]
fn a_bad_name() {
    refuses(&Endpoint { name: "1pay", ..PAY }, CI, &["`1pay`", "name = \"1pay\""]);
    refuses(&Endpoint { name: "pay_now", ..PAY }, CI, &["`pay_now`", "name = \"pay_now\""]);
}

#[test]
fn a_bad_namespace_id() {
    refuses(&Endpoint { namespace: "ledger", ..PAY }, CI, &["`ledger` is not a Namespace id"]);
    refuses(&Endpoint { callers: Some(&["shop"]), ..PAY }, CI, &["`shop`", "allowed_caller_namespaces"]);
}

#[test]
fn a_namespace_of_another_account() {
    let target = Endpoint { namespace: "ledger.other9", callers: None, ..PAY };
    refuses(&target, CI, &["`ledger.other9`", "account"]);
    let caller = Endpoint { callers: Some(&["shop.other9"]), ..PAY };
    refuses(&caller, CI, &["`shop.other9`", "account", "allowed_caller_namespaces"]);
}

#[test]
fn a_bad_task_queue() {
    refuses(&Endpoint { task_queue: "", ..PAY }, CI, &["is not a task queue"]);
    refuses(&Endpoint { task_queue: "/_sys/mine", ..PAY }, CI, &["`/_sys/mine` is not a task queue"]);
}

#[test]
fn an_allowlist_over_the_limit() {
    let letters = || 'a'..='z';
    let names = letters()
        .flat_map(|a| letters().flat_map(move |b| letters().map(move |c| format!("n{a}{b}{c}.tiny1"))));
    let names: Vec<_> = names.take(1001).collect();
    let callers: Vec<_> = names.iter().map(String::as_str).collect();
    refuses(&Endpoint { callers: Some(&callers), ..PAY }, CI, &["1001", "1000", "allowed_caller_namespaces"]);
}

#[test]
fn a_target_that_does_not_exist() {
    refuses(&Endpoint { namespace: "ledgr.tiny1", ..PAY }, ADA, &["the target `ledgr.tiny1` does not exist"]);
    refuses(&Endpoint { namespace: "ledgr.tiny1", ..PAY }, CI, &["Namespace Admin on `ledgr.tiny1`"]);
}

#[test]
fn a_caller_that_does_not_exist() {
    let callers = Some(&["cart.tiny1", "shp.tiny1"] as &[_]);
    let said = ["the caller `shp.tiny1` does not exist", "allowed_caller_namespaces"];
    refuses(&Endpoint { callers, ..PAY }, ADA, &said);
}

#[test]
fn nothing_that_the_identity_may_not_see_but_says_that_it_is_unproven() {
    on_every_terraform(|terraform| {
        let scene = Scene::new(terraform);
        scene.configure(&Endpoint { callers: Some(&["cellar.tiny1"]), ..PAY });
        let plan = scene.workspace.plan().exits(2).says("unproven").says("`cellar.tiny1`");
        assert_eq!(plan.warnings().len(), 1, "{plan}");
        scene.workspace.apply().succeeds();
        scene.is_settled();
    });
}

#[test]
fn an_identity_that_may_not_manage_the_target() {
    refuses(&PAY, "service_account.reader", &["Developer", "Namespace Admin", "`ledger.tiny1`"]);
    refuses(&PAY, "service_account.caretaker", &["Developer"]);
    refuses(&Endpoint { namespace: "attic.tiny1", ..PAY }, CI, &["Namespace Admin", "`attic.tiny1`"]);
}

#[test]
fn a_retarget_away_from_what_the_identity_may_not_manage() {
    on_every_terraform(|terraform| {
        let scene = Scene::with(terraform, &PAY);
        scene.configure(&Endpoint { namespace: "attic.tiny1", ..PAY });
        scene.workspace.plan().exits(1).says("`attic.tiny1`");

        let there = scene.owner.endpoint("storage");
        scene.workspace.run(&["state", "rm", ADDRESS]).succeeds();
        scene.workspace.import(ADDRESS, "storage").succeeds();
        scene.configure(&Endpoint { name: "storage", ..PAY });
        scene.workspace.plan().exits(1).says("`attic.tiny1`");
        assert_eq!(scene.owner.endpoint("storage"), there);
    });
}

#[test]
fn a_wrong_key_without_showing_it() {
    on_every_terraform(|terraform| {
        let mut scene = Scene::new(terraform);
        scene.use_key("a-key-that-nobody-has");
        scene.configure(&PAY);
        scene.workspace.plan().exits(1).says("key").never_says("a-key-that-nobody-has");
    });
}

#[test]
fn a_registry_that_is_down() {
    on_every_terraform(|terraform| {
        let Scene { dev, workspace, .. } = {
            let scene = Scene::new(terraform);
            scene.configure(&PAY);
            scene
        };
        let address = dev.grpc().to_owned();
        drop(dev);
        workspace.plan().exits(1).says(&address);
    });
}

#[test]
fn a_name_that_is_taken_and_leaves_the_others_endpoint_alone() {
    on_every_terraform(|terraform| {
        let scene = Scene::new(terraform);
        scene.configure(&PAY);
        scene.workspace.plan_to("plan").succeeds();
        scene.owner.create(&spec("pay", "vault.tiny1", "their-queue", &[]));
        let there = scene.owner.endpoint("pay");
        scene.workspace.apply_plan("plan").exits(1).says("`pay`");
        assert_eq!(scene.owner.endpoint("pay"), there);
        assert_eq!(scene.workspace.resource(ADDRESS), None);
    });
}

#[test]
fn nobody_needs_rights_to_see_that_nothing_changes() {
    on_every_terraform(|terraform| {
        let mut scene = Scene::with(terraform, &PAY);
        scene.act_as("service_account.reader");
        scene.is_settled();
    });
}

#[test]
fn a_destroy_that_the_registry_refuses_keeps_the_state() {
    on_every_terraform(|terraform| {
        let mut scene = Scene::with(terraform, &PAY);
        scene.act_as("service_account.reader");
        scene
            .workspace
            .run(&["plan", "-destroy", "-no-color", "-input=false"])
            .exits(1)
            .says("may not delete");
        scene.workspace.destroy().exits(1).says("`pay`");
        assert!(scene.owner.find("pay").is_some());
        assert!(scene.workspace.resource(ADDRESS).is_some());
    });
}
