//! An Endpoint moves from Temporal's own provider to this one: nothing happens to it, and nobody is asked.

use crate::scene::{ADDRESS, PAY, PROVIDER, Scene, on_every_terraform};
use serde_json::json;
use tests::account::{description, id, spec};

/// A state as Terraform has it when `temporalcloud_nexus_endpoint.old` manages the Endpoint of an id.
fn state(id: &str, host: &str) -> String {
    let attributes = json!({
        "id": id, "project_id": null, "name": "pay", "description": "Takes money.",
        "worker_target": { "namespace_id": "ledger.tiny1", "task_queue": "pay-queue" },
        "allowed_caller_namespaces": ["shop.tiny1"], "timeouts": null,
    });
    json!({
        "version": 4, "terraform_version": "1.11.4", "serial": 1, "lineage": "3f0c4c52-0000-4000-8000-000000000000",
        "outputs": {}, "check_results": null,
        "resources": [{
            "mode": "managed", "type": "temporalcloud_nexus_endpoint", "name": "old",
            "provider": format!("provider[\"{host}/temporalio/temporalcloud\"]"),
            "instances": [{ "schema_version": 0, "attributes": attributes, "sensitive_attributes": [], "private": "bnVsbA==" }],
        }],
    })
    .to_string()
}

#[track_caller]
fn moves(host: &str) {
    on_every_terraform(|terraform| {
        let scene = Scene::new(terraform);
        let mut existing = spec("pay", "ledger.tiny1", "pay-queue", &["shop.tiny1"]);
        existing["description"] = description("Takes money.");
        scene.owner.create(&existing);
        let there = scene.owner.endpoint("pay");
        scene.workspace.stub(&format!("{host}/temporalio/temporalcloud"));
        scene.workspace.write("terraform.tfstate", &state(id(&there), host));
        scene.configure(&PAY);
        scene.workspace.write(
            "moved.tf",
            &format!("moved {{\n  from = temporalcloud_nexus_endpoint.old\n  to   = {ADDRESS}\n}}\n"),
        );

        scene.workspace.plan().says("0 to add, 0 to change, 0 to destroy").says("has moved to");
        scene.workspace.apply().succeeds().says("0 added, 0 changed, 0 destroyed");
        assert_eq!(scene.owner.endpoint("pay"), there, "nothing was written");
        assert_eq!(scene.id(), id(&there));
        scene.is_settled();
    });
}

#[test]
fn from_the_public_registry() {
    moves("registry.terraform.io");
}

#[test]
fn from_a_registry_of_ones_own() {
    moves("terraform.acme.example");
}

#[test]
fn only_an_endpoint_becomes_one() {
    on_every_terraform(|terraform| {
        let scene = Scene::new(terraform);
        scene.workspace.stub("registry.terraform.io/temporalio/temporalcloud");
        let namespace = state("0123", "registry.terraform.io")
            .replace("temporalcloud_nexus_endpoint", "temporalcloud_namespace");
        scene.workspace.write("terraform.tfstate", &namespace);
        scene.configure(&PAY);
        scene.workspace.write(
            "moved.tf",
            &format!("moved {{\n  from = temporalcloud_namespace.old\n  to   = {ADDRESS}\n}}\n"),
        );
        scene
            .workspace
            .plan()
            .exits(1)
            .says("cannot move `temporalcloud_namespace` to `temporalnexus_endpoint`");
    });
}

#[test]
fn between_types_that_keep_different_things_the_way_is_named() {
    on_every_terraform(|terraform| {
        let scene = Scene::with(terraform, &PAY);
        let id = scene.id();
        let allowlist = format!(
            "{PROVIDER}\nresource \"temporalnexus_endpoint_allowlist\" \"it\" {{\n  endpoint_id = {id:?}\n  \
             allowed_caller_namespaces = [\"shop.tiny1\"]\n}}\n"
        );
        scene.workspace.write("main.tf", &allowlist);
        let to = "temporalnexus_endpoint_allowlist.it";
        scene.workspace.write("moved.tf", &format!("moved {{\n  from = {ADDRESS}\n  to   = {to}\n}}\n"));
        let refused = scene.workspace.plan().exits(1);
        refused
            .says("cannot move `temporalnexus_endpoint` to `temporalnexus_endpoint_allowlist`")
            .says("removed { from = temporalnexus_endpoint.NAME lifecycle { destroy = false } }");

        let way = format!(
            "removed {{\n  from = {ADDRESS}\n  lifecycle {{\n    destroy = false\n  }}\n}}\n\
             import {{\n  to = {to}\n  id = {id:?}\n}}\n"
        );
        let there = scene.owner.endpoint("pay");
        scene.workspace.write("moved.tf", &way);
        scene.workspace.apply().succeeds().says("1 imported, 0 added, 0 changed, 0 destroyed");
        assert_eq!(scene.owner.endpoint("pay"), there, "nothing was written");
    });
}
