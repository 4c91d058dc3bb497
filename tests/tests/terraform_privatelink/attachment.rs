//! `temporalnexus_privatelink_attachment`.

use crate::scene::{CI, PROVIDER, Scene, on_every_terraform};
use serde_json::json;

const ADDRESS: &str = "temporalnexus_privatelink_attachment.it";
const LEDGER: &str = "ledger.tiny1";

/// The resource, with more lines in it.
pub fn attachment(rule: &str, namespace: &str, lines: &str) -> String {
    format!(
        "resource \"temporalnexus_privatelink_attachment\" \"it\" {{\n  connectivity_rule_id = {rule:?}\n  \
         namespace_id = {namespace:?}\n{lines}\n}}\n"
    )
}

const LOCKOUT: &str = "  allow_public_lockout = true";

#[test]
fn is_added_to_what_others_attached_and_taken_from_it_again() {
    on_every_terraform(|terraform| {
        let mut scene = Scene::new(terraform);
        let (hub, spoke) = (scene.hub(), scene.spoke());
        scene.owner.attach(LEDGER, &[&spoke]);
        // Namespace Admin is enough.
        scene.act_as(CI);
        scene.configure(&attachment(&hub, LEDGER, ""));
        scene.applies("1 added");
        assert_eq!(scene.attached(LEDGER), [spoke.clone(), hub.clone()]);
        let run = scene.workspace.destroy().succeeds().says("1 destroyed");
        assert_eq!(run.warnings(), Vec::<&str>::new(), "{run}");
        assert_eq!(scene.attached(LEDGER), [spoke]);
    });
}

#[test]
fn the_first_rule_says_what_will_stop_working() {
    on_every_terraform(|terraform| {
        let scene = Scene::new(terraform);
        let hub = scene.hub();
        scene.configure(&attachment(&hub, LEDGER, ""));
        let plan = scene.workspace.plan().exits(1);
        assert_eq!(plan.errors(), ["`ledger.tiny1` would be closed to the internet"], "{plan}");
        let _ = plan.says("`vpce-0123456789abcdef0` in `aws-us-east-1`").says("stop working immediately");
        scene.configure(&attachment(&hub, LEDGER, LOCKOUT));
        let run = scene.workspace.apply().succeeds().says("1 added");
        assert_eq!(run.warnings(), ["`ledger.tiny1` would be closed to the internet"], "{run}");
        scene.is_settled();
        assert_eq!(scene.attached(LEDGER), [hub]);
    });
}

#[test]
fn the_public_rule_comes_with_it_and_goes_with_it() {
    on_every_terraform(|terraform| {
        let scene = Scene::new(terraform);
        let hub = scene.hub();
        scene.configure(&attachment(&hub, LEDGER, "  keep_public = true"));
        scene.applies("1 added");
        assert_eq!((scene.attached(LEDGER).len(), scene.owner.rules().len()), (2, 2));
        let run = scene.workspace.destroy().succeeds();
        assert_eq!(run.warnings(), Vec::<&str>::new(), "{run}");
        assert_eq!((scene.attached(LEDGER).len(), scene.owner.rules().len()), (0, 2));
    });
}

#[test]
fn a_public_rule_that_was_detached_outside_is_attached_again_where_that_may_open() {
    on_every_terraform(|terraform| {
        let scene = Scene::new(terraform);
        let hub = scene.hub();
        scene.configure(&attachment(&hub, LEDGER, "  keep_public = true"));
        scene.applies("1 added");
        scene.owner.attach(LEDGER, &[&hub]);
        scene.workspace.plan().exits(1).says("`ledger.tiny1` would be opened to the internet");
        scene.configure(&attachment(&hub, LEDGER, "  keep_public = true\n  allow_public_reopen = true"));
        scene.workspace.plan().exits(2).says("~ keep_public = false -> true");
        scene.workspace.apply().succeeds().says("1 changed");
        scene.is_settled();
        assert_eq!(scene.attached(LEDGER).len(), 2);
    });
}

#[test]
fn the_last_rule_is_not_detached_unless_that_is_agreed_to() {
    on_every_terraform(|terraform| {
        let scene = Scene::new(terraform);
        let hub = scene.hub();
        scene.configure(&attachment(&hub, LEDGER, LOCKOUT));
        scene.workspace.apply().succeeds();
        let run = scene.workspace.destroy().exits(1).says("allow_public_reopen = true");
        assert_eq!(run.errors(), ["`ledger.tiny1` would be opened to the internet"], "{run}");
        assert_eq!(scene.attached(LEDGER), [hub.as_str()]);
        scene.configure(&attachment(&hub, LEDGER, "  allow_public_reopen = true"));
        scene.applies("1 changed");
        let run = scene.workspace.destroy().succeeds();
        assert_eq!(run.warnings(), ["`ledger.tiny1` would be opened to the internet"], "{run}");
        assert!(scene.attached(LEDGER).is_empty());
    });
}

#[test]
fn two_that_are_detached_in_one_run_are_judged_together() {
    on_every_terraform(|terraform| {
        let scene = Scene::new(terraform);
        let (hub, spoke) = (scene.hub(), scene.spoke());
        let both = [
            attachment(&hub, LEDGER, LOCKOUT),
            attachment(&spoke, LEDGER, LOCKOUT).replace("\"it\"", "\"other\""),
        ];
        scene.configure(&both.concat());
        scene.workspace.apply().succeeds().says("2 added");
        scene.workspace.destroy().exits(1).says("`ledger.tiny1` would be opened to the internet");
        assert_eq!(scene.attached(LEDGER).len(), 2);
    });
}

#[test]
fn closing_and_opening_is_judged_again_by_the_apply() {
    on_every_terraform(|terraform| {
        let scene = Scene::new(terraform);
        let (hub, spoke) = (scene.hub(), scene.spoke());
        scene.owner.attach(LEDGER, &[&spoke]);
        scene.configure(&attachment(&hub, LEDGER, ""));
        scene.workspace.plan_to("plan").succeeds();
        scene.owner.attach(LEDGER, &[]);
        scene.workspace.apply_plan("plan").exits(1).says("`ledger.tiny1` would be closed to the internet");
        assert!(scene.attached(LEDGER).is_empty());

        scene.owner.attach(LEDGER, &[&spoke]);
        scene.applies("1 added");
        scene.workspace.run(&["plan", "-destroy", "-no-color", "-input=false", "-out=plan"]).succeeds();
        scene.owner.attach(LEDGER, &[&hub]);
        scene.workspace.apply_plan("plan").exits(1).says("`ledger.tiny1` would be opened to the internet");
        assert_eq!(scene.attached(LEDGER), [hub]);
    });
}

#[test]
fn another_namespace_or_rule_is_another_attachment() {
    on_every_terraform(|terraform| {
        let scene = Scene::new(terraform);
        let (hub, spoke) = (scene.hub(), scene.spoke());
        let consent = "  keep_public = true";
        scene.configure(&attachment(&hub, LEDGER, consent));
        scene.applies("1 added");
        scene.configure(&attachment(&hub, "vault.tiny1", consent));
        scene.applies("0 added, 1 changed, 0 destroyed");
        assert_eq!((scene.attached(LEDGER).len(), scene.attached("vault.tiny1").len()), (0, 2));
        scene.configure(&attachment(&spoke, "vault.tiny1", consent));
        scene.applies("0 added, 1 changed, 0 destroyed");
        assert!(scene.attached("vault.tiny1").contains(&spoke));
    });
}

#[test]
fn one_that_is_detached_outside_is_attached_again() {
    on_every_terraform(|terraform| {
        let scene = Scene::new(terraform);
        let (hub, spoke) = (scene.hub(), scene.spoke());
        scene.owner.attach(LEDGER, &[&spoke]);
        scene.configure(&attachment(&hub, LEDGER, ""));
        scene.applies("1 added");
        scene.owner.attach(LEDGER, &[&spoke]);
        scene.workspace.plan().exits(2).says("1 to add, 0 to change, 0 to destroy");
        scene.applies("1 added");
        assert_eq!(scene.attached(LEDGER), [spoke, hub]);
    });
}

#[test]
fn is_imported_by_rule_and_namespace() {
    on_every_terraform(|terraform| {
        let scene = Scene::new(terraform);
        let hub = scene.hub();
        scene.owner.attach(LEDGER, &[&hub]);
        scene.configure(&attachment(&hub, LEDGER, ""));
        scene.workspace.import(ADDRESS, &format!("{hub}/{LEDGER}")).succeeds();
        scene.is_settled();
        scene.workspace.run(&["state", "rm", ADDRESS]).succeeds();
        scene.workspace.import(ADDRESS, &hub).exits(1).says("is not a valid import id");
        scene.workspace.import(ADDRESS, &format!("{hub}/vault.tiny1")).exits(1).says("is not attached to");

        let mut keys = vec![format!("id = \"{hub}/{LEDGER}\"")];
        if scene.workspace.at_least(1, 12) {
            keys.push(format!("identity = {{ connectivity_rule_id = {hub:?}, namespace_id = {LEDGER:?} }}"));
        }
        for key in keys {
            scene
                .workspace
                .write("main.tf", &format!("{PROVIDER}\nimport {{\n  to = {ADDRESS}\n  {key}\n}}\n"));
            let plan = ["plan", "-no-color", "-input=false", "-generate-config-out=generated.tf"];
            scene.workspace.run(&plan).succeeds().says("1 to import, 0 to add, 0 to change, 0 to destroy");
            scene.workspace.apply().succeeds().says("1 imported, 0 added, 0 changed, 0 destroyed");
            scene.is_settled();
            assert_eq!(scene.workspace.attributes(ADDRESS)["namespace_id"], json!(LEDGER));
            scene.workspace.run(&["state", "rm", ADDRESS]).succeeds();
            std::fs::remove_file(scene.workspace.path().join("generated.tf")).unwrap();
        }
    });
}

#[test]
fn what_cannot_be_is_refused_at_its_attribute() {
    on_every_terraform(|terraform| {
        let mut scene = Scene::new(terraform);
        let hub = scene.hub();
        scene.configure(&attachment("", "ledger", ""));
        let run = scene.workspace.validate().exits(1);
        let _ = run.says("namespace_id = \"ledger\"").says("connectivity_rule_id = \"\"");
        for (namespace, said) in [
            ("ledgr.tiny1", "the Namespace `ledgr.tiny1` does not exist"),
            ("ledger.other9", "in another account"),
            ("attic.tiny1", "`attic.tiny1` is not in `aws-us-east-1`"),
        ] {
            scene.configure(&attachment(&hub, namespace, LOCKOUT));
            scene.workspace.plan().exits(1).says(said).says(&format!("namespace_id = {namespace:?}"));
        }
        scene.configure(&attachment("no-such-rule", LEDGER, LOCKOUT));
        scene.workspace.plan().exits(1).says("`no-such-rule` does not exist").says("connectivity_rule_id =");
        scene.act_as(CI);
        scene.configure(&attachment(&hub, "shop.tiny1", LOCKOUT));
        scene.workspace.plan().exits(1).says("Namespace Admin on `shop.tiny1`");
        scene.configure(&attachment(&hub, LEDGER, "  keep_public = true"));
        scene.workspace.plan().exits(1).says("may not create the public connectivity rule");
    });
}
