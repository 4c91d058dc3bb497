//! `terraform query` finds the Endpoints of the account, and writes the configuration that takes them over.

use crate::scene::{PROVIDER, Scene, on_every_terraform};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use tests::account::{id, spec};
use tests::dev::fixture;
use tests::nexusc::nexusc_on;

/// The account's own Endpoint and two more, in a workspace whose Terraform can query; `None` for an older Terraform.
fn scene(terraform: &tests::terraform::Terraform) -> Option<Scene> {
    let scene = terraform.at_least(1, 14).then(|| Scene::new(terraform))?;
    scene.owner.create(&spec("pay", "ledger.tiny1", "pay-queue", &["shop.tiny1"]));
    scene.owner.create(&spec("refund", "ledger.tiny1", "refund-queue", &["shop.tiny1", "cart.tiny1"]));
    scene.workspace.write("main.tf", &format!("{PROVIDER}\nprovider \"temporalnexus\" {{}}\n"));
    Some(scene)
}

impl Scene {
    /// What a list block of Endpoints with these lines finds.
    #[track_caller]
    fn query(&self, lines: &str) -> Vec<(String, Value, Value)> {
        self.query_of("endpoint", lines)
    }

    /// What a list block with these lines finds: names with identities, and the states where they were asked for.
    #[track_caller]
    fn query_of(&self, kind: &str, lines: &str) -> Vec<(String, Value, Value)> {
        let list =
            format!("list \"temporalnexus_{kind}\" \"all\" {{\n  provider = temporalnexus\n  {lines}\n}}\n");
        self.workspace.write("all.tfquery.hcl", &list);
        let run = self.workspace.run(&["query", "-no-color", "-json"]).succeeds();
        let events = run.stdout.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
        let found = events.filter_map(|event| {
            let found = event.get("list_resource_found")?;
            let name = found["display_name"].as_str()?.to_owned();
            Some((name, found["identity"].clone(), found["resource_object"].clone()))
        });
        let mut found: Vec<_> = found.collect();
        found.sort_by(|one, other| one.0.cmp(&other.0));
        found
    }

    /// The configuration that Terraform writes for what a list block with these lines finds.
    #[track_caller]
    fn generate(&self, kind: &str, lines: &str) -> String {
        let list =
            format!("list \"temporalnexus_{kind}\" \"all\" {{\n  provider = temporalnexus\n  {lines}\n}}\n");
        self.workspace.write("all.tfquery.hcl", &list);
        self.workspace.run(&["query", "-no-color", "-generate-config-out=generated.tf"]).succeeds();
        std::fs::read_to_string(self.workspace.path().join("generated.tf")).unwrap()
    }

    /// Takes over what was generated, and nothing else happens.
    #[track_caller]
    fn takes_over(&self, count: usize) {
        let says = format!("{count} imported, 0 added, 0 changed, 0 destroyed");
        self.workspace.apply().succeeds().says(&says);
        self.is_settled();
    }

    #[track_caller]
    fn names(&self, lines: &str) -> Vec<String> {
        self.query(lines).into_iter().map(|(name, _, _)| name).collect()
    }
}

#[test]
fn every_endpoint_is_listed_by_name_with_its_id_as_identity() {
    on_every_terraform(|terraform| {
        let Some(scene) = scene(terraform) else { return };
        let found = scene.query("");
        let expected = ["pay", "refund", "storage"].map(|name| {
            let id = id(&scene.owner.endpoint(name)).to_owned();
            (name.to_owned(), json!({ "id": id }), Value::Null)
        });
        assert_eq!(found, expected);
    });
}

#[test]
fn a_list_is_filtered_and_limited() {
    on_every_terraform(|terraform| {
        let Some(scene) = scene(terraform) else { return };
        let by = |filter: &str| scene.names(&format!("config {{ {filter} }}"));
        assert_eq!(by("target_namespace_id = \"ledger.tiny1\""), ["pay", "refund"]);
        assert_eq!(by("task_queue = \"pay-queue\""), ["pay"]);
        assert_eq!(by("caller_namespace_id = \"cart.tiny1\""), ["refund"]);
        assert_eq!(by("caller_namespace_id = \"vault.tiny1\""), <[&str; 0]>::default());
        assert_eq!(scene.names("limit = 2").len(), 2);
        scene.workspace.write(
            "all.tfquery.hcl",
            "list \"temporalnexus_endpoint\" \"all\" {\n  provider = temporalnexus\n  config { target_namespace_id = \"ledger\" }\n}\n",
        );
        scene.workspace.run(&["query", "-no-color"]).exits(1).says("`ledger` is not a Namespace id");
    });
}

#[test]
fn a_listed_endpoint_comes_with_its_whole_state_where_that_is_asked_for() {
    on_every_terraform(|terraform| {
        let Some(scene) = scene(terraform) else { return };
        let found = scene.query("include_resource = true\n  config { task_queue = \"pay-queue\" }");
        let [(_, _, state)] = &found[..] else { panic!("{found:?}") };
        assert_eq!(state["name"], "pay");
        assert_eq!(state["allowed_caller_namespaces"], json!(["shop.tiny1"]));
        assert_eq!(state["worker_target"]["namespace_id"], "ledger.tiny1");
    });
}

#[test]
fn what_is_listed_is_taken_over_with_the_configuration_that_terraform_writes() {
    on_every_terraform(|terraform| {
        let Some(scene) = scene(terraform) else { return };
        scene.workspace.write(
            "all.tfquery.hcl",
            "list \"temporalnexus_endpoint\" \"all\" {\n  provider = temporalnexus\n  config { target_namespace_id = \"ledger.tiny1\" }\n}\n",
        );
        scene.workspace.run(&["query", "-no-color", "-generate-config-out=generated.tf"]).succeeds();
        scene.workspace.apply().succeeds().says("2 imported, 0 added, 0 changed, 0 destroyed");
        scene.is_settled();
    });
}

#[test]
fn callers_are_listed_one_by_one_and_taken_over() {
    on_every_terraform(|terraform| {
        let Some(scene) = scene(terraform) else { return };
        let found = scene.query_of("endpoint_allowed_caller", "");
        let names: Vec<_> = found.iter().map(|(name, _, _)| name.as_str()).collect();
        let all = [
            "cart.tiny1 on refund",
            "cellar.tiny1 on storage",
            "shop.tiny1 on pay",
            "shop.tiny1 on refund",
            "shop.tiny1 on storage",
        ];
        assert_eq!(names, all);
        let id = id(&scene.owner.endpoint("refund")).to_owned();
        assert_eq!(found[0].1, json!({ "endpoint_id": id, "namespace_id": "cart.tiny1" }));
        let lines = "include_resource = true\n  limit = 1\n  config { caller_namespace_id = \"cart.tiny1\" }";
        let cart = scene.query_of("endpoint_allowed_caller", lines);
        assert_eq!((cart.len(), &cart[0].2["namespace_id"]), (1, &json!("cart.tiny1")));

        scene.workspace.write(
            "all.tfquery.hcl",
            "list \"temporalnexus_endpoint_allowed_caller\" \"all\" {\n  provider = temporalnexus\n  config { task_queue = \"refund-queue\" }\n}\n",
        );
        scene.workspace.run(&["query", "-no-color", "-generate-config-out=generated.tf"]).succeeds();
        scene.workspace.apply().succeeds().says("2 imported, 0 added, 0 changed, 0 destroyed");
        scene.is_settled();
    });
}

#[test]
fn private_connections_are_listed_and_taken_over() {
    on_every_terraform(|terraform| {
        let Some(scene) = scene(terraform) else { return };
        let hub = "privatelink \"hub\" {\n  region = \"aws-us-east-1\"\n  connection_id = \"vpce-0123456789abcdef0\"\n  \
                   namespaces = [namespace.ledger]\n  keep_public = true\n}\n";
        let tiny = std::fs::read_to_string(fixture("tiny.nexus.hcl")).unwrap();
        scene.workspace.write("hub.nexus.hcl", &format!("{tiny}\n{hub}"));
        let policy = scene.workspace.path().join("hub.nexus.hcl").display().to_string();
        let _ = nexusc_on(&scene.dev, "user.ada@tiny.example", &["apply", &policy]).succeeds();

        let found = scene.query_of("privatelink_mapping", "include_resource = true");
        assert_eq!(found.len(), 1, "the public rule is no private connection: {found:?}");
        let (name, identity, state) = &found[0];
        assert_eq!(name, "vpce-0123456789abcdef0 in aws-us-east-1");
        assert_eq!(identity["connectivity_rule_id"], state["connectivity_rule_id"]);
        assert_eq!(state["namespace_ids"], json!(["ledger.tiny1"]));
        scene.workspace.run(&["query", "-no-color", "-generate-config-out=generated.tf"]).succeeds();
        scene.workspace.apply().succeeds().says("1 imported, 0 added, 0 changed, 0 destroyed");
        scene.is_settled();
    });
}

#[test]
fn whole_allowlists_are_listed_and_taken_over() {
    on_every_terraform(|terraform| {
        let Some(scene) = scene(terraform) else { return };
        scene.owner.create(&spec("closed", "ledger.tiny1", "closed-queue", &[]));
        let found = scene.query_of("endpoint_allowlist", "include_resource = true");
        let names: Vec<_> = found.iter().map(|(name, _, _)| name.as_str()).collect();
        assert_eq!(names, ["closed", "pay", "refund", "storage"]);
        let id = id(&scene.owner.endpoint("refund")).to_owned();
        let (_, identity, state) = &found[2];
        assert_eq!(identity, &json!({ "endpoint_id": id }));
        assert_eq!(state["allowed_caller_namespaces"], json!(["cart.tiny1", "shop.tiny1"]));

        let generated =
            scene.generate("endpoint_allowlist", "config { target_namespace_id = \"ledger.tiny1\" }");
        assert!(!generated.contains("revoked"), "what is computed is no configuration: {generated}");
        scene.takes_over(3);
    });
}

/// A connection on two Namespaces, one of which the internet reaches too.
fn hub(scene: &Scene) {
    let links = "privatelink \"hub\" {\n  region = \"aws-us-east-1\"\n  connection_id = \"vpce-0123456789abcdef0\"\n  \
                 namespaces = [namespace.ledger]\n  keep_public = true\n}\n\
                 privatelink \"other\" {\n  region = \"aws-us-east-1\"\n  connection_id = \"vpce-0123456789abcdef1\"\n  \
                 namespaces = [namespace.shop]\n  allow_public_lockout = true\n}\n";
    let tiny = std::fs::read_to_string(fixture("tiny.nexus.hcl")).unwrap();
    scene.workspace.write("hub.nexus.hcl", &format!("{tiny}\n{links}"));
    let policy = scene.workspace.path().join("hub.nexus.hcl").display().to_string();
    let _ = nexusc_on(&scene.dev, "user.ada@tiny.example", &["apply", &policy]).succeeds();
}

#[test]
fn attachments_are_listed_and_taken_over() {
    on_every_terraform(|terraform| {
        let Some(scene) = scene(terraform) else { return };
        hub(&scene);
        let found = scene.query_of("privatelink_attachment", "include_resource = true");
        let namespaces: Vec<_> =
            found.iter().map(|(_, identity, _)| identity["namespace_id"].as_str().unwrap()).collect();
        assert_eq!(BTreeSet::from_iter(namespaces), BTreeSet::from(["ledger.tiny1", "shop.tiny1"]));
        assert_eq!(found.len(), 2, "the public rule belongs to the private one beside it: {found:?}");
        for (name, identity, state) in &found {
            let public = if identity["namespace_id"] == "ledger.tiny1" { json!(true) } else { Value::Null };
            assert_eq!(state["keep_public"], public, "{name}");
        }
        let shop = scene.query_of("privatelink_attachment", "config { namespace_id = \"shop.tiny1\" }");
        let rule = shop[0].1["connectivity_rule_id"].as_str().unwrap();
        let lines = format!("config {{ connectivity_rule_id = \"{rule}\" }}");
        assert_eq!(scene.query_of("privatelink_attachment", &lines), shop);

        scene.generate("privatelink_attachment", "");
        scene.takes_over(2);
    });
}

#[test]
fn the_public_rule_is_listed_and_taken_over() {
    on_every_terraform(|terraform| {
        let Some(scene) = scene(terraform) else { return };
        assert_eq!(scene.query_of("public_connectivity_rule", ""), []);
        hub(&scene);
        let found = scene.query_of("public_connectivity_rule", "include_resource = true");
        let [(name, identity, state)] = &found[..] else { panic!("{found:?}") };
        assert_eq!((name.as_str(), &identity["id"]), ("public", &state["id"]));
        let lines = format!("config {{ connectivity_rule_id = {} }}", identity["id"]);
        assert_eq!(scene.query_of("privatelink_attachment", &lines).len(), 1, "it is asked for by its id");

        let generated = scene.generate("public_connectivity_rule", "");
        assert!(!generated.contains("enable_stable_ips"), "a new rule has none either: {generated}");
        scene.takes_over(1);
    });
}

#[test]
fn a_written_configuration_holds_only_what_can_be_set() {
    on_every_terraform(|terraform| {
        let Some(scene) = scene(terraform) else { return };
        hub(&scene);
        let generated = scene.generate("privatelink_mapping", "");
        let resources = generated.split("resource \"").skip(1).map(|rest| rest.split("\n}").next().unwrap());
        let written: BTreeSet<_> = resources
            .flat_map(str::lines)
            .filter_map(|line| line.split_once('=').map(|(name, value)| (name.trim(), value.trim())))
            .filter(|(_, value)| *value != "null")
            .map(|(name, _)| name)
            .collect();
        let settable = ["connection_id", "keep_public", "namespace_ids", "provider", "region"];
        assert_eq!(written, BTreeSet::from(settable), "{generated}");
    });
}
