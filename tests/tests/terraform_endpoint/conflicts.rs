//! What happens between a plan and its apply: a change to what we manage stops us, any other does not.

use crate::scene::{Endpoint, PAY, Scene, on_every_terraform};
use serde_json::{Value, json};
use tests::account::{callers, description, policies};
use tests::terraform::Terraform;

/// Plans `to`, lets someone else make `change`, applies the plan.
#[track_caller]
fn meet(
    terraform: &Terraform,
    from: &Endpoint,
    to: &Endpoint,
    change: impl Fn(&mut Value),
) -> (Scene, tests::run::Run) {
    let scene = Scene::with(terraform, from);
    scene.configure(to);
    scene.workspace.plan_to("plan").succeeds();
    scene.owner.change("pay", change);
    let run = scene.workspace.apply_plan("plan");
    (scene, run)
}

/// A change to a managed attribute is refused, survives as it is, and the next plan shows it.
#[track_caller]
fn refuses(change: impl Fn(&mut Value), attribute: &str) {
    on_every_terraform(|terraform| {
        let to = Endpoint { description: Some("Ours."), ..PAY };
        let (scene, run) = meet(terraform, &PAY, &to, &change);
        run.exits(1).says(attribute);
        let mut spec = scene.owner.endpoint("pay")["spec"].clone();
        let found = spec.clone();
        change(&mut spec);
        assert_eq!(found, spec, "the change from outside survives whole");
        assert_ne!(found["description"], description("Ours."));

        scene.workspace.plan().exits(2);
        scene.workspace.apply().succeeds();
        scene.is_settled();
    });
}

#[test]
fn a_description_changed_outside_is_not_overwritten() {
    refuses(|spec| spec["description"] = description("Theirs."), "description");
}

#[test]
fn an_allowlist_changed_outside_is_not_overwritten() {
    refuses(|spec| spec["policySpecs"] = policies(&["cart.tiny1"]), "allowed_caller_namespaces");
}

#[test]
fn a_target_changed_outside_is_not_overwritten() {
    let queue = |spec: &mut Value| spec["targetSpec"]["workerTargetSpec"]["taskQueue"] = json!("their-queue");
    refuses(queue, "task_queue");
}

#[test]
fn a_change_outside_to_what_is_not_managed_is_no_obstacle() {
    on_every_terraform(|terraform| {
        let from = Endpoint { callers: None, ..PAY };
        let to = Endpoint { description: Some("Ours."), ..from };
        let change = |spec: &mut Value| spec["policySpecs"] = policies(&["cart.tiny1"]);
        let (scene, run) = meet(terraform, &from, &to, change);
        run.succeeds().says("0 added, 1 changed, 0 destroyed");
        let there = scene.owner.endpoint("pay");
        assert_eq!(there["spec"]["description"], description("Ours."));
        assert_eq!(callers(&there), ["cart.tiny1"]);
        scene.is_settled();
    });
}

#[test]
fn taking_over_an_allowlist_revokes_nobody_that_the_plan_did_not_show() {
    on_every_terraform(|terraform| {
        let from = Endpoint { callers: None, ..PAY };
        let to = Endpoint { callers: Some(&[]), ..PAY };
        let change = |spec: &mut Value| spec["policySpecs"] = policies(&["cart.tiny1"]);
        let (scene, run) = meet(terraform, &from, &to, change);
        run.exits(1).says("allowed_caller_namespaces").says("cart.tiny1");
        assert_eq!(callers(&scene.owner.endpoint("pay")), ["cart.tiny1"]);

        scene.workspace.apply().succeeds();
        assert_eq!(callers(&scene.owner.endpoint("pay")), <[&str; 0]>::default());
        scene.is_settled();
    });
}

#[test]
fn a_change_outside_that_is_what_we_planned_is_no_obstacle() {
    on_every_terraform(|terraform| {
        let to = Endpoint { description: Some("Ours."), ..PAY };
        let (scene, run) = meet(terraform, &PAY, &to, |spec| spec["description"] = description("Ours."));
        run.succeeds();
        scene.is_settled();
    });
}
