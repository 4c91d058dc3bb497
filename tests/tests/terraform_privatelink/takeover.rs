//! A rule that exists already comes under Terraform.

use crate::scene::{ADDRESS, HUB, LEDGER, PROVIDER, Scene, VAULT, mapping, on_every_terraform};
use serde_json::json;

#[test]
fn imports_by_rule_and_by_connection() {
    on_every_terraform(|terraform| {
        let scene = Scene::new(terraform);
        let (hub, public) = (scene.hub(), scene.public());
        scene.owner.attach(LEDGER, &[&hub, &public]);
        scene.configure(&mapping("namespace_ids = [\"ledger.tiny1\"]\n  keep_public = true"));
        for key in [hub.as_str(), HUB] {
            scene.workspace.import(ADDRESS, key).succeeds();
            assert_eq!(scene.rule_id(), hub);
            scene.is_settled();
            scene.workspace.run(&["state", "rm", ADDRESS]).succeeds();
        }
        scene
            .workspace
            .import(ADDRESS, "vpce-nowhere")
            .exits(1)
            .says("there is no connectivity rule `vpce-nowhere`");
        scene.workspace.import(ADDRESS, &public).exits(1).says("is not private");
    });
}

#[test]
fn a_block_generates_a_configuration_that_fits() {
    on_every_terraform(|terraform| {
        let scene = Scene::new(terraform);
        let hub = scene.hub();
        scene.owner.attach(LEDGER, &[&hub]);
        scene.owner.attach(VAULT, &[&hub]);
        let mut keys = vec![format!("id = {hub:?}"), format!("id = {HUB:?}")];
        if scene.workspace.at_least(1, 12) {
            keys.push(format!("identity = {{ connectivity_rule_id = {hub:?} }}"));
        }
        for key in keys {
            scene
                .workspace
                .write("main.tf", &format!("{PROVIDER}\nimport {{\n  to = {ADDRESS}\n  {key}\n}}\n"));
            let plan = ["plan", "-no-color", "-input=false", "-generate-config-out=generated.tf"];
            scene.workspace.run(&plan).succeeds().says("1 to import, 0 to add, 0 to change, 0 to destroy");
            let run = scene.workspace.apply().succeeds().says("1 imported, 0 added, 0 changed, 0 destroyed");
            assert_eq!(run.warnings(), Vec::<&str>::new(), "{run}");
            scene.is_settled();
            let state = scene.workspace.attributes(ADDRESS);
            assert_eq!(state["namespace_ids"], json!([LEDGER, VAULT]));
            scene.workspace.run(&["state", "rm", ADDRESS]).succeeds();
            std::fs::remove_file(scene.workspace.path().join("generated.tf")).unwrap();
        }
    });
}
