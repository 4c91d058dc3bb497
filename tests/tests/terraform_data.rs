//! The data sources from end to end: what they read of an account, and what they refuse.
#![expect(clippy::indexing_slicing, clippy::expect_used, reason = "a test fails by panicking")]

use serde_json::{Value, json};
use tests::account::{Account, description, id, spec};
use tests::dev::{Dev, fixture};
use tests::nexusc::nexusc_on;
use tests::terraform::Terraform;
use tests::workspace::{ON_CLOUD, PROVIDER, Workspace};

const CI: &str = "service_account.ci";

/// An account with two Endpoints, `pay` and the fixture's `storage`.
struct Scene {
    dev: Dev,
    owner: Account,
    workspace: Workspace,
}

impl Scene {
    #[track_caller]
    fn new(terraform: &Terraform) -> Self {
        let dev = Dev::start(&fixture("tiny.nexus.hcl"));
        let owner = Account::of(&dev, "user.owner");
        let mut pay = spec("pay", "ledger.tiny1", "pay-queue", &["shop.tiny1", "cart.tiny1"]);
        pay["description"] = description("Takes money.");
        owner.create(&pay);
        let mut workspace = Workspace::new(terraform);
        workspace.set(dev.environment(dev.key(CI)));
        Self { dev, owner, workspace }
    }

    /// Every attribute that a data source reads.
    #[track_caller]
    fn read(&self, kind: &str, arguments: &str) -> Value {
        self.configure(kind, arguments);
        self.workspace.apply().succeeds();
        let output = self.workspace.run(&["output", "-json", "it"]).succeeds();
        serde_json::from_str(&output.stdout).expect("JSON")
    }

    /// What is said about a configuration that is refused.
    #[track_caller]
    fn refused(&self, kind: &str, arguments: &str, said: &str) {
        self.configure(kind, arguments);
        let plan = self.workspace.plan().exits(1).says(said);
        assert_eq!(plan.errors().len(), 1, "{plan}");
    }

    fn configure(&self, kind: &str, arguments: &str) {
        let data = format!("data \"temporalnexus_{kind}\" \"it\" {{\n  {arguments}\n}}\n");
        let output = format!("output \"it\" {{\n  value = data.temporalnexus_{kind}.it\n}}\n");
        self.workspace.write("main.tf", &format!("{PROVIDER}\n{data}\n{output}"));
    }
}

#[track_caller]
fn on_every_terraform(test: impl Fn(&Scene)) {
    Terraform::all().iter().for_each(|terraform| test(&Scene::new(terraform)));
}

/// The texts at one attribute of each object in a list.
fn all<'a>(list: &'a Value, attribute: &str) -> Vec<&'a str> {
    let objects = list.as_array().expect("a list").iter();
    objects.map(|object| object[attribute].as_str().unwrap_or("null")).collect()
}

#[test]
fn an_endpoint_by_id_or_by_name() {
    on_every_terraform(|scene| {
        let there = scene.owner.endpoint("pay");
        let by_name = scene.read("endpoint", "name = \"pay\"");
        assert_eq!(by_name["id"], id(&there));
        assert_eq!(by_name["description"], "Takes money.");
        assert_eq!(
            by_name["worker_target"],
            json!({ "namespace_id": "ledger.tiny1", "task_queue": "pay-queue" })
        );
        assert_eq!(by_name["allowed_caller_namespaces"], json!(["cart.tiny1", "shop.tiny1"]));
        assert_eq!((&by_name["state"], &by_name["created_time"]), (&json!("ACTIVE"), &there["createdTime"]));
        let by_id = scene.read("endpoint", &format!("id = {:?}", id(&there)));
        assert_eq!(by_id, by_name);

        scene.refused("endpoint", "name = \"payy\"", "Endpoint `payy` does not exist");
        scene.refused("endpoint", "name = \"pay_now\"", "`pay_now` is not an Endpoint's name");
        scene.refused("endpoint", "", "one of `id` and `name` is required");
        scene.refused("endpoint", "id = \"a\"\n  name = \"b\"", "one of `id` and `name` is required");
    });
}

#[test]
fn what_is_wrong_by_itself_is_found_at_its_attribute() {
    let cases = [
        ("endpoint", "name = \"pay_now\"", "`pay_now` is not an Endpoint's name"),
        ("endpoints", "target_namespace_id = \"ledger\"", "`ledger` is not a Namespace id"),
        ("access", "caller_namespace_id = \"shop\"", "`shop` is not a Namespace id"),
        ("namespace", "id = \"ledger\"", "`ledger` is not a Namespace id"),
        ("privatelink_service", "region = \"azure-centralus\"", "`azure-centralus` has no private service"),
    ];
    on_every_terraform(|scene| {
        for (kind, argument, said) in cases {
            scene.configure(kind, argument);
            scene.workspace.write("provider.tf", ON_CLOUD);
            scene.workspace.validate().exits(1).says(said).says(argument);
        }
    });
}

#[test]
fn endpoints_and_who_may_call_them() {
    on_every_terraform(|scene| {
        let endpoints = scene.read("endpoints", "");
        assert_eq!(all(&endpoints["endpoints"], "name"), ["pay", "storage"]);
        let some = scene.read("endpoints", "target_namespace_id = \"attic.tiny1\"");
        assert_eq!(all(&some["endpoints"], "task_queue"), ["null"]);
        assert_eq!(some["endpoints"][0]["worker_target"]["task_queue"], "storage-queue");
        scene.refused("endpoints", "caller_namespace_id = \"shop\"", "`shop` is not a Namespace id");

        let access = scene.read("access", "");
        let callers = all(&access["calls"], "caller_namespace_id");
        assert_eq!(callers, ["cart.tiny1", "cellar.tiny1", "shop.tiny1", "shop.tiny1"]);
        assert_eq!(all(&access["calls"], "endpoint_name"), ["pay", "storage", "pay", "storage"]);
        assert_eq!(access["unproven_endpoints"], json!([]));
        let shop = scene.read("access", "caller_namespace_id = \"shop.tiny1\"");
        assert_eq!(all(&shop["calls"], "target_namespace_id"), ["ledger.tiny1", "attic.tiny1"]);
    });
}

#[test]
fn namespaces_and_regions() {
    on_every_terraform(|scene| {
        let ledger = scene.read("namespace", "id = \"ledger.tiny1\"");
        let expected = json!({
            "id": "ledger.tiny1", "name": "ledger", "regions": ["aws-us-east-1"], "auth": ["api_key"], "tags": {},
            "connectivity_rule_ids": [], "host": "ledger.tiny1.tmprl.cloud",
            "tls_server_name": "us-east-1.aws.api.temporal.io",
        });
        assert_eq!(ledger, expected);
        scene.refused("namespace", "id = \"cellar.tiny1\"", "Namespace `cellar.tiny1` cannot be read");
        scene.refused("namespace", "id = \"ledger\"", "`ledger` is not a Namespace id");

        let there = scene.read("namespaces", "region = \"aws-us-east-1\"");
        assert_eq!(
            all(&there["namespaces"], "id"),
            ["cart.tiny1", "ledger.tiny1", "shop.tiny1", "vault.tiny1"]
        );
        let elsewhere = scene.read("namespaces", "region = \"aws-eu-west-1\"");
        assert_eq!(elsewhere["namespaces"], json!([]));
        let named = scene.read("namespaces", "name_prefix = \"c\"");
        assert_eq!(all(&named["namespaces"], "name"), ["cart"]);

        let regions = scene.read("regions", "cloud = \"azure\"");
        let azure = json!([{
            "id": "azure-centralus", "cloud": "azure", "cloud_region": "centralus", "location": "Central US (Iowa)",
            "privatelink_service_name": null,
        }]);
        assert_eq!(regions["regions"], azure);
    });
}

#[test]
fn private_services_and_connectivity_rules() {
    on_every_terraform(|scene| {
        let service = scene.read("privatelink_service", "region = \"us-east-1\"");
        let name = "com.amazonaws.vpce.us-east-1.vpce-svc-0822256b6575ea37f";
        let expected = json!({ "region": "us-east-1", "region_id": "aws-us-east-1", "service_name": name, "port": 7233 });
        assert_eq!(service, expected);
        scene.refused(
            "privatelink_service",
            "region = \"azure-centralus\"",
            "`azure-centralus` has no private service",
        );

        let tiny = std::fs::read_to_string(fixture("tiny.nexus.hcl")).expect("the fixture");
        let hub = "privatelink \"hub\" {\n  region = \"aws-us-east-1\"\n  connection_id = \"vpce-0123456789abcdef0\"\n  \
                   namespaces = [namespace.ledger]\n  keep_public = true\n}\n";
        scene.workspace.write("hub.nexus.hcl", &format!("{tiny}\n{hub}"));
        let policy = scene.workspace.path().join("hub.nexus.hcl").display().to_string();
        let _ = nexusc_on(&scene.dev, "user.ada@tiny.example", &["apply", &policy]).succeeds();

        let rules = scene.read("connectivity_rules", "");
        let mut kinds = all(&rules["rules"], "kind");
        kinds.sort_unstable();
        assert_eq!(kinds, ["private", "public"]);
        let private = scene.read("connectivity_rules", "region = \"aws-us-east-1\"");
        assert_eq!(all(&private["rules"], "connection_id"), ["vpce-0123456789abcdef0"]);
        assert_eq!(private["rules"][0]["namespace_ids"], json!(["ledger.tiny1"]));
        let attached = scene.read("connectivity_rules", "namespace_id = \"ledger.tiny1\"");
        assert_eq!(attached["rules"].as_array().map(Vec::len), Some(2));
        let ledger = scene.read("namespace", "id = \"ledger.tiny1\"");
        assert_eq!(ledger["connectivity_rule_ids"].as_array().map(Vec::len), Some(2));
    });
}

#[test]
fn the_current_identity() {
    on_every_terraform(|scene| {
        let mut who = scene.read("current_identity", "");
        let registry_id = who.as_object_mut().and_then(|who| who.remove("registry_id"));
        assert!(registry_id.is_some_and(|id| id.as_str().is_some_and(|id| !id.is_empty())));
        let expected = json!({
            "id": CI, "kind": "service_account", "name": "ci", "account_id": "tiny1", "account_roles": ["developer"],
            "namespace_permissions":
                { "ledger.tiny1": "admin", "vault.tiny1": "admin", "shop.tiny1": "read", "cart.tiny1": "read" },
            "may_hold_more": null,
        });
        assert_eq!(who, expected);
    });
}
