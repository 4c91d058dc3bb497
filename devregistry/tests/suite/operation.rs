use crate::world::{METRICS, ORDERS, OWNER, READER, World, namespace_spec, spec};
use devregistry::{Code, OperationReaders, Settings};
use serde_json::{Value, json};
use std::time::Duration;

const ENDPOINTS: &str = "/cloud/nexus/endpoints";

/// A registry whose operations do not finish while a test runs.
async fn slow() -> World {
    let settings = Settings { operation_time: Duration::from_secs(3600), ..Settings::default() };
    World::with(settings, |_| {}).await
}

fn path(endpoint: &Value) -> String {
    format!("{ENDPOINTS}/{}", endpoint["id"].as_str().unwrap())
}

#[tokio::test]
async fn a_finished_operation_says_what_it_did() {
    let world = World::start().await;
    let body = json!({ "spec": spec("fresh", "orders", &[]), "asyncOperationId": "op-1" });
    let (_, created) = world.post(OWNER, ENDPOINTS, body).await;
    let (_, read) = world.get(READER, "/cloud/operations/op-1").await;
    let operation = &read["asyncOperation"];
    assert_eq!(operation, &created["asyncOperation"]);
    assert_eq!(operation["state"], "STATE_FULFILLED");
    assert_eq!(operation["operationType"], "CreateNexusEndpoint");
    assert_eq!(operation.get("checkDuration"), None);
    assert!(operation["startedTime"].is_string() && operation["finishedTime"].is_string());
    let input = &operation["operationInput"];
    let request = "type.googleapis.com/temporal.api.cloud.cloudservice.v1.CreateNexusEndpointRequest";
    assert_eq!(input["@type"], request);
    assert_eq!(input["spec"]["name"], "fresh");
}

#[tokio::test]
async fn an_operation_without_an_id_gets_one() {
    let world = World::start().await;
    let (_, created) = world.post(OWNER, ENDPOINTS, json!({ "spec": spec("fresh", "orders", &[]) })).await;
    let id = created["asyncOperation"]["id"].as_str().unwrap();
    assert_eq!(world.get(OWNER, &format!("/cloud/operations/{id}")).await.0, 200);
    assert_eq!(world.get(OWNER, "/cloud/operations/none").await.0, 404);
}

#[tokio::test]
async fn while_it_runs_the_resource_says_so() {
    let world = slow().await;
    let body = json!({ "spec": spec("fresh", "orders", &[]), "asyncOperationId": "op-1" });
    let (_, created) = world.post(OWNER, ENDPOINTS, body).await;
    assert_eq!(created["asyncOperation"]["state"], "STATE_PENDING");
    assert_eq!(created["asyncOperation"]["checkDuration"], "10s");
    let (_, read) =
        world.get(OWNER, &format!("{ENDPOINTS}/{}", created["endpointId"].as_str().unwrap())).await;
    assert_eq!(read["endpoint"]["state"], "RESOURCE_STATE_ACTIVATING");
    assert_eq!(read["endpoint"]["asyncOperationId"], "op-1");
    let (_, running) = world.get(OWNER, "/cloud/operations/op-1").await;
    assert_eq!(running["asyncOperation"]["state"], "STATE_IN_PROGRESS");
    assert_eq!(running["asyncOperation"].get("finishedTime"), None);

    let endpoint = world.orders_endpoint().await;
    let body =
        json!({ "spec": spec("orders", "shipping", &[]), "resourceVersion": endpoint["resourceVersion"] });
    assert_eq!(world.post(OWNER, &path(&endpoint), body).await.0, 200);
    let updating = world.orders_endpoint().await;
    assert_eq!(updating["state"], "RESOURCE_STATE_UPDATING");
    assert_eq!(updating["spec"]["targetSpec"]["workerTargetSpec"]["namespaceId"], "shipping.a2dd6");
}

#[tokio::test]
async fn a_second_write_waits_for_the_first() {
    let world = slow().await;
    let endpoint = world.orders_endpoint().await;
    let version = endpoint["resourceVersion"].as_str().unwrap();
    let deletion = format!("{}?resourceVersion={version}", path(&endpoint));
    assert_eq!(world.delete(OWNER, &deletion).await.0, 200);
    assert_eq!(world.orders_endpoint().await["state"], "RESOURCE_STATE_DELETING");
    let (status, body) = world.delete(OWNER, &deletion).await;
    assert_eq!((status, &body["code"]), (400, &json!(9)));
    assert!(body["message"].as_str().unwrap().contains("in progress"), "{body}");
    let (status, _) = world.post(OWNER, ENDPOINTS, json!({ "spec": spec("orders", "orders", &[]) })).await;
    assert_eq!(status, 409);
}

#[tokio::test]
async fn a_namespace_on_its_way_out_is_no_target() {
    let world = slow().await;
    let (_, read) = world.get(OWNER, "/cloud/namespaces/shipping.a2dd6").await;
    let version = read["namespace"]["resourceVersion"].as_str().unwrap();
    world.delete(OWNER, &format!("/cloud/namespaces/shipping.a2dd6?resourceVersion={version}")).await;
    let (status, _) = world.post(OWNER, ENDPOINTS, json!({ "spec": spec("late", "shipping", &[]) })).await;
    assert_eq!(status, 400);
}

#[tokio::test]
async fn a_repeated_request_has_no_second_effect() {
    let world = World::start().await;
    let create = json!({ "spec": spec("fresh", "orders", &["billing"]), "asyncOperationId": "op-1" });
    let first = world.post(ORDERS, ENDPOINTS, create.clone()).await;
    assert_eq!(world.post(ORDERS, ENDPOINTS, create).await, first);

    let endpoint = world.orders_endpoint().await;
    let update = json!({ "spec": spec("orders", "orders", &[]),
        "resourceVersion": endpoint["resourceVersion"], "asyncOperationId": "op-2" });
    let first = world.post(ORDERS, &path(&endpoint), update.clone()).await;
    assert_eq!(world.post(ORDERS, &path(&endpoint), update).await, first);

    let version = world.orders_endpoint().await["resourceVersion"].clone();
    let deletion =
        format!("{}?resourceVersion={}&asyncOperationId=op-3", path(&endpoint), version.as_str().unwrap());
    let first = world.delete(ORDERS, &deletion).await;
    assert_eq!(first.0, 200);
    assert_eq!(world.delete(ORDERS, &deletion).await, first);

    let create = json!({ "spec": namespace_spec("fresh"), "asyncOperationId": "op-4" });
    let first = world.post(ORDERS, "/cloud/namespaces", create.clone()).await;
    assert_eq!(world.post(ORDERS, "/cloud/namespaces", create).await, first);
}

#[tokio::test]
async fn an_operation_is_read_by_who_may_read_its_object_or_started_it() {
    let world = World::start().await;
    let create = json!({ "spec": spec("fresh", "orders", &[]), "asyncOperationId": "op-1" });
    assert_eq!(world.post(ORDERS, ENDPOINTS, create.clone()).await.0, 200);
    let body = json!({ "spec": namespace_spec("made"), "asyncOperationId": "op-2" });
    assert_eq!(world.post(ORDERS, "/cloud/namespaces", body).await.0, 200);
    let read = async |who: &str, id: &str| world.get(who, &format!("/cloud/operations/{id}")).await.0;
    for (who, endpoint, namespace) in
        [(OWNER, 200, 200), (ORDERS, 200, 200), (READER, 200, 403), (METRICS, 403, 403)]
    {
        assert_eq!((read(who, "op-1").await, read(who, "op-2").await), (endpoint, namespace), "{who}");
    }
    let settings = Settings { operation_readers: OperationReaders::All, ..Settings::default() };
    let world = World::with(settings, |_| {}).await;
    assert_eq!(world.post(ORDERS, ENDPOINTS, create).await.0, 200);
    assert_eq!(world.get(METRICS, "/cloud/operations/op-1").await.0, 200);
}

#[tokio::test]
async fn an_id_belongs_to_one_request() {
    let world = World::start().await;
    let create = |name: &str| json!({ "spec": spec(name, "orders", &[]), "asyncOperationId": "op-1" });
    world.post(OWNER, ENDPOINTS, create("first")).await;
    let (status, body) = world.post(OWNER, ENDPOINTS, create("second")).await;
    assert_eq!((status, &body["code"]), (400, &json!(3)));
    assert!(body["message"].as_str().unwrap().contains("`op-1`"));
    let namespace = json!({ "spec": namespace_spec("fresh"), "asyncOperationId": "op-1" });
    assert_eq!(world.post(OWNER, "/cloud/namespaces", namespace).await.0, 400);

    let settings = Settings { reused_operation_id: Code::AlreadyExists, ..Settings::default() };
    let world = World::with(settings, |_| {}).await;
    world.post(OWNER, ENDPOINTS, create("first")).await;
    assert_eq!(world.post(OWNER, ENDPOINTS, create("second")).await.0, 409);
}

#[tokio::test]
async fn repeating_needs_the_permission_too() {
    let world = World::start().await;
    let create = json!({ "spec": spec("fresh", "orders", &[]), "asyncOperationId": "op-1" });
    assert_eq!(world.post(ORDERS, ENDPOINTS, create.clone()).await.0, 200);
    assert_eq!(world.post(READER, ENDPOINTS, create).await.0, 403);
}

#[tokio::test]
async fn a_deletion_is_repeated_by_whoever_made_it() {
    let world = World::start().await;
    let endpoint = world.orders_endpoint().await;
    let version = endpoint["resourceVersion"].as_str().unwrap();
    let deletion = format!("{}?resourceVersion={version}&asyncOperationId=op-1", path(&endpoint));
    assert_eq!(world.delete(ORDERS, &deletion).await.0, 200);
    assert_eq!(world.delete(ORDERS, &deletion).await.0, 200);
    assert_eq!(world.delete(OWNER, &deletion).await.0, 404);
}

#[tokio::test]
async fn a_refused_request_leaves_its_id_free() {
    let world = World::start().await;
    let create = |name: &str| json!({ "spec": spec(name, "orders", &[]), "asyncOperationId": "op-1" });
    assert_eq!(world.post(OWNER, ENDPOINTS, create("orders")).await.0, 409);
    assert_eq!(world.post(OWNER, ENDPOINTS, create("other")).await.0, 200);
}
