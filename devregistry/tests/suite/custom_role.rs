use crate::thing::{Thing, accepted, refused};
use crate::world::{ADMIN, FINANCE, METRICS, OWNER, READER, World, namespace_spec, spec};
use devregistry::{CustomRoleTarget, Settings};
use serde_json::{Value, json};

const ROLES: &str = "/cloud/custom-roles";

fn role(permissions: Value) -> Value {
    json!({ "name": "extra", "permissions": permissions })
}

fn all(kind: &str, actions: &[&str]) -> Value {
    json!({ "resources": { "resourceType": kind, "allowAll": true }, "actions": actions })
}

fn some(kind: &str, ids: &[&str], actions: &[&str]) -> Value {
    json!({ "resources": { "resourceType": kind, "resourceIds": ids }, "actions": actions })
}

async fn create<'a>(world: &'a World, permissions: Value) -> Thing<'a> {
    Thing::create(world, ROLES, "customRole", role(permissions)).await
}

/// Gives a service account a custom role on top of what it has.
async fn assign(world: &World, who: &str, roles: &[&str]) -> (u16, Value) {
    let (_, identity) = world.get(who, "/cloud/current-identity").await;
    let account = &identity["serviceAccount"];
    let mut spec = account["spec"].clone();
    spec["access"]["accountAccess"]["customRoles"] = json!(roles);
    let path = format!("/cloud/service-accounts/{}", account["id"].as_str().unwrap());
    let body = json!({ "spec": spec, "resourceVersion": account["resourceVersion"] });
    world.post(OWNER, &path, body).await
}

#[tokio::test]
async fn a_role_lives_from_create_to_delete() {
    let world = World::start().await;
    let spec = role(json!([all("namespaces", &["cloud.namespace.get"])]));
    let held = Thing::create(&world, ROLES, "customRole", spec.clone()).await;
    assert_eq!(held.read().await["spec"], spec);
    refused(&held.update(OWNER, spec).await, 400, 3, "nothing to change");
    let wider = role(json!([all("namespaces", &["cloud.namespace.get", "cloud.namespace.update"])]));
    accepted(&held.update(OWNER, wider.clone()).await);
    assert_eq!(held.read().await["spec"], wider);
    let (_, list) = world.get(READER, ROLES).await;
    assert_eq!(list["customRoles"][0]["id"], held.id());
    accepted(&held.delete(OWNER).await);
    assert!(held.is_gone().await);
}

#[tokio::test]
async fn specifications_follow_the_rules() {
    let world = World::start().await;
    let wrong = [
        (json!({ "permissions": [all("namespaces", &["cloud.namespace.get"])] }), "spec.name"),
        (json!({ "name": "a b", "permissions": [] }), "spec.name"),
        (json!({ "name": "empty" }), "spec.permissions"),
        (json!({ "name": "long", "description": "x".repeat(257) }), "spec.description"),
        (role(json!([all("namespaces", &[])])), "no action"),
        (role(json!([all("namespaces", &["sudo"])])), "`sudo`"),
        (role(json!([{ "actions": ["cloud.namespace.get"] }])), "no resources"),
        (role(json!([all("planets", &["cloud.namespace.get"])])), "`planets`"),
        (role(json!([some("namespaces", &[], &["cloud.namespace.get"])])), "allow_all"),
        (
            role(
                json!([{ "resources": { "resourceType": "namespaces", "allowAll": true, "resourceIds": ["x"] },
                "actions": ["cloud.namespace.get"] }]),
            ),
            "allow_all",
        ),
    ];
    for (spec, words) in wrong {
        refused(&world.post(OWNER, ROLES, json!({ "spec": spec })).await, 400, 3, words);
    }
}

#[tokio::test]
async fn a_role_adds_to_what_its_holder_may_do() {
    let world = World::start().await;
    let endpoint = world.orders_endpoint().await;
    let path = format!("/cloud/nexus/endpoints/{}", endpoint["id"].as_str().unwrap());
    let update =
        json!({ "spec": spec("orders", "shipping", &[]), "resourceVersion": endpoint["resourceVersion"] });
    refused(&world.post(FINANCE, &path, update.clone()).await, 403, 7, "unauthorized");
    let elsewhere = some("nexus-endpoints", &["another"], &["cloud.nexusendpoint.update"]);
    let held = create(&world, json!([elsewhere])).await;
    accepted(&assign(&world, FINANCE, &[held.id()]).await);
    refused(&world.post(FINANCE, &path, update.clone()).await, 403, 7, "unauthorized");
    let this = some("nexus-endpoints", &[endpoint["id"].as_str().unwrap()], &["cloud.nexusendpoint.update"]);
    accepted(&held.update(OWNER, role(json!([this.clone()]))).await);
    refused(&world.post(FINANCE, &path, update.clone()).await, 403, 7, "unauthorized");
    let target = some("namespaces", &["shipping.a2dd6"], &["cloud.namespace.*"]);
    accepted(&held.update(OWNER, role(json!([this, target]))).await);
    accepted(&world.post(FINANCE, &path, update).await);
    let deletion = format!("{path}?resourceVersion=x");
    refused(&world.delete(FINANCE, &deletion).await, 403, 7, "unauthorized");
    accepted(&assign(&world, FINANCE, &[]).await);
    let again = json!({ "spec": spec("orders", "orders", &[]), "resourceVersion": "x" });
    refused(&world.post(FINANCE, &path, again).await, 403, 7, "unauthorized");
}

#[tokio::test]
async fn a_setting_lets_a_role_retarget_anywhere() {
    let settings = Settings { custom_role_target: CustomRoleTarget::Any, ..Settings::default() };
    let world = World::with(settings, |_| {}).await;
    let endpoint = world.orders_endpoint().await;
    let id = endpoint["id"].as_str().unwrap();
    let this = some("nexus-endpoints", &[id], &["cloud.nexusendpoint.update"]);
    let held = create(&world, json!([this])).await;
    accepted(&assign(&world, FINANCE, &[held.id()]).await);
    let update =
        json!({ "spec": spec("orders", "shipping", &[]), "resourceVersion": endpoint["resourceVersion"] });
    accepted(&world.post(FINANCE, &format!("/cloud/nexus/endpoints/{id}"), update).await);
}

/// Call by call: what a Metrics-Read service account gains by one action on all objects of a kind.
#[tokio::test]
async fn each_action_opens_its_call() {
    let world = World::start().await;
    let rule =
        Thing::create(&world, "/cloud/connectivity-rules", "connectivityRule", json!({ "publicRule": {} }))
            .await;
    let held = create(&world, json!([all("accounts", &["cloud.region.list"])])).await;
    accepted(&assign(&world, METRICS, &[held.id()]).await);
    let endpoint =
        format!("/cloud/nexus/endpoints/{}", world.orders_endpoint().await["id"].as_str().unwrap());
    let shipping = "/cloud/namespaces/shipping.a2dd6";
    let get = |path: &str| ("GET", path.to_owned(), Value::Null);
    let post = |path: &str, body: Value| ("POST", path.to_owned(), body);
    let delete = |path: &str| ("DELETE", format!("{path}?resourceVersion=x"), Value::Null);
    let cases = [
        ("cloud.nexusendpoint.list", "accounts", get("/cloud/nexus/endpoints")),
        ("cloud.nexusendpoint.get", "nexus-endpoints", get(&endpoint)),
        (
            "cloud.nexusendpoint.create",
            "accounts",
            post("/cloud/nexus/endpoints", json!({ "spec": spec("made", "orders", &[]) })),
        ),
        ("cloud.nexusendpoint.delete", "nexus-endpoints", delete(&endpoint)),
        ("cloud.connectivityrule.list", "accounts", get("/cloud/connectivity-rules")),
        ("cloud.connectivityrule.get", "connectivity-rules", get(&rule.path)),
        ("cloud.connectivityrule.create", "projects", post("/cloud/connectivity-rules", json!({}))),
        ("cloud.connectivityrule.delete", "connectivity-rules", delete(&rule.path)),
        ("cloud.namespace.get", "namespaces", get(shipping)),
        (
            "cloud.namespace.create",
            "projects",
            post("/cloud/namespaces", json!({ "spec": namespace_spec("made") })),
        ),
        ("cloud.namespace.update", "namespaces", post(shipping, json!({}))),
        ("cloud.namespace.updateTags", "namespaces", post(&format!("{shipping}/update-tags"), json!({}))),
        ("cloud.namespace.addRegion", "namespaces", post(&format!("{shipping}/add-region"), json!({}))),
        ("cloud.namespace.deleteRegion", "namespaces", delete(&format!("{shipping}/regions/x"))),
        (
            "cloud.namespace.failoverRegion",
            "namespaces",
            post(&format!("{shipping}/failover-region"), json!({})),
        ),
        (
            "cloud.namespace.renameCustomSearchAttribute",
            "namespaces",
            post(&format!("{shipping}/rename-custom-search-attribute"), json!({})),
        ),
        (
            "cloud.namespace.setUserAccess",
            "namespaces",
            post(&format!("{shipping}/users/x/access"), json!({})),
        ),
        (
            "cloud.namespace.setUserGroupAccess",
            "namespaces",
            post(&format!("{shipping}/user-groups/x/access"), json!({})),
        ),
        (
            "cloud.namespace.getUserNamespaceAssignments",
            "namespaces",
            get(&format!("{shipping}/user-assignments")),
        ),
        ("cloud.namespace.delete", "namespaces", delete(shipping)),
        ("cloud.user.create", "accounts", post("/cloud/users", json!({}))),
        ("cloud.user.delete", "accounts", delete("/cloud/users/x")),
        ("cloud.usergroup.create", "accounts", post("/cloud/user-groups", json!({}))),
        ("cloud.usergroup.delete", "accounts", delete("/cloud/user-groups/x")),
        ("cloud.usergroup.addMember", "accounts", post("/cloud/user-groups/x/members", json!({}))),
        ("cloud.usergroup.removeMember", "accounts", post("/cloud/user-groups/x/remove-member", json!({}))),
        ("cloud.account.update", "accounts", post("/cloud/account", json!({}))),
        ("cloud.customrole.create", "accounts", post(ROLES, json!({}))),
        ("cloud.customrole.update", "custom-roles", post(&format!("{ROLES}/x"), json!({}))),
        ("cloud.customrole.delete", "custom-roles", delete(&format!("{ROLES}/x"))),
    ];
    for (action, kind, (verb, path, body)) in cases {
        let call = async || {
            let request = world.http.request(verb.parse().unwrap(), world.url(&path));
            let request = request.bearer_auth(world.key(METRICS));
            let request = if body.is_null() { request } else { request.json(&body) };
            world.send(request).await
        };
        refused(&call().await, 403, 7, "unauthorized");
        accepted(&held.update(OWNER, role(json!([all(kind, &[action])]))).await);
        let (status, answer) = call().await;
        assert_ne!(status, 403, "{action}: {answer}");
    }
}

#[tokio::test]
async fn a_list_shows_the_namespaces_that_a_role_opens() {
    let world = World::start().await;
    let names = async || {
        let (_, list) = world.get(FINANCE, "/cloud/namespaces").await;
        let names = list["namespaces"].as_array().unwrap().iter();
        names.map(|held| held["namespace"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let one = some("namespaces", &["billing.a2dd6"], &["cloud.namespace.*"]);
    let held = create(&world, json!([one])).await;
    accepted(&assign(&world, FINANCE, &[held.id()]).await);
    assert_eq!(names().await, ["billing.a2dd6", "orders.a2dd6"]);
    let list = some("accounts", &["a2dd6"], &["cloud.namespace.list"]);
    accepted(&held.update(OWNER, role(json!([list]))).await);
    assert_eq!(names().await.len(), 3);
}

#[tokio::test]
async fn groups_give_their_custom_roles_to_their_members() {
    let world = World::start().await;
    let held = create(&world, json!([all("namespaces", &["cloud.namespace.get"])])).await;
    let (_, groups) = world.get(OWNER, "/cloud/user-groups?displayName=billing").await;
    let group = Thing::at(&world, "/cloud/user-groups", groups["groups"][0]["id"].as_str().unwrap(), "group");
    let mut spec = group.read().await["spec"].clone();
    spec["access"]["accountAccess"]["customRoles"] = json!([held.id()]);
    assert_eq!(world.get(crate::world::MEMBER, "/cloud/namespaces/shipping.a2dd6").await.0, 403);
    accepted(&group.update(OWNER, spec).await);
    assert_eq!(world.get(crate::world::MEMBER, "/cloud/namespaces/shipping.a2dd6").await.0, 200);
}

#[tokio::test]
async fn only_owners_assign_roles_unless_one_lets_others() {
    let world = World::start().await;
    let held = create(&world, json!([all("accounts", &["cloud.customrole.assign"])])).await;
    let mut user =
        json!({ "email": "bo@acme.example", "access": { "accountAccess": { "role": "ROLE_READ" } } });
    user["access"]["accountAccess"]["customRoles"] = json!([held.id()]);
    refused(&world.post(ADMIN, "/cloud/users", json!({ "spec": user })).await, 403, 7, "unauthorized");
    accepted(&assign(&world, ADMIN, &[held.id()]).await);
    accepted(&world.post(ADMIN, "/cloud/users", json!({ "spec": user })).await);
}

#[tokio::test]
async fn there_is_an_end_to_roles() {
    let world = World::start().await;
    let mut ids = Vec::new();
    for _ in 0..25 {
        ids.push(create(&world, json!([all("accounts", &["cloud.account.get"])])).await.id().to_owned());
    }
    let another = json!({ "spec": role(json!([all("accounts", &["cloud.account.get"])])) });
    refused(&world.post(OWNER, ROLES, another).await, 400, 9, "25 custom roles");
    let eleven: Vec<&str> = ids.iter().take(11).map(String::as_str).collect();
    refused(&assign(&world, FINANCE, &eleven).await, 400, 9, "at most 10");
    accepted(&assign(&world, FINANCE, &eleven[..10]).await);
    refused(&assign(&world, FINANCE, &["none"]).await, 400, 3, "`none` not found");
}

#[tokio::test]
async fn a_role_that_someone_holds_is_not_deleted() {
    let world = World::start().await;
    let held = create(&world, json!([all("accounts", &["cloud.account.get"])])).await;
    accepted(&assign(&world, FINANCE, &[held.id()]).await);
    refused(&held.delete(OWNER).await, 400, 9, "service_account.finance");
    accepted(&assign(&world, FINANCE, &[]).await);
    accepted(&held.delete(OWNER).await);
}
