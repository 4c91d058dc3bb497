use crate::world::{ADMIN, ORDERS, OWNER, World, namespace_spec, spec};
use devregistry::Settings;
use serde_json::{Value, json};
use std::time::{Duration, Instant};

const ENDPOINTS: &str = "/cloud/nexus/endpoints";

fn with(faults: &[&str]) -> Settings {
    let faults = faults.iter().map(|fault| fault.parse().unwrap()).collect();
    Settings { faults, control: true, ..Settings::default() }
}

async fn world(faults: &[&str]) -> World {
    World::with(with(faults), |_| {}).await
}

async fn create(world: &World, name: &str) -> (u16, Value) {
    world.post(OWNER, ENDPOINTS, json!({ "spec": spec(name, "orders", &[]) })).await
}

async fn named(world: &World, name: &str) -> Option<Value> {
    let (_, list) = world.get(OWNER, &format!("{ENDPOINTS}?name={name}")).await;
    list["endpoints"].get(0).cloned()
}

/// The HTTP/2 stream of one gRPC call, so that a test sees its metadata.
async fn raw_grpc(world: &World, rpc: &str) -> reqwest::Result<reqwest::Response> {
    let client = reqwest::Client::builder().no_proxy().http2_prior_knowledge().build().unwrap();
    let path = format!("/temporal.api.cloud.cloudservice.v1.CloudService/{rpc}");
    let request = client.post(world.url(&path)).bearer_auth(world.key(OWNER));
    request.header("content-type", "application/grpc").body(vec![0; 5]).send().await
}

#[tokio::test]
async fn calls_are_late() {
    let world = world(&["latency:150ms,method=GetAccount"]).await;
    let start = Instant::now();
    world.get(OWNER, "/cloud/account").await;
    assert!(start.elapsed() >= Duration::from_millis(150));
}

#[tokio::test]
async fn a_fault_strikes_its_method_as_often_as_it_may() {
    let world = world(&["unavailable,method=GetAccount,times=2"]).await;
    for status in [503, 503, 200] {
        assert_eq!(world.get(OWNER, "/cloud/regions").await.0, 200);
        assert_eq!(world.get(OWNER, "/cloud/account").await.0, status);
    }
}

#[tokio::test]
async fn a_refused_write_is_not_done() {
    let world = world(&["unavailable,method=CreateNexusEndpoint,times=1"]).await;
    assert_eq!(create(&world, "wanted").await.0, 503);
    assert_eq!(named(&world, "wanted").await, None);
    assert_eq!(create(&world, "wanted").await.0, 200);
}

#[tokio::test]
async fn throttling_says_when_to_call_again() {
    let world = world(&["resource-exhausted:3s"]).await;
    let request = world.http.get(world.url("/cloud/account")).bearer_auth(world.key(OWNER));
    let response = request.send().await.unwrap();
    assert_eq!(
        (response.status().as_u16(), &response.headers()["retry-after"]),
        (429, &"3".parse().unwrap())
    );
    assert_eq!(response.json::<Value>().await.unwrap()["code"], 8);
    let response = raw_grpc(&world, "GetAccount").await.unwrap();
    assert_eq!(
        (&response.headers()["grpc-status"], &response.headers()["retry-after"]),
        (&"8".parse().unwrap(), &"3".parse().unwrap())
    );
}

#[tokio::test]
async fn a_connection_ends_after_its_write_was_done() {
    let world = world(&["drop-after-commit,times=1"]).await;
    world.get(OWNER, "/cloud/account").await;
    let body = json!({ "spec": spec("done", "orders", &[]), "asyncOperationId": "op-1" });
    let request = world.http.post(world.url(ENDPOINTS)).bearer_auth(world.key(OWNER)).json(&body);
    assert!(request.send().await.is_err());
    let made = named(&world, "done").await.unwrap();
    let (status, replayed) = world.post(OWNER, ENDPOINTS, body).await;
    assert_eq!((status, &replayed["endpointId"]), (200, &made["id"]), "the repeated write finds the first");
}

#[tokio::test]
async fn a_grpc_connection_ends_after_its_write_was_done() {
    use temporalio_protos::temporal::api::cloud::cloudservice::v1::{
        CreateNamespaceRequest, CreateNamespaceResponse,
    };
    use temporalio_protos::temporal::api::cloud::namespace::v1::{NamespaceSpec, ReplicaSpec};
    let world = world(&["drop-after-commit,times=1"]).await;
    let region = ReplicaSpec { region: "aws-us-east-1".to_owned() };
    let spec = NamespaceSpec {
        name: "done".to_owned(),
        retention_days: 7,
        replicas: vec![region],
        ..Default::default()
    };
    let request = CreateNamespaceRequest { spec: Some(spec), ..Default::default() };
    let path = "/temporal.api.cloud.cloudservice.v1.CloudService/CreateNamespace";
    let dropped = world.grpc::<_, CreateNamespaceResponse>(path, Some(OWNER), request, None).await;
    assert!(dropped.is_err());
    assert_eq!(world.get(OWNER, "/cloud/namespaces/done.a2dd6").await.0, 200);
}

#[tokio::test]
async fn a_creation_that_fails_leaves_something_behind() {
    let world = world(&["operation-fails:no room,times=1"]).await;
    let (status, created) = create(&world, "failing").await;
    let operation = &created["asyncOperation"];
    assert_eq!(
        (status, &operation["state"], &operation["failureReason"]),
        (200, &json!("STATE_FAILED"), &json!("no room"))
    );
    assert_eq!(named(&world, "failing").await.unwrap()["state"], "RESOURCE_STATE_ACTIVATION_FAILED");
    assert_eq!(create(&world, "failing").await.0, 409);
}

#[tokio::test]
async fn a_creation_that_is_rejected_leaves_nothing() {
    let world = world(&["operation-rejected,times=1"]).await;
    let (status, created) = create(&world, "rejected").await;
    assert_eq!((status, &created["asyncOperation"]["state"]), (200, &json!("STATE_REJECTED")));
    assert_eq!(named(&world, "rejected").await, None);
    assert_eq!(create(&world, "rejected").await.0, 200);
}

#[tokio::test]
async fn updates_and_deletions_that_come_to_nothing_change_nothing() {
    let outcomes = [
        ("operation-fails", "STATE_FAILED", "RESOURCE_STATE_UPDATE_FAILED", "RESOURCE_STATE_DELETE_FAILED"),
        ("operation-rejected", "STATE_REJECTED", "RESOURCE_STATE_ACTIVE", "RESOURCE_STATE_ACTIVE"),
    ];
    for (fault, state, updated, deleted) in outcomes {
        let world = world(&[fault]).await;
        let before = world.orders_endpoint().await;
        let path = format!("{ENDPOINTS}/{}", before["id"].as_str().unwrap());
        let body =
            json!({ "spec": spec("renamed", "orders", &[]), "resourceVersion": before["resourceVersion"] });
        let (status, answer) = world.post(OWNER, &path, body).await;
        assert_eq!((status, &answer["asyncOperation"]["state"]), (200, &json!(state)));
        let after = world.orders_endpoint().await;
        assert_eq!((&after["spec"], &after["state"]), (&before["spec"], &json!(updated)));
        let path = format!("{path}?resourceVersion={}", after["resourceVersion"].as_str().unwrap());
        let (status, answer) = world.delete(OWNER, &path).await;
        assert_eq!((status, &answer["asyncOperation"]["state"]), (200, &json!(state)));
        assert_eq!(world.orders_endpoint().await["state"], deleted);
    }
}

#[tokio::test]
async fn an_operation_fails_when_its_time_has_come() {
    let settings =
        Settings { operation_time: Duration::from_millis(80), ..with(&["operation-fails,times=1"]) };
    let world = World::with(settings, |_| {}).await;
    let before = world.orders_endpoint().await;
    let path = format!("{ENDPOINTS}/{}", before["id"].as_str().unwrap());
    let body =
        json!({ "spec": spec("renamed", "orders", &[]), "resourceVersion": before["resourceVersion"] });
    let (_, answer) = world.post(OWNER, &path, body).await;
    assert_eq!(answer["asyncOperation"]["state"], "STATE_PENDING");
    assert_eq!(world.orders_endpoint().await["state"], "RESOURCE_STATE_UPDATING");
    let path = format!("/cloud/operations/{}", answer["asyncOperation"]["id"].as_str().unwrap());
    while world.get(OWNER, &path).await.1["asyncOperation"]["state"] != "STATE_FAILED" {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert_eq!(world.orders_endpoint().await["asyncOperationId"], Value::Null);
}

#[tokio::test]
async fn a_new_permission_counts_only_later() {
    let world = world(&["permission-delay:150ms,times=1"]).await;
    let body = json!({ "spec": namespace_spec("fresh") });
    assert_eq!(world.post(ORDERS, "/cloud/namespaces", body).await.0, 200);
    let path = "/cloud/namespaces/fresh.a2dd6";
    let (status, answer) = world.get(ORDERS, path).await;
    assert_eq!((status, &answer["message"]), (403, &json!("request unauthorized")));
    assert_eq!(world.get(ADMIN, path).await.0, 200);
    assert_eq!(world.get(ORDERS, "/cloud/namespaces/orders.a2dd6").await.0, 200);
    while world.get(ORDERS, path).await.0 == 403 {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert_eq!(world.get(ORDERS, path).await.0, 200);
}

#[tokio::test]
async fn answers_of_a_newer_api_have_fields_and_values_that_nobody_knows() {
    use temporalio_protos::temporal::api::cloud::cloudservice::v1::{
        GetNamespaceRequest, GetNamespaceResponse,
    };
    let world = world(&["unknown-fields", "unknown-enums"]).await;
    let endpoint = world.orders_endpoint().await;
    assert_eq!(endpoint["state"], "RESOURCESTATE_OF_A_NEWER_API");
    assert!(endpoint["fieldOfANewerApi"].is_object() && endpoint["spec"]["fieldOfANewerApi"].is_object());
    assert!(endpoint["createdTime"].is_string());
    let (_, answer) = world.get(OWNER, "/cloud/namespaces/orders.a2dd6").await;
    let status = &answer["namespace"]["regionStatus"];
    assert_eq!(
        (status.as_object().unwrap().len(), status["aws-us-east-1"]["fieldOfANewerApi"].is_object()),
        (1, true)
    );
    let path = "/temporal.api.cloud.cloudservice.v1.CloudService/GetNamespace";
    let request = GetNamespaceRequest { namespace: "orders.a2dd6".to_owned() };
    let answer = world.grpc::<_, GetNamespaceResponse>(path, Some(OWNER), request, None).await.unwrap();
    let namespace = answer.into_inner().namespace.unwrap();
    assert_eq!((namespace.state, namespace.namespace.as_str()), (9999, "orders.a2dd6"));
    let bytes = raw_grpc(&world, "GetAccount").await.unwrap().bytes().await.unwrap();
    assert!(bytes.windows(5).any(|window| window == b"value"));
}

#[tokio::test]
async fn rates_are_limited_by_caller_and_account() {
    let world = world(&["rate-limits:7/3/2"]).await;
    let allowed = |who: &'static str, times: usize| {
        let world = &world;
        async move {
            let mut allowed = 0;
            for _ in 0..times {
                allowed += usize::from(world.get(who, "/cloud/account").await.0 == 200);
            }
            allowed
        }
    };
    // A slow machine earns an allowance while it calls: never fewer, rarely more.
    let (owner, service) = (allowed(OWNER, 6).await, allowed(ADMIN, 6).await);
    assert!((3..6).contains(&owner) && (2..6).contains(&service), "{owner} {service}");
    let others = allowed(ORDERS, 6).await + allowed("service_account.reader", 6).await;
    assert!(others < 4, "{others}");
}

#[tokio::test]
async fn ten_operations_may_be_in_progress_where_rates_are_limited() {
    let settings =
        Settings { operation_time: Duration::from_secs(600), ..with(&["rate-limits:1000/1000/1000"]) };
    let world = World::with(settings, |_| {}).await;
    for number in 0..10 {
        assert_eq!(create(&world, &format!("endpoint-{number}")).await.0, 200);
    }
    assert_eq!(create(&world, "one-too-many").await.0, 429);
    assert_eq!(named(&world, "one-too-many").await, None);
}

#[tokio::test]
async fn faults_come_and_go_by_the_control_endpoint() {
    let world = world(&[]).await;
    let (status, added) =
        world.post(OWNER, "/control/faults", json!({ "fault": "unavailable,method=GetAccount" })).await;
    assert_eq!((status, &added["fault"]["left"]), (200, &Value::Null));
    assert_eq!(world.get(OWNER, "/cloud/account").await.0, 503);
    let (_, list) = world.get(ADMIN, "/control/faults").await;
    assert_eq!(list["faults"][0]["fault"], "unavailable,method=GetAccount");
    let one = format!("/control/faults/{}", added["fault"]["id"]);
    assert_eq!(world.delete(OWNER, &one).await, (200, json!({})));
    assert_eq!(world.delete(OWNER, &one).await.0, 404);
    assert_eq!(world.get(OWNER, "/cloud/account").await.0, 200);
    world.post(OWNER, "/control/faults", json!({ "fault": "unavailable" })).await;
    assert_eq!(world.delete(OWNER, "/control/faults").await.0, 200);
    assert_eq!(world.get(OWNER, "/control/faults").await.1, json!({ "faults": [] }));
}

#[tokio::test]
async fn the_control_endpoint_is_for_administrators() {
    let world = world(&[]).await;
    assert_eq!(world.get(ORDERS, "/control/faults").await.0, 403);
    assert_eq!(world.http.get(world.url("/control/faults")).send().await.unwrap().status(), 401);
    for body in [json!({}), json!({ "fault": 7 }), json!({ "fault": "lateness" })] {
        assert_eq!(world.post(OWNER, "/control/faults", body).await.0, 400);
    }
    assert_eq!(world.get(OWNER, "/control/other").await.0, 404);
}

#[tokio::test]
async fn there_is_no_control_endpoint_unless_asked_for() {
    let world = World::start().await;
    for method in [reqwest::Method::GET, reqwest::Method::POST, reqwest::Method::DELETE] {
        let request = world.http.request(method, world.url("/control/faults")).bearer_auth(world.key(OWNER));
        assert_eq!(world.send(request).await.0, 404);
    }
}
