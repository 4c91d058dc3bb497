//! The options of `nexusc dev` for permissions that Temporal does not document: what each allows is refused without it.
#![expect(clippy::expect_used, reason = "a test fails by panicking")]

use serde_json::{Value, json};
use std::fs;
use tests::dev::Dev;
use tests::http;

const SEED: &str = r#"account { id = "tiny1" }

namespace "orders" { regions = ["aws-us-east-1"] }
namespace "ledger" { regions = ["aws-us-east-1"] }

user "ada@tiny.example" { account_access = "admin" }
service_account "metrics" { account_access = "metrics_read" }

endpoint "orders" {
  worker_target = { namespace = namespace.orders, task_queue = "orders" }
}
"#;

struct Scene {
    dev: Dev,
    _folder: tempfile::TempDir,
}

impl Scene {
    fn with(options: &[&str]) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let seed = folder.path().join("seed.nexus.hcl");
        fs::write(&seed, SEED).expect("a seed");
        Self { dev: Dev::with(&seed, options), _folder: folder }
    }

    fn call(&self, who: &str, method: &str, path: &str, body: Option<&Value>) -> (u16, Value) {
        http::request(self.dev.grpc(), self.dev.key(who), method, path, body)
    }

    /// The same, as the Owner, who is not refused.
    #[track_caller]
    fn owner(&self, method: &str, path: &str, body: Option<&Value>) -> Value {
        let (status, answer) = self.call("user.owner", method, path, body);
        assert_eq!(status, 200, "{answer}");
        answer
    }
}

#[test]
fn a_global_admin_makes_an_owner_only_where_that_is_allowed() {
    let access = json!({ "accountAccess": { "role": "ROLE_OWNER" } });
    let user = json!({ "spec": { "email": "bo@tiny.example", "access": access } });
    for (options, expected) in [(&[] as &[&str], 403), (&["--owners-made-by", "global-admins"], 200)] {
        let scene = Scene::with(options);
        let (status, answer) = scene.call("user.ada@tiny.example", "POST", "/cloud/users", Some(&user));
        assert_eq!(status, expected, "{answer}");
    }
}

#[test]
fn an_operation_is_read_without_its_object_only_where_that_is_allowed() {
    let target = json!({ "workerTargetSpec": { "namespaceId": "orders.tiny1", "taskQueue": "fresh" } });
    let create = json!({ "spec": { "name": "fresh", "targetSpec": target }, "asyncOperationId": "op-1" });
    for (options, expected) in [(&[] as &[&str], 403), (&["--operation-readers", "all"], 200)] {
        let scene = Scene::with(options);
        scene.owner("POST", "/cloud/nexus/endpoints", Some(&create));
        let (status, answer) = scene.call("service_account.metrics", "GET", "/cloud/operations/op-1", None);
        assert_eq!(status, expected, "{answer}");
    }
}

#[test]
fn a_custom_role_retargets_to_any_namespace_only_where_that_is_allowed() {
    for (options, expected) in [(&[] as &[&str], 403), (&["--custom-role-target", "any"], 200)] {
        let scene = Scene::with(options);
        let endpoint = &scene.owner("GET", "/cloud/nexus/endpoints", None)["endpoints"][0];
        let endpoints = json!({ "resourceType": "nexus-endpoints", "allowAll": true });
        let permission = json!({ "resources": endpoints, "actions": ["cloud.nexusendpoint.update"] });
        let role = json!({ "spec": { "name": "extra", "permissions": [permission] } });
        let role = scene.owner("POST", "/cloud/custom-roles", Some(&role));
        let (_, identity) = scene.call("service_account.metrics", "GET", "/cloud/current-identity", None);
        let account = &identity["serviceAccount"];
        let mut spec = account["spec"].clone();
        spec["access"]["accountAccess"]["customRoles"] = json!([role["roleId"]]);
        let path = format!("/cloud/service-accounts/{}", account["id"].as_str().expect("an id"));
        let assigned = json!({ "spec": spec, "resourceVersion": account["resourceVersion"] });
        scene.owner("POST", &path, Some(&assigned));
        let mut spec = endpoint["spec"].clone();
        spec["targetSpec"]["workerTargetSpec"]["namespaceId"] = json!("ledger.tiny1");
        let update = json!({ "spec": spec, "resourceVersion": endpoint["resourceVersion"] });
        let path = format!("/cloud/nexus/endpoints/{}", endpoint["id"].as_str().expect("an id"));
        let (status, answer) = scene.call("service_account.metrics", "POST", &path, Some(&update));
        assert_eq!(status, expected, "{answer}");
    }
}
