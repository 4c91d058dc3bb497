//! A registry that fails: nothing is orphaned, lost from the state or made twice, and the next apply converges.

use crate::scene::{ADDRESS, Endpoint, PAY, Scene, on_every_terraform};
use serde_json::json;
use tests::account::{callers, id};

const CHANGED: Endpoint = Endpoint { description: Some("Keeps it."), callers: Some(&["cart.tiny1"]), ..PAY };

impl Scene {
    /// The account has exactly one Endpoint beside its own: the one in the state.
    #[track_caller]
    fn holds_one(&self) {
        assert_eq!(id(&self.owner.endpoint("pay")), self.id());
        assert_eq!(self.owner.endpoints().len(), 2, "one of the account and ours");
    }

    /// Creates, changes and destroys; each works at once.
    #[track_caller]
    fn lives(&self) {
        self.configure(&PAY);
        self.workspace.apply().succeeds().says("1 added, 0 changed, 0 destroyed");
        self.holds_one();
        self.is_settled();
        let id = self.id();
        self.configure(&CHANGED);
        self.workspace.apply().succeeds().says("0 added, 1 changed, 0 destroyed");
        assert_eq!((callers(&self.owner.endpoint("pay")), self.id()), (vec!["cart.tiny1".to_owned()], id));
        self.is_settled();
        self.workspace.destroy().succeeds().says("1 destroyed");
        assert_eq!(self.owner.endpoints().len(), 1);
    }
}

#[test]
fn connections_that_end_after_the_write_was_done() {
    on_every_terraform(|terraform| {
        let drop = |method| format!("drop-after-commit,method={method}NexusEndpoint,times=1");
        let faults = ["Create", "Update", "Delete"].map(drop);
        Scene::faulty(terraform, &faults.each_ref().map(String::as_str)).lives();
    });
}

#[test]
fn a_registry_that_is_unavailable_or_throttles_now_and_then() {
    on_every_terraform(|terraform| {
        let faults = [
            "unavailable,method=CreateNexusEndpoint,times=2",
            "unavailable,method=GetAsyncOperation,times=1",
            "resource-exhausted:50ms,method=UpdateNexusEndpoint,times=2",
            "resource-exhausted:50ms,method=GetNexusEndpoints,times=2",
            "unavailable,method=DeleteNexusEndpoint,times=1",
        ];
        Scene::faulty(terraform, &faults).lives();
    });
}

#[test]
fn a_newer_api_with_fields_that_nobody_knows() {
    on_every_terraform(|terraform| Scene::faulty(terraform, &["unknown-fields"]).lives());
}

/// The registry that is embedded keeps nothing that it does not know, so the log tells what came back to it.
#[test]
fn what_a_newer_api_adds_to_an_endpoint_comes_back_with_an_update() {
    on_every_terraform(|terraform| {
        let mut scene = Scene::faulty(terraform, &["unknown-fields"]);
        scene.configure(&PAY);
        scene.workspace.apply().succeeds();
        scene.workspace.set([("TF_LOG", "trace")]);
        scene.configure(&CHANGED);
        let run = scene.workspace.apply().succeeds();
        let update = format!("cloud/nexus/endpoints/{}", scene.id());
        let is_update = |line: &&str| line.contains("request body") && line.contains(&update);
        let sent: Vec<_> = run.stderr.lines().filter(is_update).collect();
        assert_eq!(sent.len(), 1, "one update is sent: {sent:?}");
        let kept = sent[0].matches("fieldOfANewerApi").count();
        assert_eq!(
            kept, 4,
            "of the specification, its description, its target and what is in that: {sent:?}"
        );
    });
}

#[test]
fn a_creation_that_is_rejected() {
    on_every_terraform(|terraform| {
        let scene =
            Scene::faulty(terraform, &["operation-rejected:no capacity,method=CreateNexusEndpoint,times=1"]);
        scene.configure(&PAY);
        scene.workspace.apply().exits(1).says("no capacity").says("rejected");
        assert_eq!(scene.owner.find("pay"), None);
        scene.workspace.apply().succeeds().says("1 added");
        scene.holds_one();
        scene.is_settled();
    });
}

#[test]
fn a_creation_that_fails_is_reported_and_made_anew() {
    on_every_terraform(|terraform| {
        let scene =
            Scene::faulty(terraform, &["operation-fails:no capacity,method=CreateNexusEndpoint,times=1"]);
        scene.configure(&PAY);
        scene.workspace.apply().exits(1).says("no capacity").says("ended in state failed");
        let first = scene.id();
        assert_eq!(id(&scene.owner.endpoint("pay")), first, "what exists is in the state");
        let plan = scene.workspace.plan().exits(2).says("1 to add, 0 to change, 1 to destroy");
        plan.says("could not be activated");
        scene.workspace.apply().succeeds().says("1 added, 0 changed, 1 destroyed");
        assert_ne!(scene.id(), first);
        scene.holds_one();
        scene.is_settled();
    });
}

#[test]
fn an_update_that_is_rejected_or_fails() {
    on_every_terraform(|terraform| {
        for (fault, then) in [("operation-rejected", None), ("operation-fails", Some("could not be updated"))]
        {
            let fault = format!("{fault}:no capacity,method=UpdateNexusEndpoint,times=1");
            let scene = Scene::faulty(terraform, &[&fault]);
            scene.configure(&PAY);
            scene.workspace.apply().succeeds();
            let before = scene.owner.endpoint("pay")["spec"].clone();
            scene.configure(&CHANGED);
            scene.workspace.apply().exits(1).says("no capacity");
            assert_eq!(scene.owner.endpoint("pay")["spec"], before);
            let state = scene.workspace.attributes(ADDRESS);
            assert_eq!(state["allowed_caller_namespaces"], json!(["shop.tiny1"]));
            let plan = scene.workspace.plan().exits(2);
            then.into_iter().fold(plan, |plan, said| plan.says(said));
            scene.workspace.apply().succeeds().says("0 added, 1 changed, 0 destroyed");
            scene.holds_one();
            scene.is_settled();
        }
    });
}

#[test]
fn a_deletion_that_fails_keeps_the_state_for_another_try() {
    on_every_terraform(|terraform| {
        let scene = Scene::faulty(terraform, &["operation-fails:in use,method=DeleteNexusEndpoint,times=1"]);
        scene.configure(&PAY);
        scene.workspace.apply().succeeds();
        scene.workspace.destroy().exits(1).says("in use");
        scene.holds_one();
        scene.workspace.destroy().succeeds().says("1 destroyed");
        assert_eq!(scene.owner.endpoints().len(), 1);
    });
}

#[test]
fn a_permission_that_counts_only_after_a_while() {
    on_every_terraform(|terraform| {
        let scene = Scene::faulty(terraform, &["permission-delay:2s"]);
        scene.owner.grant("ci", "attic.tiny1", "PERMISSION_ADMIN");
        scene.configure(&Endpoint { namespace: "attic.tiny1", ..PAY });
        // It may be refused until the permission counts; whatever is refused leaves nothing behind.
        let applied = (0..30).any(|_| {
            let run = scene.workspace.apply();
            assert!(run.code == Some(0) || scene.owner.find("pay").is_none(), "{run}");
            run.code == Some(0)
        });
        assert!(applied, "the permission never counted");
        scene.holds_one();
        scene.is_settled();
    });
}
