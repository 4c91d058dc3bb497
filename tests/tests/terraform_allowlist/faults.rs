//! What goes wrong on the way: nothing is lost, nothing is written twice, and the next apply converges.

use crate::scene::{CALLER, LIST, Scene, caller, list, on_every_terraform};
use tests::dev::{Dev, fixture};
use tests::run::Run;

/// Applies a new caller and a new list, each in an account with `fault`; `check` judges the first apply. The next one
/// converges.
#[track_caller]
fn meet(fault: &str, check: impl Fn(Run, &Scene, &str)) {
    on_every_terraform(|terraform| {
        for (address, blocks) in [
            (CALLER, caller("it", "\"PAY\"", "cart.tiny1")),
            (LIST, list("it", "\"PAY\"", &["cart.tiny1", "shop.tiny1"])),
        ] {
            let dev = Dev::with(&fixture("tiny.nexus.hcl"), &["--fault", fault]);
            let scene = Scene::on(dev, terraform, &["shop.tiny1"]);
            scene.configure(&blocks);
            check(scene.workspace.apply(), &scene, address);
            scene.workspace.apply().succeeds();
            assert_eq!(scene.callers(), ["cart.tiny1", "shop.tiny1"]);
            scene.is_settled();
        }
    });
}

#[test]
fn a_rejected_operation_is_an_error_and_leaves_no_state() {
    meet("operation-rejected:no capacity,method=UpdateNexusEndpoint,times=1", |run, scene, address| {
        run.exits(1).says("no capacity").says("rejected");
        assert_eq!(scene.workspace.resource(address), None);
        assert_eq!(scene.callers(), ["shop.tiny1"]);
    });
}

#[test]
fn a_lost_answer_is_found_again() {
    meet("drop-after-commit,method=UpdateNexusEndpoint,times=1", |run, scene, address| {
        run.succeeds().says("1 added");
        assert!(scene.workspace.resource(address).is_some());
    });
}

#[test]
fn settings_of_a_newer_registry_survive() {
    meet("unknown-fields", |run, _, _| drop(run.succeeds()));
}
