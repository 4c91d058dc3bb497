//! What a state file keeps of the account beside Endpoints.

use crate::thing::{Thing, accepted};
use crate::world::{OWNER, World};
use devregistry::Settings;
use serde_json::{Value, json};

async fn everything(world: &World) -> Vec<Value> {
    let lists = [
        "account",
        "namespaces",
        "connectivity-rules",
        "users",
        "service-accounts",
        "user-groups",
        "custom-roles",
        "api-keys",
        "namespaces/orders.a2dd6/user-assignments",
    ];
    let mut all = Vec::new();
    for list in lists {
        let (status, answer) = world.get(OWNER, &format!("/cloud/{list}")).await;
        assert_eq!(status, 200, "{list}: {answer}");
        all.push(answer);
    }
    all
}

async fn token(world: &World, token: &str) -> u16 {
    world.send(world.http.get(world.url("/cloud/account")).bearer_auth(token)).await.0
}

/// One of each, as far apart from its defaults as it goes. Returns the tokens of a good and of a disabled key.
async fn fill(world: &World) -> (String, String) {
    let rule = Thing::create(
        world,
        "/cloud/connectivity-rules",
        "connectivityRule",
        json!({ "privateRule": { "connectionId": "vpce-1", "region": "aws-us-west-2" } }),
    )
    .await;
    let permission = json!({ "resources": { "resourceType": "namespaces", "allowAll": true },
        "actions": ["cloud.namespace.get"] });
    let role = json!({ "name": "reader", "description": "reads", "permissions": [permission] });
    let role = Thing::create(world, "/cloud/custom-roles", "customRole", role).await;
    let orders = Thing::at(world, "/cloud/namespaces", "orders.a2dd6", "namespace");
    accepted(&orders.post(OWNER, "/add-region", json!({ "region": "aws-us-west-2" })).await);
    accepted(&orders.post(OWNER, "/failover-region", json!({ "region": "aws-us-west-2" })).await);
    accepted(&orders.post(OWNER, "/update-tags", json!({ "tagsToUpsert": { "env": "prod" } })).await);
    let mut spec = orders.read().await["spec"].clone();
    spec["connectivityRuleIds"] = json!([rule.id()]);
    accepted(&orders.update(OWNER, spec).await);
    let access = json!({ "accountAccess": { "role": "ROLE_READ", "customRoles": [role.id()] },
        "namespaceAccesses": { "orders.a2dd6": { "permission": "PERMISSION_WRITE" } } });
    let bo = json!({ "email": "bo@acme.example", "access": access });
    let bo = Thing::create(world, "/cloud/users", "user", bo).await;
    let group = json!({ "displayName": "no-rights", "cloudGroup": {} });
    let group = Thing::create(world, "/cloud/user-groups", "group", group).await;
    let member = json!({ "memberId": { "userId": bo.id() } });
    accepted(&group.post(OWNER, "/members", member).await);
    let scoped = json!({ "namespace": "orders.a2dd6", "access": { "permission": "PERMISSION_READ" } });
    let worker = json!({ "name": "worker", "description": "works", "namespaceScopedAccess": scoped });
    let worker = Thing::create(world, "/cloud/service-accounts", "serviceAccount", worker).await;
    let (_, account) = world.get(OWNER, "/cloud/account").await;
    let metrics = json!({ "spec": { "metrics": { "acceptedClientCa": "AAEC" } },
        "resourceVersion": account["account"]["resourceVersion"] });
    accepted(&world.post(OWNER, "/cloud/account", metrics).await);
    let mut tokens = Vec::new();
    for disabled in [false, true] {
        let spec = json!({ "ownerId": worker.id(), "ownerType": "OWNER_TYPE_SERVICE_ACCOUNT",
            "displayName": "key", "disabled": disabled, "expiryTime": "2099-01-01T00:00:00Z" });
        let (_, created) = world.post(OWNER, "/cloud/api-keys", json!({ "spec": spec })).await;
        tokens.push(created["token"].as_str().unwrap().to_owned());
    }
    (tokens[0].clone(), tokens[1].clone())
}

#[tokio::test]
async fn a_restart_keeps_people_keys_roles_rules_and_regions() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("state");
    let mut world = World::kept(&file, Settings::default()).await;
    let (good, disabled) = fill(&world).await;
    let before = everything(&world).await;
    world.stop().await;
    let world = World::kept(&file, Settings::default()).await;
    assert_eq!(everything(&world).await, before);
    assert_eq!((token(&world, &good).await, token(&world, &disabled).await), (200, 401));
}
