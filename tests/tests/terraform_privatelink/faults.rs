//! A registry that fails: no rule is orphaned or made twice, nothing is lost from the state, and the next apply converges.

use crate::scene::{ADDRESS, LEDGER, Scene, VAULT, mapping, on_every_terraform};
use serde_json::json;

const BOTH: &str = "namespace_ids = [\"ledger.tiny1\", \"vault.tiny1\"]\n  keep_public = true";

/// With these faults a mapping is made and destroyed as without them.
#[track_caller]
fn changes_nothing(faults: &[&str]) {
    on_every_terraform(|terraform| {
        let scene = Scene::with(terraform, &["--control"]);
        let spoke = scene.spoke();
        faults.iter().for_each(|fault| scene.strike(fault));
        scene.configure(&mapping(BOTH));
        scene.applies("1 added");
        assert_eq!(scene.owner.rules().len(), 3);
        assert_eq!((scene.attached(LEDGER).len(), scene.attached(VAULT).len()), (2, 2));
        scene.workspace.destroy().succeeds().says("1 destroyed");
        let left = scene.owner.rules();
        assert!(left.len() == 2 && left.iter().any(|rule| tests::account::id(rule) == spoke), "{left:?}");
        assert!(scene.attached(LEDGER).is_empty() && scene.attached(VAULT).is_empty());
    });
}

#[test]
fn connections_that_break_after_the_registry_has_committed() {
    changes_nothing(&[
        "drop-after-commit,method=CreateConnectivityRule,times=2",
        "drop-after-commit,method=UpdateNamespace,times=2",
        "drop-after-commit,method=DeleteConnectivityRule,times=1",
    ]);
}

#[test]
fn a_registry_that_is_busy_for_a_while() {
    changes_nothing(&[
        "unavailable,method=CreateConnectivityRule,times=2",
        "unavailable,method=GetConnectivityRules,times=1",
        "resource-exhausted:1s,method=UpdateNamespace,times=2",
        "resource-exhausted:1s,method=DeleteConnectivityRule,times=1",
    ]);
}

#[test]
fn a_newer_registry() {
    changes_nothing(&["unknown-fields"]);
}

#[test]
fn rate_limits() {
    changes_nothing(&["rate-limits:1000/10/10"]);
}

/// One Namespace is not attached at creation; the state says so, and the next apply finishes in place.
#[track_caller]
fn is_finished_by_the_next_apply(fault: &str) {
    on_every_terraform(|terraform| {
        let scene = Scene::with(terraform, &["--fault", fault]);
        scene.configure(&mapping(BOTH));
        let run = scene.workspace.apply().succeeds().says("1 added").says("could not be changed");
        assert_eq!(run.warnings().len(), 1, "{run}");
        let rule = scene.rule_id();
        let reached = scene.workspace.attributes(ADDRESS)["namespaces"].as_object().unwrap().len();
        assert_eq!((reached, scene.attached(LEDGER).len() + scene.attached(VAULT).len()), (1, 2));
        scene.workspace.run(&["plan", "-refresh=false", "-no-color", "-detailed-exitcode"]).exits(2);
        scene.applies("0 added, 1 changed, 0 destroyed");
        assert_eq!(scene.rule_id(), rule);
        assert_eq!((scene.attached(LEDGER).len(), scene.attached(VAULT).len()), (2, 2));
    });
}

#[test]
fn an_attachment_that_is_rejected() {
    is_finished_by_the_next_apply("operation-rejected:not today,method=UpdateNamespace,times=1");
}

#[test]
fn an_attachment_that_fails() {
    is_finished_by_the_next_apply("operation-fails:not today,method=UpdateNamespace,times=1");
}

#[test]
fn a_change_that_is_half_done() {
    on_every_terraform(|terraform| {
        let fault = "operation-rejected:not today,method=UpdateNamespace,times=1";
        let scene = Scene::with(terraform, &["--control"]);
        scene.configure(&mapping("namespace_ids = []\n  keep_public = true"));
        scene.applies("1 added");
        scene.strike(fault);
        scene.configure(&mapping(BOTH));
        scene.workspace.apply().exits(1).says("ended in state rejected: not today");
        let state = scene.workspace.attributes(ADDRESS);
        assert_eq!(state["namespace_ids"].as_array().unwrap().len(), 1);
        assert_eq!(scene.attached(LEDGER).len() + scene.attached(VAULT).len(), 2);
        scene.applies("0 added, 1 changed, 0 destroyed");

        scene.strike(fault);
        scene.workspace.destroy().exits(1).says("was not deleted");
        assert_eq!(scene.workspace.attributes(ADDRESS)["connectivity_rule_id"], json!(scene.rule_id()));
        scene.workspace.destroy().succeeds();
        assert_eq!(scene.owner.rules().len(), 1);
        assert!(scene.attached(LEDGER).is_empty() && scene.attached(VAULT).is_empty());
    });
}

#[test]
fn a_rule_that_cannot_be_made() {
    on_every_terraform(|terraform| {
        for (fault, left) in [("operation-fails:no capacity", 1), ("operation-rejected:no capacity", 0)] {
            let scene = Scene::with(
                terraform,
                &["--fault", &format!("{fault},method=CreateConnectivityRule,times=1")],
            );
            scene.configure(&mapping("namespace_ids = []"));
            scene.workspace.apply().exits(1).says("no capacity");
            assert_eq!(scene.owner.rules().len(), left);
            scene.workspace.apply().succeeds().says("1 added");
            scene.is_settled();
            assert_eq!(scene.owner.rules().len(), 1);
        }
    });
}

#[test]
fn a_permission_that_takes_its_time() {
    on_every_terraform(|terraform| {
        let mut scene = Scene::with(terraform, &["--fault", "permission-delay:6s"]);
        let (hub, spoke) = (scene.hub(), scene.spoke());
        scene.owner.attach("cellar.tiny1", &[&spoke]);
        scene.owner.make_admin("ci", "cellar.tiny1");
        scene.act_as(crate::scene::CI);
        let address = "temporalnexus_privatelink_attachment.it";
        scene.configure(&format!(
            "resource \"temporalnexus_privatelink_attachment\" \"it\" {{\n  connectivity_rule_id = {hub:?}\n  \
             namespace_id = \"cellar.tiny1\"\n}}\n"
        ));
        // Whether the permission has come is a matter of time: until it has, every apply says so and leaves all as it was.
        let started = std::time::Instant::now();
        while scene.workspace.apply().code != Some(0) {
            assert!(started.elapsed().as_secs() < 120, "the permission never came");
            assert_eq!(
                (scene.attached("cellar.tiny1"), scene.workspace.resource(address)),
                (vec![spoke.clone()], None)
            );
        }
        scene.is_settled();
        assert_eq!(scene.attached("cellar.tiny1"), [spoke, hub]);
    });
}

#[test]
fn a_creation_that_outlasts_its_time_is_kept_and_finished() {
    on_every_terraform(|terraform| {
        let scene = Scene::with(terraform, &["--operation-time", "3s"]);
        scene.configure(&mapping("namespace_ids = [\"ledger.tiny1\"]\n  allow_public_lockout = true\n  timeouts {\n    create = \"1s\"\n  }"));
        let run =
            scene.workspace.apply().succeeds().says("is still being created").says("is not attached yet");
        assert_eq!(run.warnings().len(), 3, "{run}");
        let rule = scene.rule_id();
        scene.workspace.apply().succeeds().says("0 added, 1 changed, 0 destroyed");
        scene.is_settled();
        assert_eq!((scene.rule_id(), scene.attached(LEDGER)), (rule.clone(), vec![rule]));
        assert_eq!(scene.owner.rules().len(), 1);
    });
}
