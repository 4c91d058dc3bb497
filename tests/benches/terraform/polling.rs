//! Creating an Endpoint as most providers do: the operation is looked at once a second, and what is refused for its rate is
//! sent again as the registry asks.

use serde_json::{Value, json};
use std::time::Duration;
use tests::http;
use tfplugin::Environment;

const PAUSE: Duration = Duration::from_secs(1);

/// Where the registry is, and the key to it.
#[derive(Clone)]
pub struct Registry {
    address: String,
    key: String,
}

/// The registry of the environment, if there is one.
pub fn registry(environment: &Environment) -> Option<Registry> {
    let variable = |name| environment.get(name).map(str::to_owned);
    Some(Registry { address: variable("TEMPORAL_CLOUD_ENDPOINT")?, key: variable("TEMPORAL_CLOUD_API_KEY")? })
}

/// Creates an Endpoint and waits until it is there.
pub async fn create(registry: &Registry, name: &str) {
    let target = json!({ "workerTargetSpec": { "namespaceId": "ledger.tiny1", "taskQueue": "q" } });
    let allowed = |id| json!({ "allowedCloudNamespacePolicySpec": { "namespaceId": id } });
    let spec = json!({
        "name": name, "targetSpec": target, "policySpecs": [allowed("shop.tiny1"), allowed("cart.tiny1")],
    });
    let body = json!({ "spec": spec, "asyncOperationId": format!("create-{name}") });
    let answer = call(registry, "POST", "/cloud/nexus/endpoints".to_owned(), Some(body)).await;
    let id = answer.pointer("/asyncOperation/id").and_then(Value::as_str).unwrap().to_owned();
    loop {
        tokio::time::sleep(PAUSE).await;
        let answer = call(registry, "GET", format!("/cloud/operations/{id}"), None).await;
        match answer.pointer("/asyncOperation/state").and_then(Value::as_str) {
            Some("STATE_FULFILLED") => return,
            Some("STATE_PENDING" | "STATE_IN_PROGRESS") => {}
            _ => panic!("the creation of {name} ended as {answer}"),
        }
    }
}

async fn call(registry: &Registry, method: &'static str, path: String, body: Option<Value>) -> Value {
    loop {
        let (registry, path, body) = (registry.clone(), path.clone(), body.clone());
        let call = move || http::request(&registry.address, &registry.key, method, &path, body.as_ref());
        match tokio::task::spawn_blocking(call).await.unwrap() {
            (200, answer) => return answer,
            (429, _) => tokio::time::sleep(PAUSE).await,
            (status, answer) => panic!("{method} got {status}: {answer}"),
        }
    }
}
