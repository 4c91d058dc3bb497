//! `moved` from the connectivity rules of Temporal's own provider: the state changes hands, and the registry sees nothing.

use crate::scene::{ADDRESS, HUB, LEDGER, REGION, Scene, mapping, on_every_terraform};
use serde_json::{Value, json};

const MOVED: &str = "moved {\n  from = temporalcloud_connectivity_rule.it\n  to = ";
const HOSTS: [&str; 2] = ["registry.terraform.io", "terraform.example.com"];

/// A state as Temporal's provider, from `host`, leaves one of its rules.
fn state(host: &str, attributes: &Value) -> String {
    let instance = json!({ "schema_version": 0, "attributes": attributes, "sensitive_attributes": [] });
    let resource = json!({
        "mode": "managed", "type": "temporalcloud_connectivity_rule", "name": "it",
        "provider": format!("provider[\"{host}/temporalio/temporalcloud\"]"), "instances": [instance],
    });
    let state = json!({
        "version": 4, "terraform_version": "1.9.0", "serial": 1, "outputs": {}, "resources": [resource],
        "lineage": "3f0f4a53-8d1c-7f0e-2f6c-0f0a53b9b6a1",
    });
    state.to_string()
}

fn attributes(rule: &str, kind: &str) -> Value {
    let private = kind == "private";
    json!({
        "id": rule, "connectivity_type": kind, "enable_stable_ips": false, "gcp_project_id": null, "timeouts": null,
        "connection_id": if private { json!(HUB) } else { json!(null) },
        "region": if private { json!(REGION) } else { json!(null) },
    })
}

#[test]
fn a_private_rule_becomes_a_mapping_that_leaves_attachments_to_others() {
    on_every_terraform(|terraform| {
        for host in HOSTS {
            let scene = Scene::new(terraform);
            let hub = scene.hub();
            scene.owner.attach(LEDGER, &[&hub]);
            scene.workspace.stub(&format!("{host}/temporalio/temporalcloud"));
            scene.workspace.write("terraform.tfstate", &state(host, &attributes(&hub, "private")));
            scene.configure(&(mapping("") + MOVED + ADDRESS + "\n}\n"));
            scene
                .workspace
                .plan()
                .says("has moved to temporalnexus_privatelink_mapping.it")
                .says("0 to add, 0 to change, 0 to destroy");
            scene.workspace.apply().succeeds().says("0 added, 0 changed, 0 destroyed");
            scene.is_settled();
            assert_eq!((scene.rule_id(), scene.attached(LEDGER)), (hub.clone(), vec![hub.clone()]));
            assert_eq!(scene.owner.rules().len(), 1);
        }
    });
}

#[test]
fn the_public_rule_becomes_ours() {
    on_every_terraform(|terraform| {
        let scene = Scene::new(terraform);
        let public = scene.public();
        scene.workspace.stub(&format!("{}/temporalio/temporalcloud", HOSTS[0]));
        scene.workspace.write("terraform.tfstate", &state(HOSTS[0], &attributes(&public, "public")));
        let address = "temporalnexus_public_connectivity_rule.it";
        let block = "resource \"temporalnexus_public_connectivity_rule\" \"it\" {}\n";
        scene.configure(&format!("{block}{MOVED}{address}\n}}\n"));
        scene.workspace.apply().succeeds().says("0 added, 0 changed, 0 destroyed");
        scene.is_settled();
        assert_eq!(scene.workspace.attributes(address)["id"], json!(public));
        assert_eq!(scene.owner.rules().len(), 1);
    });
}

#[test]
fn a_rule_of_the_other_kind_is_refused() {
    on_every_terraform(|terraform| {
        let scene = Scene::new(terraform);
        let public = scene.public();
        scene.workspace.stub(&format!("{}/temporalio/temporalcloud", HOSTS[0]));
        let before = state(HOSTS[0], &attributes(&public, "public"));
        scene.workspace.write("terraform.tfstate", &before);
        scene.configure(&(mapping("") + MOVED + ADDRESS + "\n}\n"));
        scene.workspace.plan().exits(1).says("temporalnexus_public_connectivity_rule");
    });
}
