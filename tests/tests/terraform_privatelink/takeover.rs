//! A rule that exists already comes under Terraform.

use crate::attachment::attachment;
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
            .says("connectivity rule `vpce-nowhere` does not exist");
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

#[test]
fn what_is_left_out_is_no_change() {
    on_every_terraform(|terraform| {
        let scene = Scene::new(terraform);
        let (hub, public) = (scene.hub(), scene.public());
        scene.owner.attach(LEDGER, &[&hub, &public]);
        scene.configure(&mapping(""));
        scene.workspace.write("import.tf", &format!("import {{\n  to = {ADDRESS}\n  id = {hub:?}\n}}\n"));
        let run = scene.workspace.apply().succeeds().says("1 imported, 0 added, 0 changed, 0 destroyed");
        assert_eq!(run.warnings(), Vec::<&str>::new(), "{run}");
        scene.is_settled();
        // What others attach is none either, and the next write leaves it alone.
        scene.owner.attach(VAULT, &[&hub, &public]);
        scene.is_settled();
        scene.configure(&mapping("endpoint_address = \"10.0.0.1\""));
        scene.workspace.apply().succeeds().says("0 added, 1 changed, 0 destroyed");
        assert_eq!((scene.attached(LEDGER).len(), scene.attached(VAULT).len()), (2, 2));
        assert_eq!(scene.workspace.attributes(ADDRESS)["namespace_ids"], json!(null));
        scene.is_settled();
    });
}

#[test]
fn an_attachment_comes_with_whether_the_internet_keeps_its_way_in() {
    on_every_terraform(|terraform| {
        for (kept, line) in [(true, "keep_public = true"), (true, ""), (false, "")] {
            let scene = Scene::new(terraform);
            let (hub, public) = (scene.hub(), scene.public());
            scene.owner.attach(LEDGER, &[&*hub, &public][..if kept { 2 } else { 1 }]);
            let address = "temporalnexus_privatelink_attachment.it";
            let block = format!("import {{\n  to = {address}\n  id = \"{hub}/{LEDGER}\"\n}}\n");
            scene.configure(&format!("{}{block}", attachment(&hub, LEDGER, line)));
            scene.workspace.apply().succeeds().says("1 imported, 0 added, 0 changed, 0 destroyed");
            scene.is_settled();
            let state = scene.workspace.attributes(address);
            assert_eq!(state["keep_public"], if kept { json!(true) } else { json!(null) });
        }
    });
}
