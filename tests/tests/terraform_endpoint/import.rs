//! An Endpoint that exists already comes under Terraform: by id, by name, by identity, by command and by block.

use crate::scene::{ADDRESS, Endpoint, PAY, PROVIDER, Scene, on_every_terraform};
use serde_json::json;
use tests::account::{callers, description, id, policies, spec};

impl Scene {
    /// Creates outside what `PAY` configures, and gives its id.
    #[track_caller]
    fn existing(&self) -> String {
        let mut existing = spec("pay", "ledger.tiny1", "pay-queue", &["shop.tiny1"]);
        existing["description"] = description("Takes money.");
        self.owner.create(&existing);
        id(&self.owner.endpoint("pay")).to_owned()
    }

    /// Whether this Terraform knows identities.
    fn knows_identities(&self) -> bool {
        self.workspace.at_least(1, 12)
    }
}

#[test]
fn imports_by_id_and_by_name() {
    on_every_terraform(|terraform| {
        let scene = Scene::new(terraform);
        let id = scene.existing();
        scene.configure(&PAY);
        for key in [id.as_str(), "pay"] {
            scene.workspace.import(ADDRESS, key).succeeds();
            assert_eq!(scene.id(), id);
            scene.is_settled();
            scene.workspace.run(&["state", "rm", ADDRESS]).succeeds();
        }
    });
}

#[test]
fn an_import_of_nothing_says_what_it_looked_for() {
    on_every_terraform(|terraform| {
        let scene = Scene::new(terraform);
        scene.configure(&PAY);
        scene.workspace.import(ADDRESS, "nowhere").exits(1).says("nowhere");
        assert_eq!(scene.workspace.resource(ADDRESS), None);
    });
}

#[test]
fn the_identity_is_the_id_and_stays_when_the_name_changes() {
    on_every_terraform(|terraform| {
        let scene = Scene::with(terraform, &PAY);
        let identity = || scene.workspace.resource(ADDRESS).unwrap()["identity"].clone();
        if !scene.knows_identities() {
            return assert_eq!(identity(), json!(null));
        }
        let expected = json!({ "id": scene.id() });
        assert_eq!(identity(), expected);
        scene.configure(&Endpoint { name: "checkout", ..PAY });
        scene.workspace.apply().succeeds().says("1 changed");
        assert_eq!(identity(), expected);
        scene.is_settled();
    });
}

/// Plans an import block without a resource block; the configuration that Terraform writes for it is applied and fits.
#[track_caller]
fn generates(scene: &Scene, key: &str) {
    let id = scene.existing();
    let key = key.replace("ID", &id);
    scene.workspace.write("main.tf", &format!("{PROVIDER}\nimport {{\n  to = {ADDRESS}\n  {key}\n}}\n"));
    let plan = ["plan", "-no-color", "-input=false", "-generate-config-out=generated.tf"];
    scene.workspace.run(&plan).succeeds().says("1 to import, 0 to add, 0 to change, 0 to destroy");
    let run = scene.workspace.apply().succeeds().says("1 imported, 0 added, 0 changed, 0 destroyed");
    assert_eq!(run.warnings(), Vec::<&str>::new(), "{run}");
    assert_eq!(scene.id(), id);
    assert_eq!(scene.workspace.attributes(ADDRESS)["allowed_caller_namespaces"], json!(["shop.tiny1"]));
    scene.is_settled();
}

#[test]
fn a_block_with_the_id_generates_a_configuration_that_fits() {
    on_every_terraform(|terraform| generates(&Scene::new(terraform), "id = \"ID\""));
}

#[test]
fn a_block_with_the_name_generates_a_configuration_that_fits() {
    on_every_terraform(|terraform| generates(&Scene::new(terraform), "id = \"pay\""));
}

#[test]
fn a_block_with_the_identity_generates_a_configuration_that_fits() {
    on_every_terraform(|terraform| {
        let scene = Scene::new(terraform);
        if scene.knows_identities() {
            generates(&scene, "identity = { id = \"ID\" }");
        }
    });
}

#[test]
fn a_name_is_no_identity() {
    on_every_terraform(|terraform| {
        let scene = Scene::new(terraform);
        if !scene.knows_identities() {
            return;
        }
        scene.existing();
        scene.configure(&PAY);
        scene.workspace.write(
            "import.tf",
            &format!("import {{\n  to = {ADDRESS}\n  identity = {{ id = \"pay\" }}\n}}\n"),
        );
        scene.workspace.plan().exits(1).says("Endpoint `pay` does not exist").says("by name");
    });
}

#[test]
fn an_identity_without_an_id_is_told() {
    on_every_terraform(|terraform| {
        let scene = Scene::new(terraform);
        if !scene.knows_identities() {
            return;
        }
        scene.configure(&PAY);
        for id in ["null", "\"\""] {
            let import = format!("import {{\n  to = {ADDRESS}\n  identity = {{ id = {id} }}\n}}\n");
            scene.workspace.write("import.tf", &import);
            scene.workspace.plan().exits(1).says("missing identity attribute `id`");
        }
    });
}

#[test]
fn a_state_without_an_id_is_told_how_to_mend() {
    on_every_terraform(|terraform| {
        let scene = Scene::with(terraform, &PAY);
        let id = scene.id();
        let file = scene.workspace.path().join("terraform.tfstate");
        let state = std::fs::read_to_string(file).unwrap();
        for broken in ["null", "\"\""] {
            let broken = state.replacen(&format!("\"id\": \"{id}\""), &format!("\"id\": {broken}"), 1);
            assert_ne!(broken, state);
            scene.workspace.write("terraform.tfstate", &broken);
            let run = scene.workspace.plan().exits(1);
            run.says("a `temporalnexus_endpoint` in the state has no `id`")
                .says("`terraform state rm ADDRESS`");
        }
    });
}

/// Writes a block that imports `pay`, and applies it with what is configured.
#[track_caller]
fn imports(scene: &Scene) {
    let block = format!("import {{\n  to = {ADDRESS}\n  id = \"pay\"\n}}\n");
    scene.workspace.write("import.tf", &block);
    let run = scene.workspace.apply().succeeds().says("1 imported, 0 added, 0 changed, 0 destroyed");
    assert_eq!(run.warnings(), Vec::<&str>::new(), "{run}");
    scene.is_settled();
}

#[test]
fn an_allowlist_that_is_left_out_is_no_change() {
    on_every_terraform(|terraform| {
        let scene = Scene::new(terraform);
        scene.existing();
        scene.configure(&Endpoint { callers: None, ..PAY });
        imports(&scene);
        // What others do to it is none either, and the next write leaves it alone.
        scene.owner.change("pay", |spec| spec["policySpecs"] = policies(&["shop.tiny1", "vault.tiny1"]));
        scene.is_settled();
        scene.configure(&Endpoint { callers: None, task_queue: "other", ..PAY });
        scene.workspace.apply().succeeds().says("0 added, 1 changed, 0 destroyed");
        assert_eq!(callers(&scene.owner.endpoint("pay")), ["shop.tiny1", "vault.tiny1"]);
        assert_eq!(scene.workspace.attributes(ADDRESS)["allowed_caller_namespaces"], json!(null));
        scene.is_settled();
    });
}

#[test]
fn an_imported_allowlist_may_be_kept_by_others_of_the_same_configuration() {
    on_every_terraform(|terraform| {
        let scene = Scene::new(terraform);
        scene.existing();
        scene.configure(&Endpoint { callers: None, ..PAY });
        imports(&scene);
        let caller = format!(
            "resource \"temporalnexus_endpoint_allowed_caller\" \"one\" {{\n  endpoint_id = {ADDRESS}.id\n  \
             namespace_id = \"vault.tiny1\"\n}}\n"
        );
        scene.workspace.write("caller.tf", &caller);
        scene.workspace.apply().succeeds().says("1 added, 0 changed, 0 destroyed");
        assert_eq!(callers(&scene.owner.endpoint("pay")), ["shop.tiny1", "vault.tiny1"]);
        scene.is_settled();
    });
}

#[test]
fn an_imported_allowlist_is_changed_as_configured() {
    on_every_terraform(|terraform| {
        let scene = Scene::new(terraform);
        scene.existing();
        scene.configure(&PAY);
        imports(&scene);
        scene.configure(&Endpoint { callers: Some(&[]), ..PAY });
        scene.workspace.apply().succeeds().says("0 added, 1 changed, 0 destroyed");
        assert_eq!(callers(&scene.owner.endpoint("pay")), Vec::<String>::new());
        // From here on, to leave it out is to give it up.
        scene.configure(&Endpoint { callers: None, ..PAY });
        scene.workspace.apply().succeeds().says("no longer managed by this resource").says("1 changed");
        scene.is_settled();
    });
}
