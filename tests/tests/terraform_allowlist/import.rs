//! Callers and lists that exist already come under Terraform: by id, by identity, by command and by block.

use crate::scene::{CALLER, LIST, PROVIDER, Scene, caller, list, on_every_terraform};
use serde_json::{Value, json};

/// Plans an import block without a resource block; the configuration that Terraform writes for it is applied and fits.
#[track_caller]
fn generates(scene: &Scene, address: &str, key: &str) -> Value {
    let key = scene.with_id(key);
    scene.workspace.write("main.tf", &format!("{PROVIDER}\nimport {{\n  to = {address}\n  {key}\n}}\n"));
    let before = scene.owner.endpoint("pay");
    let plan = ["plan", "-no-color", "-input=false", "-generate-config-out=generated.tf"];
    scene.workspace.run(&plan).succeeds().says("1 to import, 0 to add, 0 to change, 0 to destroy");
    let run = scene.workspace.apply().succeeds().says("1 imported, 0 added, 0 changed, 0 destroyed");
    assert_eq!(run.warnings(), Vec::<&str>::new(), "{run}");
    assert_eq!(scene.owner.endpoint("pay"), before);
    scene.is_settled();
    scene.workspace.attributes(address)
}

#[test]
fn a_block_with_the_id_generates_a_configuration_that_fits() {
    on_every_terraform(|terraform| {
        let scene = Scene::new(terraform, &["cart.tiny1", "shop.tiny1"]);
        let state = generates(&scene, CALLER, "id = \"PAY/shop.tiny1\"");
        assert_eq!(
            (&state["endpoint_id"], &state["namespace_id"]),
            (&json!(scene.pay), &json!("shop.tiny1"))
        );

        let scene = Scene::new(terraform, &["cart.tiny1", "shop.tiny1"]);
        let state = generates(&scene, LIST, "id = \"PAY\"");
        assert_eq!(state["allowed_caller_namespaces"], json!(["cart.tiny1", "shop.tiny1"]));
        assert_eq!(
            (&state["endpoint_id"], &state["revoked_caller_namespaces"]),
            (&json!(scene.pay), &json!([]))
        );
    });
}

#[test]
fn a_block_with_the_identity_generates_a_configuration_that_fits() {
    on_every_terraform(|terraform| {
        if !terraform.at_least(1, 12) {
            return;
        }
        let scene = Scene::new(terraform, &["shop.tiny1"]);
        generates(&scene, CALLER, "identity = { endpoint_id = \"PAY\", namespace_id = \"shop.tiny1\" }");
        let identity = &scene.workspace.resource(CALLER).unwrap()["identity"];
        assert_eq!(*identity, json!({ "endpoint_id": scene.pay, "namespace_id": "shop.tiny1" }));

        let scene = Scene::new(terraform, &["shop.tiny1"]);
        generates(&scene, LIST, "identity = { endpoint_id = \"PAY\" }");
        assert_eq!(scene.workspace.resource(LIST).unwrap()["identity"], json!({ "endpoint_id": scene.pay }));
    });
}

#[test]
fn the_command_imports_by_id() {
    on_every_terraform(|terraform| {
        let scene = Scene::new(terraform, &["shop.tiny1"]);
        scene.configure(&caller("it", "\"PAY\"", "shop.tiny1"));
        scene.workspace.import(CALLER, &scene.with_id("PAY/shop.tiny1")).succeeds();
        scene.is_settled();
        scene.workspace.run(&["state", "rm", CALLER]).succeeds();
        scene.configure(&list("it", "\"PAY\"", &["shop.tiny1"]));
        scene.workspace.import(LIST, &scene.pay).succeeds();
        scene.is_settled();
    });
}

#[test]
fn what_is_not_there_is_told() {
    on_every_terraform(|terraform| {
        let scene = Scene::new(terraform, &["shop.tiny1"]);
        scene.configure(&caller("it", "\"PAY\"", "cart.tiny1"));
        let import = |key: &str| scene.workspace.import(CALLER, &scene.with_id(key)).exits(1);
        import("PAY/cart.tiny1").says("`cart.tiny1` may not call Endpoint `pay`");
        import("PAY").says("is not a valid import id");
        import("pay/shop.tiny1").says("`pay` is the name of an Endpoint").says(&scene.pay);
        import("0123/shop.tiny1").says("Endpoint with id `0123` does not exist");
        assert_eq!(scene.workspace.resource(CALLER), None);
    });
}

#[test]
fn a_caller_without_its_account_is_no_namespace_id() {
    on_every_terraform(|terraform| {
        let scene = Scene::new(terraform, &["shop.tiny1"]);
        let block = format!("import {{\n  to = {CALLER}\n  id = {:?}\n}}\n", scene.with_id("PAY/shop"));
        scene.workspace.write("main.tf", &format!("{PROVIDER}\n{block}"));
        let plan = ["plan", "-no-color", "-input=false", "-generate-config-out=generated.tf"];
        let run = scene.workspace.run(&plan).exits(1).says("`shop` is not a Namespace id");
        let run = run.says("the name, a dot and the account id");
        assert!(!format!("{run}").contains("adds it"), "no apply adds it: {run}");
    });
}
