use crate::thing::{Thing, accepted, refused};
use crate::world::{ADMIN, MEMBER, ORDERS, OWNER, READER, SCOPED, World};
use serde_json::{Value, json};
use std::time::Duration;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use tokio::time::Instant;

const KEYS: &str = "/cloud/api-keys";

/// The specification of a key of whoever asks.
async fn own(world: &World, who: &str) -> Value {
    let (_, identity) = world.get(who, "/cloud/current-identity").await;
    let (owner, kind) = match identity.get("user") {
        Some(user) => (user["id"].clone(), "OWNER_TYPE_USER"),
        None => (identity["serviceAccount"]["id"].clone(), "OWNER_TYPE_SERVICE_ACCOUNT"),
    };
    json!({ "ownerId": owner, "ownerType": kind, "displayName": "another" })
}

async fn with_token(world: &World, token: &str) -> u16 {
    world.send(world.http.get(world.url("/cloud/account")).bearer_auth(token)).await.0
}

async fn create<'a>(world: &'a World, who: &str, spec: Value) -> (Thing<'a>, String) {
    let (status, created) = world.post(who, KEYS, json!({ "spec": spec })).await;
    assert_eq!(status, 200, "{created}");
    let token = created["token"].as_str().unwrap().to_owned();
    (Thing::at(world, KEYS, created["keyId"].as_str().unwrap(), "apiKey"), token)
}

#[tokio::test]
async fn a_new_key_opens_at_once_and_is_told_once() {
    let world = World::start().await;
    let (key, token) = create(&world, READER, own(&world, READER).await).await;
    assert_eq!(with_token(&world, &token).await, 200);
    let read = key.read().await;
    assert_eq!(read["spec"]["displayName"], "another");
    assert!(!read.to_string().contains(&token));
    let (_, list) = world.get(OWNER, KEYS).await;
    assert!(!list.to_string().contains(&token));
    accepted(&key.delete(READER).await);
    assert_eq!(with_token(&world, &token).await, 401);
}

#[tokio::test]
async fn a_repeated_request_makes_no_second_key_and_tells_no_token() {
    let world = World::start().await;
    let body = json!({ "spec": own(&world, OWNER).await, "asyncOperationId": "op-1" });
    let (_, first) = world.post(OWNER, KEYS, body.clone()).await;
    let (_, second) = world.post(OWNER, KEYS, body).await;
    assert_eq!(first["keyId"], second["keyId"]);
    assert_eq!(second.get("token"), None);
    assert_eq!(with_token(&world, first["token"].as_str().unwrap()).await, 200);
}

#[tokio::test]
async fn a_disabled_key_opens_nothing_until_it_is_enabled() {
    let world = World::start().await;
    let mut spec = own(&world, ORDERS).await;
    let (key, token) = create(&world, ORDERS, spec.clone()).await;
    spec["disabled"] = json!(true);
    accepted(&key.update(ORDERS, spec.clone()).await);
    assert_eq!(with_token(&world, &token).await, 401);
    refused(&key.update(ORDERS, spec.clone()).await, 400, 3, "nothing to change");
    spec["disabled"] = json!(false);
    accepted(&key.update(ORDERS, spec).await);
    assert_eq!(with_token(&world, &token).await, 200);
}

#[tokio::test]
async fn a_key_expires_by_the_clock() {
    let world = World::start().await;
    let mut spec = own(&world, ORDERS).await;
    let (key, token) = create(&world, ORDERS, spec.clone()).await;
    let created = key.read().await["createdTime"].as_str().unwrap().to_owned();
    let created = OffsetDateTime::parse(&created, &Rfc3339).unwrap();
    let expiry = created + Duration::from_millis(600);
    spec["expiryTime"] = json!(expiry.format(&Rfc3339).unwrap());
    accepted(&key.update(ORDERS, spec).await);
    assert_eq!(with_token(&world, &token).await, 200);
    let before = Instant::now();
    while with_token(&world, &token).await == 200 {
        assert!(before.elapsed() < Duration::from_secs(5), "the key does not expire");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(with_token(&world, &token).await, 401);
    assert_eq!(key.read().await["state"], "RESOURCE_STATE_EXPIRED");
}

#[tokio::test]
async fn what_a_key_says_follows_the_rules() {
    let world = World::start().await;
    let spec = own(&world, OWNER).await;
    let create = async |field: &str, value: Value| {
        let mut spec = spec.clone();
        spec[field] = value;
        world.post(OWNER, KEYS, json!({ "spec": spec })).await
    };
    refused(&create("displayName", json!("")).await, 400, 3, "display_name");
    refused(&create("ownerId", json!("")).await, 400, 3, "owner_id");
    refused(&create("ownerId", json!("nobody")).await, 400, 3, "`nobody`");
    refused(&create("ownerType", json!("OWNER_TYPE_UNSPECIFIED")).await, 400, 3, "owner_type");
    refused(&create("expiryTime", json!("2020-01-01T00:00:00Z")).await, 400, 3, "in the past");
    let mut old = spec.clone();
    old["ownerType"] = json!(0);
    old["ownerTypeDeprecated"] = json!("user");
    let (key, _) = self::create(&world, OWNER, old).await;
    assert_eq!(key.read().await["spec"]["ownerType"], "OWNER_TYPE_USER");
    let other = own(&world, ORDERS).await;
    refused(&key.update(OWNER, other).await, 400, 3, "owner");
    let mut past = spec.clone();
    past["expiryTime"] = json!("2020-01-01T00:00:00Z");
    refused(&key.update(OWNER, past).await, 400, 3, "in the past");
}

#[tokio::test]
async fn everyone_has_its_own_keys_and_administrators_have_all() {
    let world = World::start().await;
    let (key, _) = create(&world, MEMBER, own(&world, MEMBER).await).await;
    assert_eq!(world.get(MEMBER, &key.path).await.0, 200);
    assert_eq!(world.get(ADMIN, &key.path).await.0, 200);
    let hidden = world.get(READER, &key.path).await;
    assert_eq!(hidden, world.get(READER, &format!("{KEYS}/none")).await);
    refused(&hidden, 403, 7, "unauthorized");
    refused(&world.get(ADMIN, &format!("{KEYS}/none")).await, 404, 5, "none");
    let of_another = json!({ "spec": own(&world, OWNER).await });
    refused(&world.post(READER, KEYS, of_another).await, 403, 7, "unauthorized");
    let count = async |who: &str, query: &str| {
        let (_, list) = world.get(who, &format!("{KEYS}?pageSize=1000{query}")).await;
        list["apiKeys"].as_array().map_or(0, Vec::len)
    };
    assert_eq!((count(MEMBER, "").await, count(ADMIN, "").await), (2, 9));
    assert_eq!(count(ADMIN, "&ownerType=OWNER_TYPE_USER").await, 3);
    assert_eq!(count(ADMIN, "&ownerTypeDeprecated=service-account").await, 6);
    let owner = key.read().await["spec"]["ownerId"].as_str().unwrap().to_owned();
    assert_eq!(count(ADMIN, &format!("&ownerId={owner}")).await, 2);
    accepted(&key.delete(ADMIN).await);
}

#[tokio::test]
async fn a_namespace_admin_manages_the_keys_of_its_service_accounts() {
    let world = World::start().await;
    let spec = own(&world, SCOPED).await;
    let (key, token) = create(&world, READER, spec).await;
    assert_eq!(with_token(&world, &token).await, 200);
    refused(&key.delete(MEMBER).await, 403, 7, "unauthorized");
    accepted(&key.delete(READER).await);
}

#[tokio::test]
async fn a_key_is_gone_for_good() {
    let world = World::start().await;
    let (key, _) = create(&world, ORDERS, own(&world, ORDERS).await).await;
    let version = key.read().await["resourceVersion"].as_str().unwrap().to_owned();
    let deletion = format!("{}?resourceVersion={version}&asyncOperationId=op-1", key.path);
    let first = world.delete(ORDERS, &deletion).await;
    accepted(&first);
    assert_eq!(world.delete(ORDERS, &deletion).await, first);
    assert!(key.is_gone().await);
}
