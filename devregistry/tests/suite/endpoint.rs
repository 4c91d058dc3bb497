use crate::world::{self, OWNER, World, spec};
use devregistry::{Code, Settings};
use serde_json::{Value, json};

const ENDPOINTS: &str = "/cloud/nexus/endpoints";

fn path(endpoint: &Value) -> String {
    format!("{ENDPOINTS}/{}", endpoint["id"].as_str().unwrap())
}

async fn create(world: &World, spec: Value) -> (u16, Value) {
    world.post(OWNER, ENDPOINTS, json!({ "spec": spec })).await
}

async fn update(world: &World, endpoint: &Value, spec: Value) -> (u16, Value) {
    let body = json!({ "spec": spec, "resourceVersion": endpoint["resourceVersion"] });
    world.post(OWNER, &path(endpoint), body).await
}

#[track_caller]
fn refused(answer: &(u16, Value), status: u16, code: i32, words: &str) {
    let (got, body) = answer;
    assert_eq!((*got, &body["code"]), (status, &json!(code)), "{body}");
    assert!(body["message"].as_str().unwrap().contains(words), "{body}");
}

#[tokio::test]
async fn an_endpoint_lives_from_create_to_delete() {
    let world = World::start().await;
    let (status, created) = create(&world, spec("fresh", "shipping", &["orders"])).await;
    assert_eq!(status, 200);
    assert_eq!(created["asyncOperation"]["state"], "STATE_FULFILLED");
    let id = created["endpointId"].as_str().unwrap();
    assert!(id.len() == 32 && id.bytes().all(|byte| byte.is_ascii_hexdigit()));
    let path = format!("{ENDPOINTS}/{id}");
    let (_, read) = world.get(OWNER, &path).await;
    let endpoint = &read["endpoint"];
    assert_eq!(endpoint["spec"], spec("fresh", "shipping", &["orders"]));
    assert_eq!(endpoint.get("lastModifiedTime"), None);

    assert_eq!(update(&world, endpoint, spec("fresh", "orders", &[])).await.0, 200);
    let (_, read) = world.get(OWNER, &path).await;
    assert_eq!(read["endpoint"]["spec"]["targetSpec"]["workerTargetSpec"]["namespaceId"], "orders.a2dd6");
    assert_ne!(read["endpoint"]["resourceVersion"], endpoint["resourceVersion"]);
    assert!(read["endpoint"]["lastModifiedTime"].is_string());

    let version = read["endpoint"]["resourceVersion"].as_str().unwrap();
    assert_eq!(world.delete(OWNER, &format!("{path}?resourceVersion={version}")).await.0, 200);
    refused(&world.get(OWNER, &path).await, 404, 5, id);
}

#[tokio::test]
async fn names_follow_the_rules() {
    let world = World::start().await;
    for name in ["", "a", "1a", "a-", "a_b", "a b", &"a".repeat(201)] {
        refused(&create(&world, spec(name, "orders", &[])).await, 400, 3, "spec.name");
    }
}

#[tokio::test]
async fn names_are_unique() {
    let world = World::start().await;
    refused(&create(&world, spec("orders", "shipping", &[])).await, 409, 6, "orders");
    create(&world, spec("other", "shipping", &[])).await;
    let endpoint = world.orders_endpoint().await;
    refused(&update(&world, &endpoint, spec("other", "orders", &[])).await, 409, 6, "other");
}

#[tokio::test]
async fn a_name_is_free_again_after_a_deletion() {
    let world = World::start().await;
    let endpoint = world.orders_endpoint().await;
    let version = endpoint["resourceVersion"].as_str().unwrap();
    world.delete(OWNER, &format!("{}?resourceVersion={version}", path(&endpoint))).await;
    let (status, created) = create(&world, spec("orders", "orders", &[])).await;
    assert_eq!(status, 200);
    assert_ne!(created["endpointId"], endpoint["id"]);
}

#[tokio::test]
async fn task_queues_follow_the_rules() {
    let world = World::start().await;
    for queue in ["", "/_sys/x", &"q".repeat(1001)] {
        let mut spec = spec("queued", "orders", &[]);
        spec["targetSpec"]["workerTargetSpec"]["taskQueue"] = json!(queue);
        refused(&create(&world, spec).await, 400, 3, "task_queue");
    }
}

#[tokio::test]
async fn target_and_callers_must_be_namespaces_of_the_account() {
    let world = World::start().await;
    refused(&create(&world, spec("lost", "nowhere", &[])).await, 400, 3, "nowhere.a2dd6");
    refused(&create(&world, spec("lost", "orders", &["nowhere"])).await, 400, 3, "nowhere.a2dd6");
    let mut foreign = spec("lost", "orders", &[]);
    foreign["targetSpec"]["workerTargetSpec"]["namespaceId"] = json!("orders.zzzzz");
    refused(&create(&world, foreign).await, 400, 3, "orders.zzzzz");
    let mut nameless = spec("lost", "orders", &[]);
    nameless["policySpecs"] = json!([{}]);
    refused(&create(&world, nameless).await, 400, 3, "caller");
    let mut no_target = spec("lost", "orders", &[]);
    no_target["targetSpec"] = json!({});
    refused(&create(&world, no_target).await, 400, 3, "worker_target_spec");
}

#[tokio::test]
async fn the_code_for_unknown_namespaces_is_a_setting() {
    let settings = Settings { unknown_namespace: Code::NotFound, ..Settings::default() };
    let world = World::with(settings, |_| {}).await;
    refused(&create(&world, spec("lost", "nowhere", &[])).await, 404, 5, "nowhere.a2dd6");
}

#[tokio::test]
async fn a_caller_is_allowed_once() {
    let world = World::start().await;
    refused(&create(&world, spec("twice", "orders", &["billing", "billing"])).await, 400, 3, "twice");
}

#[tokio::test]
async fn limits_of_the_account_hold() {
    let world = World::with(Settings::default(), |account| {
        account.limits.endpoints = 2;
        account.limits.callers_per_endpoint = 1;
    })
    .await;
    refused(&create(&world, spec("wide", "orders", &["billing", "orders"])).await, 400, 9, "at most 1");
    assert_eq!(create(&world, spec("second", "orders", &[])).await.0, 200);
    refused(&create(&world, spec("third", "orders", &[])).await, 400, 9, "2 nexus endpoints");
}

#[tokio::test]
async fn descriptions_come_back_as_they_were_sent() {
    let world = World::start().await;
    let nothing: Value = Value::Null;
    let empty = json!({});
    let empty_text = json!({ "metadata": { "encoding": "anNvbi9wbGFpbg==" }, "data": "IiI=" });
    let strange = json!({ "metadata": { "encoding": "Ym9nL2tleQ==", "key": "/wA=" }, "data": "AAECAw==" });
    for (at, description) in [nothing, empty, empty_text, strange].into_iter().enumerate() {
        let mut spec = spec(&format!("described-{at}"), "orders", &[]);
        if !description.is_null() {
            spec["description"] = description.clone();
        }
        let (_, created) = create(&world, spec).await;
        let (_, read) = world.get(OWNER, &path(&json!({ "id": created["endpointId"] }))).await;
        let kept = read["endpoint"]["spec"].get("description").cloned().unwrap_or_default();
        assert_eq!(kept, description);
    }
}

#[tokio::test]
async fn a_description_that_is_nothing_differs_from_an_empty_one() {
    let world = World::start().await;
    create(&world, spec("described", "orders", &[])).await;
    let (_, list) = world.get(OWNER, &format!("{ENDPOINTS}?name=described")).await;
    let mut empty = spec("described", "orders", &[]);
    empty["description"] = json!({});
    assert_eq!(update(&world, &list["endpoints"][0], empty).await.0, 200);
}

#[tokio::test]
async fn the_deprecated_description_is_read_but_not_sent() {
    let world = World::start().await;
    let mut old = spec("old-style", "orders", &[]);
    old["descriptionDeprecated"] = json!("said \"so\"");
    create(&world, old).await;
    let (_, list) = world.get(OWNER, &format!("{ENDPOINTS}?name=old-style")).await;
    let spec = &list["endpoints"][0]["spec"];
    assert_eq!(spec["description"]["data"], "InNhaWQgXCJzb1wiIg==");
    assert_eq!(spec.get("descriptionDeprecated"), None);
}

#[tokio::test]
async fn descriptions_have_a_length() {
    let world = World::start().await;
    let mut long = spec("long-one", "orders", &[]);
    long["description"] = json!({ "data": "A".repeat(4 * 6667 + 4) });
    refused(&create(&world, long).await, 400, 3, "at most 20000");
}

#[tokio::test]
async fn an_update_needs_the_current_version() {
    let world = World::start().await;
    let mut endpoint = world.orders_endpoint().await;
    endpoint["resourceVersion"] = json!("old");
    refused(&update(&world, &endpoint, spec("renamed", "orders", &[])).await, 400, 9, "`old`");
    endpoint["resourceVersion"] = Value::Null;
    refused(&update(&world, &endpoint, spec("renamed", "orders", &[])).await, 400, 3, "resource_version");
    let stale = format!("{}?resourceVersion=old", path(&endpoint));
    refused(&world.delete(OWNER, &stale).await, 400, 9, "`old`");

    let settings = Settings { stale_version: Code::Aborted, ..Settings::default() };
    let world = World::with(settings, |_| {}).await;
    refused(&world.delete(OWNER, &stale).await, 409, 10, "`old`");
}

#[tokio::test]
async fn an_update_that_changes_nothing_is_refused() {
    let world = World::start().await;
    create(&world, spec("fixed", "orders", &["billing", "shipping"])).await;
    let (_, list) = world.get(OWNER, &format!("{ENDPOINTS}?name=fixed")).await;
    let endpoint = &list["endpoints"][0];
    let same = endpoint["spec"].clone();
    refused(&update(&world, endpoint, same).await, 400, 3, "nothing to change");
    let reordered = spec("fixed", "orders", &["shipping", "billing"]);
    refused(&update(&world, endpoint, reordered).await, 400, 3, "nothing to change");
}

#[tokio::test]
async fn an_update_replaces_the_whole_specification() {
    let world = World::start().await;
    let endpoint = world.orders_endpoint().await;
    assert!(endpoint["spec"].get("description").is_some());
    update(&world, &endpoint, spec("orders", "orders", &[])).await;
    let updated = world.orders_endpoint().await;
    assert_eq!(updated["spec"].get("description"), None);
    assert_eq!(updated["spec"].get("policySpecs"), None);
}

#[tokio::test]
async fn seeded_endpoints_keep_their_ids_over_a_restart() {
    let first = World::start().await.orders_endpoint().await;
    let second = World::start().await.orders_endpoint().await;
    assert_eq!(first["id"], second["id"]);
    assert_ne!(first["resourceVersion"], second["resourceVersion"]);
}

#[tokio::test]
async fn a_caller_that_is_gone_is_no_obstacle_to_an_update_that_keeps_it() {
    let world = World::start().await;
    let (_, billing) = world.get(OWNER, "/cloud/namespaces/billing.a2dd6").await;
    let version = billing["namespace"]["resourceVersion"].as_str().unwrap();
    let gone = format!("/cloud/namespaces/billing.a2dd6?resourceVersion={version}");
    assert_eq!(world.delete(OWNER, &gone).await.0, 200);
    let endpoint = world.orders_endpoint().await;
    assert_eq!(update(&world, &endpoint, spec("renamed", "orders", &["billing"])).await.0, 200);
    let (_, list) = world.get(OWNER, &format!("{ENDPOINTS}?name=renamed")).await;
    assert_eq!(update(&world, &list["endpoints"][0], spec("renamed", "orders", &[])).await.0, 200);
    let (_, list) = world.get(OWNER, &format!("{ENDPOINTS}?name=renamed")).await;
    let again = spec("renamed", "orders", &["billing"]);
    refused(&update(&world, &list["endpoints"][0], again).await, 400, 3, "billing.a2dd6");
    assert_eq!(world::namespace("billing").to_string(), "billing.a2dd6");
}
