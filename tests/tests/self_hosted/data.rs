//! What Terraform reads of a server: Namespaces have plain names there, wherever one is written.

use crate::scene::{Scene, on_every_terraform};
use serde_json::{Value, json};

impl Scene {
    /// Every attribute that a data source reads.
    #[track_caller]
    fn read(&self, kind: &str, arguments: &str) -> Value {
        self.configure(&data(kind, arguments));
        self.workspace.apply().succeeds();
        let output = self.workspace.run(&["output", "-json", "it"]).succeeds();
        serde_json::from_str(&output.stdout).unwrap()
    }

    /// The configuration is refused by a plan, with one error.
    #[track_caller]
    fn refused(&self, resources: &str, said: &str) {
        self.configure(resources);
        let plan = self.workspace.plan().exits(1).says(said);
        assert_eq!(plan.errors().len(), 1, "{plan}");
    }

    /// The same, by `terraform validate` before.
    #[track_caller]
    fn lacking(&self, resources: &str, said: &str) {
        self.refused(resources, said);
        self.workspace.validate().exits(1).says(said);
    }
}

fn data(kind: &str, arguments: &str) -> String {
    format!(
        "data \"temporalnexus_{kind}\" \"it\" {{\n  {arguments}\n}}\n\noutput \"it\" {{\n  value = data.temporalnexus_{kind}.it\n}}\n"
    )
}

/// The texts at one attribute of each object in a list.
#[track_caller]
fn all<'a>(list: &'a Value, attribute: &str) -> Vec<&'a str> {
    list.as_array().unwrap().iter().map(|object| object[attribute].as_str().unwrap_or("null")).collect()
}

#[test]
fn a_namespace_has_a_plain_name() {
    on_every_terraform(|scene| {
        let noted = ["operator", "namespace", "update", "-n", "payments", "--data", "team=money"];
        let _ = scene.server.cli(&noted).succeeds();
        let payments = scene.read("namespace", "id = \"payments\"");
        assert_eq!((&payments["id"], &payments["name"]), (&json!("payments"), &json!("payments")));
        assert_eq!(payments["tags"], json!({ "team": "money" }));
        assert_eq!((&payments["regions"], &payments["connectivity_rule_ids"]), (&json!([]), &json!([])));
        assert_eq!((&payments["host"], &payments["tls_server_name"]), (&Value::Null, &Value::Null));
        scene.refused(&data("namespace", "id = \"paymnets\""), "Namespace `paymnets` does not exist");
        scene.refused(&data("namespace", "id = \"\""), "an empty string is not a Namespace id");

        let namespaces = scene.read("namespaces", "name_prefix = \"pay\"");
        assert_eq!(namespaces["namespaces"], json!([payments]));
        let namespaces = scene.read("namespaces", "");
        let names = all(&namespaces["namespaces"], "id");
        assert!(["default", "orders", "payments", "vault"].iter().all(|name| names.contains(name)));
    });
}

#[test]
fn endpoints_are_found_by_a_plain_name_of_their_target() {
    on_every_terraform(|scene| {
        let create = |name: &str, target: &[&str]| {
            scene.server.endpoint_cli(&[&["create", "--name", name], target].concat())
        };
        create("bills", &["--target-namespace", "payments", "--target-task-queue", "b"]);
        create("keys", &["--target-namespace", "vault", "--target-task-queue", "k"]);
        create("mail", &["--target-url", "https://mail.example/nexus"]);
        let all_three = scene.read("endpoints", "");
        assert_eq!(all(&all_three["endpoints"], "name"), ["bills", "keys", "mail"]);
        let of_payments = scene.read("endpoints", "target_namespace_id = \"payments\"");
        assert_eq!(all(&of_payments["endpoints"], "name"), ["bills"]);
        let one = &of_payments["endpoints"][0];
        assert_eq!(one["worker_target"], json!({ "namespace_id": "payments", "task_queue": "b" }));
        assert_eq!(scene.read("endpoint", "name = \"bills\"")["id"], one["id"]);

        let access =
            scene.read("access", "target_namespace_id = \"vault\"\n  caller_namespace_id = \"orders\"");
        assert_eq!((&access["calls"], &access["unproven_endpoints"]), (&json!([]), &json!(["keys"])));
    });
}

#[test]
fn what_a_server_lacks_is_refused_with_what_does_its_job_there() {
    let mapping = "resource \"temporalnexus_privatelink_mapping\" \"it\" {\n  region = \"aws-us-east-1\"\n  \
                   connection_id = \"vpce-0123456789abcdef0\"\n  namespace_ids = [\"payments\"]\n}\n";
    let attachment = "resource \"temporalnexus_privatelink_attachment\" \"it\" {\n  connectivity_rule_id = \"r\"\n  \
                      namespace_id = \"payments\"\n}\n";
    let public = "resource \"temporalnexus_public_connectivity_rule\" \"it\" {}\n";
    let rules = data("connectivity_rules", "");
    on_every_terraform(|scene| {
        for connectivity in [mapping, attachment, public, &rules] {
            scene.lacking(connectivity, "self-hosted Temporal has no private connectivity");
            scene.workspace.plan().exits(1).says("controlled by its network, its TLS settings");
        }
        scene.lacking(&data("current_identity", ""), "self-hosted Temporal has no principals");
        scene.workspace.plan().exits(1).says("its Authorizer decides on each call");
        scene.lacking(&data("regions", ""), "self-hosted Temporal has no regions");
    });
}
