use crate::thing::{Thing, accepted, refused};
use crate::world::{OWNER, READER, World, namespace_spec};
use devregistry::Settings;
use serde_json::{Value, json};
use std::time::Duration;

const WEST: &str = "aws-us-west-2";
const EAST: &str = "aws-us-east-1";

fn orders(world: &World) -> Thing<'_> {
    Thing::at(world, "/cloud/namespaces", "orders.a2dd6", "namespace")
}

async fn add(namespace: &Thing<'_>, region: &str) -> (u16, Value) {
    namespace.post(OWNER, "/add-region", json!({ "region": region })).await
}

async fn fail_over(world: &World, region: &str) -> (u16, Value) {
    world.post(OWNER, "/cloud/namespaces/orders.a2dd6/failover-region", json!({ "region": region })).await
}

#[tokio::test]
async fn a_replica_comes_takes_over_and_goes() {
    let world = World::start().await;
    let orders = orders(&world);
    accepted(&orders.post(READER, "/add-region", json!({ "region": WEST })).await);
    let read = orders.read().await;
    assert_eq!(read["spec"]["replicas"], json!([{ "region": EAST }, { "region": WEST }]));
    assert_eq!(read["spec"]["regions"], json!([EAST, WEST]));
    assert_eq!(read["endpoints"]["grpcAddress"], "orders.a2dd6.tmprl.cloud:7233");
    assert_eq!(read["regionStatus"][WEST]["state"], "STATE_PASSIVE");

    accepted(&fail_over(&world, WEST).await);
    let after = orders.read().await;
    assert_eq!(after["activeRegion"], WEST);
    assert_eq!(after["replicas"][1]["isPrimary"], true);
    assert_eq!(after["resourceVersion"], read["resourceVersion"]);
    assert_eq!(after["spec"], read["spec"]);

    refused(&orders.delete_under(OWNER, &format!("/regions/{WEST}")).await, 400, 3, "active region");
    accepted(&orders.delete_under(OWNER, &format!("/regions/{EAST}")).await);
    let read = orders.read().await;
    assert_eq!(read["spec"]["replicas"], json!([{ "region": WEST }]));
    assert_eq!(read["endpoints"]["grpcAddress"], "us-west-2.aws.api.temporal.io:7233");
}

#[tokio::test]
async fn regions_that_make_no_sense_are_refused() {
    let world = World::start().await;
    let orders = orders(&world);
    refused(&add(&orders, "aws-mars-1").await, 400, 3, "aws-mars-1");
    refused(&add(&orders, EAST).await, 400, 3, "once in each");
    refused(&orders.delete_under(OWNER, &format!("/regions/{WEST}")).await, 400, 3, "no replica");
    refused(&fail_over(&world, WEST).await, 400, 3, "no replica");
    refused(&fail_over(&world, EAST).await, 400, 3, "nothing to change");
    accepted(&add(&orders, WEST).await);
    refused(&add(&orders, "gcp-us-central1").await, 400, 3, "at most 2");
    let stale = json!({ "region": "gcp-us-central1", "resourceVersion": "old" });
    let answer = world.post(OWNER, "/cloud/namespaces/orders.a2dd6/add-region", stale).await;
    refused(&answer, 400, 9, "`old`");
}

#[tokio::test]
async fn an_update_adds_and_removes_replicas_too() {
    let world = World::start().await;
    let orders = orders(&world);
    let mut spec = orders.read().await["spec"].clone();
    spec["replicas"] = json!([{ "region": EAST }, { "region": WEST }]);
    accepted(&orders.update(OWNER, spec).await);
    let mut spec = orders.read().await["spec"].clone();
    assert_eq!(spec["regions"], json!([EAST, WEST]));
    spec["regions"] = json!([EAST]);
    accepted(&orders.update(OWNER, spec.clone()).await);
    assert_eq!(orders.read().await["spec"]["replicas"], json!([{ "region": EAST }]));
    spec["regions"] = json!([WEST]);
    spec["replicas"] = json!([{ "region": "gcp-us-central1" }]);
    refused(&orders.update(OWNER, spec).await, 400, 3, "disagree");
}

#[tokio::test]
async fn while_it_comes_or_goes_a_replica_says_so() {
    let settings = Settings { operation_time: Duration::from_millis(150), ..Settings::default() };
    let world = World::with(settings, |_| {}).await;
    let orders = orders(&world);
    accepted(&add(&orders, WEST).await);
    assert_eq!(orders.read().await["replicas"][1]["state"], "REPLICA_STATE_ADDING");
    settled(&orders).await;
    assert_eq!(orders.read().await["replicas"][1]["state"], "REPLICA_STATE_ACTIVE");
    accepted(&orders.delete_under(OWNER, &format!("/regions/{WEST}")).await);
    let read = orders.read().await;
    assert_eq!(read["replicas"][1]["state"], "REPLICA_STATE_REMOVING");
    assert_eq!(read["regionStatus"][WEST]["state"], "STATE_REMOVING");
    assert_eq!(read["spec"]["replicas"], json!([{ "region": EAST }]));
    settled(&orders).await;
    assert_eq!(orders.read().await["replicas"].as_array().unwrap().len(), 1);
}

async fn settled(namespace: &Thing<'_>) {
    while namespace.read().await["state"] != "RESOURCE_STATE_ACTIVE" {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

#[tokio::test]
async fn a_namespace_has_at_most_two_regions_from_the_start() {
    let world = World::start().await;
    let mut spec = namespace_spec("global");
    spec["replicas"] = json!([{ "region": EAST }, { "region": EAST }]);
    refused(&world.post(OWNER, "/cloud/namespaces", json!({ "spec": spec })).await, 400, 3, "once in each");
    spec["replicas"] = json!([{ "region": WEST }, { "region": EAST }]);
    accepted(&world.post(OWNER, "/cloud/namespaces", json!({ "spec": spec })).await);
    let (_, read) = world.get(OWNER, "/cloud/namespaces/global.a2dd6").await;
    assert_eq!(read["namespace"]["activeRegion"], WEST);
}

#[tokio::test]
async fn tags_are_set_and_removed() {
    let world = World::start().await;
    let orders = orders(&world);
    let before = orders.read().await;
    let path = "/cloud/namespaces/orders.a2dd6/update-tags";
    let tags = async |body: Value| world.post(OWNER, path, body).await;
    accepted(&tags(json!({ "tagsToUpsert": { "env": "prod", "team": "new" } })).await);
    accepted(&tags(json!({ "tagsToRemove": ["team", "not-there"] })).await);
    let after = orders.read().await;
    assert_eq!(after["tags"], json!({ "env": "prod" }));
    assert_eq!(after["resourceVersion"], before["resourceVersion"]);
    accepted(&tags(json!({ "tagsToRemove": ["not-there"] })).await);
    refused(&tags(json!({})).await, 400, 3, "nothing to change");
    refused(&tags(json!({ "tagsToUpsert": { "env": "prod" } })).await, 400, 3, "nothing to change");
    refused(&tags(json!({ "tagsToUpsert": { "Env": "prod" } })).await, 400, 3, "`Env`");
    refused(&tags(json!({ "tagsToUpsert": { "env": "" } })).await, 400, 3, "tag key or value");
    let many: Value =
        (0..11).map(|at| (format!("k{at}"), json!("v"))).collect::<serde_json::Map<_, _>>().into();
    refused(&tags(json!({ "tagsToUpsert": many })).await, 400, 3, "at most 10");
}

#[tokio::test]
async fn a_renamed_search_attribute_leaves_the_version_usable() {
    let world = World::start().await;
    let orders = orders(&world);
    let mut spec = orders.read().await["spec"].clone();
    spec["searchAttributes"] =
        json!({ "Old": "SEARCH_ATTRIBUTE_TYPE_INT", "Other": "SEARCH_ATTRIBUTE_TYPE_TEXT" });
    accepted(&orders.update(OWNER, spec).await);
    let before = orders.read().await;
    let rename = |from: &str, to: &str| {
        let body = json!({ "existingCustomSearchAttributeName": from, "newCustomSearchAttributeName": to });
        let orders = &orders;
        async move { orders.post(OWNER, "/rename-custom-search-attribute", body).await }
    };
    refused(&rename("Missing", "New").await, 400, 3, "`Missing` not found");
    refused(&rename("Old", "Other").await, 409, 6, "Other");
    refused(&rename("Old", "Old").await, 400, 3, "nothing to change");
    refused(&rename("Old", "").await, 400, 3, "required");
    accepted(&rename("Old", "New").await);
    let mut spec = orders.read().await["spec"].clone();
    assert_eq!(spec["searchAttributes"]["New"], "SEARCH_ATTRIBUTE_TYPE_INT");
    assert_eq!(spec["searchAttributes"].get("Old"), None);
    spec["retentionDays"] = json!(9);
    let body = json!({ "spec": spec, "resourceVersion": before["resourceVersion"] });
    accepted(&world.post(OWNER, &orders.path, body).await);
}
