//! The block `timeouts`: how long Terraform waits, and what it keeps when it stops waiting.

use crate::scene::{Endpoint, PAY, Scene, on_every_terraform};

#[test]
fn a_create_that_takes_too_long_keeps_the_id_and_is_not_made_twice() {
    on_every_terraform(|terraform| {
        let scene = Scene::slow(terraform, "5s");
        scene.configure(&Endpoint { timeouts: Some("create = \"1s\""), ..PAY });
        let run = scene.workspace.apply().succeeds().says("1 added");
        assert_eq!(run.warnings().len(), 1, "{run}");
        let id = scene.id();
        assert_eq!(tests::account::id(&scene.owner.endpoint("pay")), id);

        scene.workspace.apply().succeeds().says("0 added").says("0 destroyed");
        assert_eq!(scene.id(), id);
        assert_eq!(scene.owner.endpoints().len(), 2);
    });
}

#[test]
fn a_create_within_its_time_is_waited_for() {
    on_every_terraform(|terraform| {
        let scene = Scene::slow(terraform, "300ms");
        scene.configure(&Endpoint { timeouts: Some("create = \"1m\""), ..PAY });
        let run = scene.workspace.apply().succeeds();
        assert_eq!(run.warnings(), Vec::<&str>::new(), "{run}");
        scene.is_settled();
        scene.workspace.destroy().succeeds();
        assert_eq!(scene.owner.find("pay"), None);
    });
}

#[test]
fn a_time_that_is_none_is_refused() {
    on_every_terraform(|terraform| {
        let scene = Scene::new(terraform);
        scene.configure(&Endpoint { timeouts: Some("create = \"soon\""), ..PAY });
        scene.workspace.plan().exits(1).says("`soon` is not a valid timeout").says("create = \"soon\"");
    });
}

#[test]
fn a_changed_timeout_changes_nothing_in_the_account() {
    on_every_terraform(|terraform| {
        let scene = Scene::with(terraform, &PAY);
        let there = scene.owner.endpoint("pay");
        scene.configure(&Endpoint { timeouts: Some("update = \"2m\""), ..PAY });
        scene.workspace.apply().succeeds();
        assert_eq!(scene.owner.endpoint("pay"), there);
        scene.is_settled();
    });
}
