//! What others change is shown by the next plan and put back by the next apply.

use crate::scene::{ADDRESS, LEDGER, Scene, VAULT, mapping, on_every_terraform};

const OPEN: &str = "namespace_ids = [\"ledger.tiny1\"]\n  keep_public = true";

#[test]
fn a_namespace_detached_outside_is_attached_again() {
    on_every_terraform(|terraform| {
        let scene = Scene::new(terraform);
        scene.configure(&mapping(OPEN));
        scene.applies("1 added");
        let before = scene.attached(LEDGER);
        scene.owner.attach(LEDGER, &[]);
        scene
            .workspace
            .plan()
            .exits(2)
            .says("+ \"ledger.tiny1\"")
            .says("0 to add, 1 to change, 0 to destroy");
        scene.applies("1 changed");
        let mut after = scene.attached(LEDGER);
        after.sort();
        let mut before = before;
        before.sort();
        assert_eq!(after, before);
    });
}

#[test]
fn a_namespace_attached_outside_is_detached_and_keeps_its_other_rules() {
    on_every_terraform(|terraform| {
        let scene = Scene::new(terraform);
        let spoke = scene.spoke();
        scene.configure(&mapping(OPEN));
        scene.applies("1 added");
        scene.owner.attach(VAULT, &[&spoke, &scene.rule_id()]);
        scene.workspace.plan().exits(2).says("- \"vault.tiny1\"");
        scene.applies("1 changed");
        assert_eq!(scene.attached(VAULT), [spoke]);
    });
}

#[test]
fn a_namespace_closed_outside_is_opened_only_where_that_is_agreed_to() {
    on_every_terraform(|terraform| {
        let scene = Scene::new(terraform);
        scene.configure(&mapping(OPEN));
        scene.applies("1 added");
        scene.owner.attach(LEDGER, &[&scene.rule_id()]);
        scene.configure(&mapping(&format!("{OPEN}\n  endpoint_address = \"vpce.example.com\"")));
        scene.workspace.plan().exits(1).says("`ledger.tiny1` would be opened to the internet");
        scene.configure(&mapping(&format!("{OPEN}\n  allow_public_reopen = true")));
        scene.workspace.plan().exits(2).says("~ keep_public = false -> true");
        scene.workspace.apply().succeeds().says("1 changed");
        scene.is_settled();
        assert_eq!(scene.attached(LEDGER).len(), 2);
    });
}

#[test]
fn a_rule_deleted_outside_is_made_anew() {
    on_every_terraform(|terraform| {
        let scene = Scene::new(terraform);
        scene.configure(&mapping(OPEN));
        scene.applies("1 added");
        let before = scene.rule_id();
        scene.owner.attach(LEDGER, &[]);
        scene.owner.delete_rule(&before);
        scene.workspace.plan().exits(2).says("1 to add, 0 to change, 0 to destroy");
        scene.applies("1 added");
        assert!(scene.rule_id() != before && scene.attached(LEDGER).contains(&scene.rule_id()));
        scene.owner.attach(LEDGER, &[]);
        scene.owner.delete_rule(&scene.rule_id());
        scene.workspace.destroy().succeeds();
        assert_eq!(scene.workspace.resource(ADDRESS), None);
    });
}
