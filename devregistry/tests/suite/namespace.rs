use crate::world::{self, ORDERS, OWNER, World, namespace_spec, spec};
use devregistry::{Settings, TargetedNamespace};
use schema::account::AuthMethod;
use serde_json::{Value, json};

const NAMESPACES: &str = "/cloud/namespaces";

async fn read(world: &World, who: &str, name: &str) -> Value {
    let (status, read) = world.get(who, &format!("{NAMESPACES}/{name}.a2dd6")).await;
    assert_eq!(status, 200, "{read}");
    read["namespace"].clone()
}

async fn update(world: &World, name: &str, spec: Value) -> (u16, Value) {
    let version = read(world, OWNER, name).await["resourceVersion"].clone();
    let body = json!({ "spec": spec, "resourceVersion": version });
    world.post(OWNER, &format!("{NAMESPACES}/{name}.a2dd6"), body).await
}

async fn delete(world: &World, who: &str, name: &str) -> (u16, Value) {
    let version = read(world, OWNER, name).await["resourceVersion"].clone();
    let path = format!("{NAMESPACES}/{name}.a2dd6?resourceVersion={}", version.as_str().unwrap());
    world.delete(who, &path).await
}

#[tokio::test]
async fn shows_what_clients_expect() {
    let world = World::start().await;
    let orders = read(&world, ORDERS, "orders").await;
    assert_eq!(orders["state"], "RESOURCE_STATE_ACTIVE");
    assert_eq!(orders["activeRegion"], "aws-us-east-1");
    assert_eq!(orders["spec"]["apiKeyAuth"], json!({ "enabled": true }));
    assert_eq!(orders["spec"]["regions"], json!(["aws-us-east-1"]));
    assert_eq!(orders["spec"]["replicas"], json!([{ "region": "aws-us-east-1" }]));
    assert_eq!(orders["endpoints"]["grpcAddress"], "us-east-1.aws.api.temporal.io:7233");
    assert_eq!(orders["endpoints"]["webAddress"], "https://cloud.temporal.io/namespaces/orders.a2dd6");
    assert_eq!(orders["tags"], json!({ "team": "orders" }));
    assert_eq!(orders["replicas"][0]["isPrimary"], true);
    assert_eq!(orders["regionStatus"]["aws-us-east-1"]["state"], "STATE_ACTIVE");
    assert_eq!(orders["spec"].get("capacitySpec"), None);
    assert_eq!(orders["spec"].get("fairness"), None);
}

#[tokio::test]
async fn a_namespace_with_certificates_has_its_own_address() {
    let world = World::with(Settings::default(), |account| {
        let orders = account.namespaces.get_mut(&world::namespace("orders")).unwrap();
        orders.auth.insert(AuthMethod::Mtls);
    })
    .await;
    let orders = read(&world, OWNER, "orders").await;
    assert_eq!(orders["endpoints"]["mtlsGrpcAddress"], "orders.a2dd6.tmprl.cloud:7233");
    assert_eq!(orders["spec"]["apiKeyAuth"], json!({}));
}

#[tokio::test]
async fn the_creator_becomes_namespace_admin() {
    let world = World::start().await;
    let (status, created) = world.post(ORDERS, NAMESPACES, json!({ "spec": namespace_spec("fresh") })).await;
    assert_eq!((status, &created["namespace"]), (200, &json!("fresh.a2dd6")));
    assert_eq!(read(&world, ORDERS, "fresh").await["spec"]["retentionDays"], 7);
    let (status, _) =
        world.post(ORDERS, "/cloud/nexus/endpoints", json!({ "spec": spec("fresh", "fresh", &[]) })).await;
    assert_eq!(status, 200);
    let (_, identity) = world.get(ORDERS, "/cloud/current-identity").await;
    let held = &identity["serviceAccount"]["spec"]["access"]["namespaceAccesses"]["fresh.a2dd6"];
    assert_eq!(held["permission"], "PERMISSION_ADMIN");
}

#[tokio::test]
async fn the_deprecated_regions_will_do() {
    let world = World::start().await;
    let spec = json!({ "name": "regional", "retentionDays": 1, "regions": ["gcp-us-central1"] });
    assert_eq!(world.post(OWNER, NAMESPACES, json!({ "spec": spec })).await.0, 200);
    let read = read(&world, OWNER, "regional").await;
    assert_eq!(read["spec"]["replicas"], json!([{ "region": "gcp-us-central1" }]));
    assert_eq!(read["spec"]["apiKeyAuth"], json!({}));
}

#[tokio::test]
async fn specifications_follow_the_rules() {
    let world = World::start().await;
    let change = |field: &str, value: Value| {
        let mut spec = namespace_spec("ruled");
        spec[field] = value;
        spec
    };
    let wrong = [
        (change("name", json!("Upper")), "spec.name"),
        (change("name", json!("x".repeat(40))), "spec.name"),
        (change("replicas", json!([])), "spec.replicas"),
        (change("replicas", json!([{ "region": "aws-mars-1" }])), "aws-mars-1"),
        (change("regions", json!(["aws-us-west-2"])), "disagree"),
        (change("retentionDays", json!(0)), "retention_days"),
        (change("retentionDays", json!(91)), "retention_days"),
        (change("searchAttributes", json!({ "Customer": 0 })), "Customer"),
        (change("connectivityRuleIds", json!(["none"])), "connectivity rule"),
    ];
    for (spec, words) in wrong {
        let (status, body) = world.post(OWNER, NAMESPACES, json!({ "spec": spec })).await;
        assert_eq!((status, &body["code"]), (400, &json!(3)), "{body}");
        assert!(body["message"].as_str().unwrap().contains(words), "{body}");
    }
    let (status, body) = world.post(OWNER, NAMESPACES, json!({ "spec": namespace_spec("orders") })).await;
    assert_eq!((status, &body["code"]), (409, &json!(6)));
}

#[tokio::test]
async fn an_update_replaces_all_but_name_and_search_attributes() {
    let world = World::start().await;
    let mut spec = namespace_spec("shipping");
    spec["searchAttributes"] = json!({ "Customer": "SEARCH_ATTRIBUTE_TYPE_KEYWORD" });
    assert_eq!(update(&world, "shipping", spec).await.0, 200);
    assert_eq!(update(&world, "shipping", json!({ "name": "shipping", "retentionDays": 9 })).await.0, 200);
    let shipping = read(&world, OWNER, "shipping").await;
    assert_eq!(shipping["spec"]["retentionDays"], 9);
    assert_eq!(shipping["spec"]["searchAttributes"]["Customer"], "SEARCH_ATTRIBUTE_TYPE_KEYWORD");
    assert_eq!(shipping["spec"]["apiKeyAuth"], json!({}));
    assert_eq!(shipping["tags"], json!({ "team": "shipping" }));

    let same = shipping["spec"].clone();
    let (status, body) = update(&world, "shipping", same).await;
    assert!(status == 400 && body["message"].as_str().unwrap().contains("nothing to change"));
    let mut moved = namespace_spec("shipping");
    moved["replicas"] = json!([{ "region": "aws-us-west-2" }]);
    assert_eq!(update(&world, "shipping", moved).await.0, 400);
    assert_eq!(update(&world, "shipping", namespace_spec("renamed")).await.0, 400);
    let mut retyped = namespace_spec("shipping");
    retyped["searchAttributes"] = json!({ "Customer": "SEARCH_ATTRIBUTE_TYPE_INT" });
    assert_eq!(update(&world, "shipping", retyped).await.0, 400);
}

#[tokio::test]
async fn an_update_needs_the_current_version() {
    let world = World::start().await;
    let body = json!({ "spec": namespace_spec("orders"), "resourceVersion": "old" });
    let (status, body) = world.post(OWNER, "/cloud/namespaces/orders.a2dd6", body).await;
    assert_eq!((status, &body["code"]), (400, &json!(9)));
}

#[tokio::test]
async fn delete_protection_holds() {
    let world = World::start().await;
    let mut spec = namespace_spec("shipping");
    spec["lifecycle"] = json!({ "enableDeleteProtection": true });
    update(&world, "shipping", spec).await;
    let (status, body) = delete(&world, OWNER, "shipping").await;
    assert_eq!((status, &body["code"]), (400, &json!(9)));
    update(&world, "shipping", namespace_spec("shipping")).await;
    assert_eq!(delete(&world, OWNER, "shipping").await.0, 200);
    assert_eq!(world.get(OWNER, "/cloud/namespaces/shipping.a2dd6").await.0, 404);
}

#[tokio::test]
async fn a_target_is_not_deleted() {
    let world = World::start().await;
    let (status, body) = delete(&world, ORDERS, "orders").await;
    assert_eq!((status, &body["code"]), (400, &json!(9)));
    assert!(body["message"].as_str().unwrap().contains("`orders`"));
    let settings = Settings { targeted_namespace: TargetedNamespace::Deleted, ..Settings::default() };
    let world = World::with(settings, |_| {}).await;
    assert_eq!(delete(&world, ORDERS, "orders").await.0, 200);
}

#[tokio::test]
async fn a_later_namespace_of_the_same_name_starts_without_grants() {
    let world = World::start().await;
    assert_eq!(delete(&world, OWNER, "billing").await.0, 200);
    assert_eq!(world.post(OWNER, NAMESPACES, json!({ "spec": namespace_spec("billing") })).await.0, 200);
    assert_eq!(world.get(ORDERS, "/cloud/namespaces/billing.a2dd6").await.0, 403);
}
