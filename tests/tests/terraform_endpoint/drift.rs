//! What others change is shown by the next plan and put back by the next apply.

use crate::scene::{ADDRESS, Endpoint, PAY, Scene, on_every_terraform};
use serde_json::{Value, json};
use tests::account::{description, payload, policies};

/// Changes one thing outside; the plan must show `shown`, the apply must restore the whole Endpoint.
#[track_caller]
fn check(change: impl Fn(&mut Value), shown: &str) {
    on_every_terraform(|terraform| {
        let scene = Scene::with(terraform, &PAY);
        let before = scene.owner.endpoint("pay")["spec"].clone();
        let id = scene.id();
        scene.owner.change("pay", &change);

        scene.workspace.plan().exits(2).says("0 to add, 1 to change, 0 to destroy").says(shown);
        scene.workspace.apply().succeeds().says("0 added, 1 changed, 0 destroyed");
        assert_eq!(scene.owner.endpoint("pay")["spec"], before);
        assert_eq!(scene.id(), id);
        scene.is_settled();
    });
}

#[test]
fn a_name_changed_outside_is_restored() {
    check(|spec| spec["name"] = json!("spend"), "\"spend\" -> \"pay\"");
}

#[test]
fn a_description_changed_outside_is_restored() {
    check(|spec| spec["description"] = description("Loses money."), "\"Loses money.\" -> \"Takes money.\"");
}

#[test]
fn a_description_emptied_outside_is_restored() {
    // Terraform shows a change, and OpenTofu an addition.
    check(|spec| spec["description"] = description(""), "\"Takes money.\"");
}

#[test]
fn a_description_removed_outside_is_restored() {
    let remove = |spec: &mut Value| drop(spec.as_object_mut().unwrap().remove("description"));
    check(remove, "+ description = \"Takes money.\"");
}

#[test]
fn a_task_queue_changed_outside_is_restored() {
    let change = |spec: &mut Value| spec["targetSpec"]["workerTargetSpec"]["taskQueue"] = json!("lost-queue");
    check(change, "\"lost-queue\" -> \"pay-queue\"");
}

#[test]
fn a_target_changed_outside_is_restored() {
    let change =
        |spec: &mut Value| spec["targetSpec"]["workerTargetSpec"]["namespaceId"] = json!("vault.tiny1");
    check(change, "\"vault.tiny1\" -> \"ledger.tiny1\"");
}

#[test]
fn a_caller_added_outside_is_removed() {
    check(|spec| spec["policySpecs"] = policies(&["shop.tiny1", "cart.tiny1"]), "- \"cart.tiny1\"");
}

#[test]
fn a_caller_removed_outside_is_restored() {
    check(|spec| spec["policySpecs"] = json!([]), "+ \"shop.tiny1\"");
}

#[test]
fn a_description_written_outside_where_none_is_configured_is_removed() {
    on_every_terraform(|terraform| {
        let scene = Scene::with(terraform, &Endpoint { description: None, ..PAY });
        scene.owner.change("pay", |spec| spec["description"] = description("Graffiti."));
        scene.workspace.plan().exits(2).says("- description = \"Graffiti.\" -> null");
        scene.workspace.apply().succeeds();
        assert_eq!(scene.owner.endpoint("pay")["spec"].get("description"), None);
        scene.is_settled();
    });
}

#[test]
fn a_description_in_an_unknown_encoding_is_left_untouched() {
    on_every_terraform(|terraform| {
        let scene = Scene::with(terraform, &Endpoint { description: None, ..PAY });
        let sealed = payload("binary/encrypted", b"\x00\xffsealed");
        scene.owner.change("pay", |spec| spec["description"] = sealed.clone());
        scene.workspace.plan().exits(0);

        scene.configure(&Endpoint { description: None, task_queue: "other-queue", ..PAY });
        scene.workspace.apply().succeeds();
        let there = scene.owner.endpoint("pay");
        assert_eq!(there["spec"]["description"], sealed);
        assert_eq!(there["spec"]["targetSpec"]["workerTargetSpec"]["taskQueue"], "other-queue");
        scene.workspace.plan().exits(0);
    });
}

#[test]
fn an_allowlist_that_others_own_is_no_drift() {
    on_every_terraform(|terraform| {
        let scene = Scene::with(terraform, &Endpoint { callers: None, ..PAY });
        scene.owner.change("pay", |spec| spec["policySpecs"] = policies(&["cart.tiny1"]));
        scene.is_settled();
    });
}

#[test]
fn an_endpoint_deleted_outside_is_created_again() {
    on_every_terraform(|terraform| {
        let scene = Scene::with(terraform, &PAY);
        let id = scene.id();
        scene.owner.delete("pay");
        scene.workspace.plan().exits(2).says("1 to add, 0 to change, 0 to destroy");
        scene.workspace.apply().succeeds().says("1 added, 0 changed, 0 destroyed");
        assert_eq!(tests::account::id(&scene.owner.endpoint("pay")), scene.id());
        assert_ne!(scene.id(), id);
        scene.is_settled();
    });
}

#[test]
fn an_endpoint_deleted_outside_is_no_obstacle_to_destroy() {
    on_every_terraform(|terraform| {
        let scene = Scene::with(terraform, &PAY);
        scene.owner.delete("pay");
        scene.workspace.run(&["destroy", "-no-color", "-auto-approve", "-refresh=false"]).succeeds();
        assert_eq!(scene.workspace.resource(ADDRESS), None);
    });
}
