//! Users, service accounts and groups, and what they are granted.

use crate::thing::{Thing, accepted, refused};
use crate::world::{ADMIN, MEMBER, ORDERS, OWNER, READER, World};
use devregistry::{OwnersAreMade, Settings};
use serde_json::{Value, json};

const USERS: &str = "/cloud/users";
const ACCOUNTS: &str = "/cloud/service-accounts";
const GROUPS: &str = "/cloud/user-groups";

fn access(role: &str, namespaces: &[(&str, &str)]) -> Value {
    let named = namespaces
        .iter()
        .map(|(name, held)| (format!("{name}.a2dd6"), json!({ "permission": format!("PERMISSION_{held}") })));
    let mut access = json!({ "accountAccess": { "role": format!("ROLE_{role}") } });
    let named: serde_json::Map<_, _> = named.collect();
    if !named.is_empty() {
        access["namespaceAccesses"] = named.into();
    }
    access
}

fn user(email: &str, access: Value) -> Value {
    json!({ "email": email, "access": access })
}

fn account(name: &str, access: Value) -> Value {
    json!({ "name": name, "access": access })
}

fn scoped(name: &str, namespace: &str, held: &str) -> Value {
    let access = json!({ "permission": format!("PERMISSION_{held}") });
    json!({ "name": name, "namespaceScopedAccess": { "namespace": format!("{namespace}.a2dd6"), "access": access } })
}

fn group(name: &str, access: Value) -> Value {
    json!({ "displayName": name, "access": access, "cloudGroup": {} })
}

#[tokio::test]
async fn only_an_owner_makes_an_owner() {
    let user = |role: &str| json!({ "spec": { "email": "bo@acme.example", "access": { "accountAccess": { "role": role } } } });
    let world = World::start().await;
    let group = json!({ "spec": { "displayName": "owners", "cloudGroup": {}, "access": { "accountAccess": { "role": "ROLE_OWNER" } } } });
    refused(&world.post(ADMIN, "/cloud/users", user("ROLE_OWNER")).await, 403, 7, "unauthorized");
    refused(&world.post(ADMIN, "/cloud/user-groups", group.clone()).await, 403, 7, "unauthorized");
    let (_, made) = world.post(OWNER, "/cloud/user-groups", group).await;
    let (_, invited) = world.post(ADMIN, "/cloud/users", user("ROLE_ADMIN")).await;
    let (group, bo) = (made["groupId"].as_str().unwrap(), invited["userId"].as_str().unwrap());
    let member = json!({ "memberId": { "userId": bo } });
    let members = format!("/cloud/user-groups/{group}/members");
    refused(&world.post(ADMIN, &members, member.clone()).await, 403, 7, "unauthorized");
    accepted(&world.post(OWNER, &members, member).await);
    let key = json!({ "spec": { "ownerId": bo, "ownerType": "OWNER_TYPE_USER", "displayName": "key" } });
    refused(&world.post(ADMIN, "/cloud/api-keys", key.clone()).await, 403, 7, "unauthorized");
    accepted(&world.post(OWNER, "/cloud/api-keys", key).await);
    let settings = Settings { owners_are_made: OwnersAreMade::ByGlobalAdmins, ..Settings::default() };
    let world = World::with(settings, |_| {}).await;
    accepted(&world.post(ADMIN, "/cloud/users", user("ROLE_OWNER")).await);
}

#[tokio::test]
async fn a_user_lives_from_invitation_to_deletion() {
    let world = World::start().await;
    let spec = user("Bo.Smith@Acme.Example", access("DEVELOPER", &[("orders", "WRITE")]));
    let bo = Thing::create(&world, USERS, "user", spec).await;
    let read = bo.read().await;
    assert_eq!(read["spec"], user("bo.smith@acme.example", access("DEVELOPER", &[("orders", "WRITE")])));
    assert!(read["invitation"]["expiredTime"].as_str() > read["invitation"]["createdTime"].as_str());
    assert_eq!((&read["state"], read.get("lastModifiedTime")), (&json!("RESOURCE_STATE_ACTIVE"), None));

    accepted(&bo.update(ADMIN, user("BO.SMITH@acme.example", access("READ", &[]))).await);
    let after = bo.read().await;
    assert_eq!(after["spec"]["access"], access("READ", &[]));
    assert_ne!(after["resourceVersion"], read["resourceVersion"]);
    assert_eq!(after["invitation"], read["invitation"]);
    let same = after["spec"].clone();
    refused(&bo.update(OWNER, same).await, 400, 3, "nothing to change");
    accepted(&bo.delete(OWNER).await);
    assert!(bo.is_gone().await);
}

#[tokio::test]
async fn what_a_user_says_follows_the_rules() {
    let world = World::start().await;
    let create = async |spec: Value| world.post(OWNER, USERS, json!({ "spec": spec })).await;
    refused(&world.post(OWNER, USERS, json!({})).await, 400, 3, "`spec` is required");
    for email in ["", "bo", "@acme.example", "bo@", "b o@acme.example"] {
        refused(&create(user(email, access("READ", &[]))).await, 400, 3, "spec.email");
    }
    refused(&create(json!({ "email": "bo@acme.example" })).await, 400, 3, "role");
    refused(&create(user("bo@acme.example", access("UNSPECIFIED", &[]))).await, 400, 3, "role");
    let lost = access("READ", &[("nowhere", "READ")]);
    refused(&create(user("bo@acme.example", lost)).await, 400, 3, "nowhere.a2dd6");
    let empty = access("READ", &[("orders", "UNSPECIFIED")]);
    refused(&create(user("bo@acme.example", empty)).await, 400, 3, "orders.a2dd6");
    refused(&create(user("ANA@acme.example", access("READ", &[]))).await, 409, 6, "ana@acme.example");
    let bo = Thing::create(&world, USERS, "user", user("bo@acme.example", access("READ", &[]))).await;
    refused(&bo.update(OWNER, user("new@acme.example", access("READ", &[]))).await, 400, 3, "cannot change");
    let stale = json!({ "spec": user("bo@acme.example", access("OWNER", &[])), "resourceVersion": "old" });
    refused(&world.post(OWNER, &bo.path, stale).await, 400, 9, "`old`");
}

#[tokio::test]
async fn words_of_old_api_versions_are_read() {
    let world = World::start().await;
    let old = json!({
        "accountAccess": { "roleDeprecated": "financeadmin" },
        "namespaceAccesses": { "orders.a2dd6": { "permissionDeprecated": "write" } },
    });
    let bo = Thing::create(&world, USERS, "user", user("bo@acme.example", old)).await;
    assert_eq!(bo.read().await["spec"]["access"], access("FINANCE_ADMIN", &[("orders", "WRITE")]));
    let wrong = json!({ "accountAccess": { "roleDeprecated": "emperor" } });
    let wrong = json!({ "spec": user("eve@acme.example", wrong) });
    refused(&world.post(OWNER, USERS, wrong).await, 400, 3, "emperor");
}

#[tokio::test]
async fn a_service_account_lives_from_create_to_delete() {
    let world = World::start().await;
    let spec = account("deploy", access("DEVELOPER", &[]));
    let deploy = Thing::create(&world, ACCOUNTS, "serviceAccount", spec.clone()).await;
    assert_eq!(deploy.read().await["spec"], spec);
    refused(&world.post(OWNER, ACCOUNTS, json!({ "spec": spec })).await, 409, 6, "deploy");
    let mut renamed = account("release", access("READ", &[("orders", "ADMIN")]));
    renamed["description"] = json!("releases");
    accepted(&deploy.update(OWNER, renamed.clone()).await);
    assert_eq!(deploy.read().await["spec"], renamed);
    refused(&deploy.update(OWNER, renamed).await, 400, 3, "nothing to change");
    refused(&deploy.update(OWNER, account("admin", access("READ", &[]))).await, 409, 6, "admin");
    let moved = scoped("release", "orders", "READ");
    refused(&deploy.update(OWNER, moved).await, 400, 3, "cannot change");
    let key =
        json!({ "ownerId": deploy.id(), "ownerType": "OWNER_TYPE_SERVICE_ACCOUNT", "displayName": "key" });
    let key = Thing::create(&world, "/cloud/api-keys", "apiKey", key).await;
    accepted(&deploy.delete(OWNER).await);
    assert!(deploy.is_gone().await && key.is_gone().await);
}

#[tokio::test]
async fn a_service_account_has_one_kind_of_access() {
    let world = World::start().await;
    let create = async |spec: Value| world.post(OWNER, ACCOUNTS, json!({ "spec": spec })).await;
    let mut both = scoped("both", "orders", "READ");
    both["access"] = access("READ", &[]);
    refused(&create(both).await, 400, 3, "namespace_scoped_access");
    refused(&create(json!({ "name": "neither" })).await, 400, 3, "namespace_scoped_access");
    refused(&create(account("", access("READ", &[]))).await, 400, 3, "spec.name");
    refused(&create(scoped("lost", "nowhere", "READ")).await, 400, 3, "nowhere.a2dd6");
    refused(&create(scoped("powerless", "orders", "UNSPECIFIED")).await, 400, 3, "permission");
}

#[tokio::test]
async fn a_namespace_admin_manages_the_service_accounts_of_its_namespace() {
    let world = World::start().await;
    let create = async |who: &str, spec: Value| world.post(who, ACCOUNTS, json!({ "spec": spec })).await;
    let (status, created) = create(READER, scoped("worker", "orders", "WRITE")).await;
    assert_eq!(status, 200, "{created}");
    let id = created["serviceAccountId"].as_str().unwrap();
    let worker = Thing::at(&world, ACCOUNTS, id, "serviceAccount");
    assert_eq!(worker.read().await["spec"].get("access"), None);
    accepted(&worker.update(READER, scoped("worker", "orders", "READ")).await);
    refused(&worker.update(READER, scoped("worker", "billing", "READ")).await, 400, 3, "cannot change");
    refused(&create(READER, scoped("other", "billing", "READ")).await, 403, 7, "unauthorized");
    refused(&create(READER, account("other", access("READ", &[]))).await, 403, 7, "unauthorized");
    accepted(&worker.delete(READER).await);
}

#[tokio::test]
async fn a_namespace_takes_its_service_accounts_with_it() {
    let world = World::start().await;
    let worker =
        Thing::create(&world, ACCOUNTS, "serviceAccount", scoped("worker", "shipping", "WRITE")).await;
    let key =
        json!({ "ownerId": worker.id(), "ownerType": "OWNER_TYPE_SERVICE_ACCOUNT", "displayName": "key" });
    let key = Thing::create(&world, "/cloud/api-keys", "apiKey", key).await;
    accepted(&Thing::at(&world, "/cloud/namespaces", "shipping.a2dd6", "namespace").delete(OWNER).await);
    assert!(worker.is_gone().await && key.is_gone().await);
}

#[tokio::test]
async fn a_group_lives_from_create_to_delete() {
    let world = World::start().await;
    let spec = group("developers", access("DEVELOPER", &[("orders", "READ")]));
    let developers = Thing::create(&world, GROUPS, "group", spec.clone()).await;
    assert_eq!(developers.read().await["spec"], spec);
    refused(&world.post(OWNER, GROUPS, json!({ "spec": spec })).await, 409, 6, "developers");
    accepted(&developers.update(OWNER, group("builders", access("READ", &[]))).await);
    refused(&developers.update(OWNER, group("billing", access("READ", &[]))).await, 409, 6, "billing");
    refused(&developers.update(OWNER, group("builders", access("READ", &[]))).await, 400, 3, "nothing");
    accepted(&developers.delete(OWNER).await);
    assert!(developers.is_gone().await);
}

#[tokio::test]
async fn a_groups_access_that_is_cleared_comes_back_unset() {
    let world = World::start().await;
    let developers =
        Thing::create(&world, GROUPS, "group", group("developers", access("DEVELOPER", &[]))).await;
    accepted(&developers.update(OWNER, json!({ "displayName": "developers", "cloudGroup": {} })).await);
    assert_eq!(developers.read().await["spec"].get("access"), None);
    let path = format!("/cloud/namespaces/orders.a2dd6/user-groups/{}/access", developers.id());
    for (held, shown) in [("WRITE", true), ("UNSPECIFIED", false)] {
        let body = json!({ "access": { "permission": format!("PERMISSION_{held}") },
            "resourceVersion": developers.read().await["resourceVersion"] });
        accepted(&world.post(OWNER, &path, body).await);
        assert_eq!(developers.read().await["spec"].get("access").is_some(), shown);
    }
}

#[tokio::test]
async fn what_a_group_says_follows_the_rules() {
    let world = World::start().await;
    let create = async |spec: Value| world.post(OWNER, GROUPS, json!({ "spec": spec })).await;
    for name in ["ab", "Upper", "a b c", &"a".repeat(65)] {
        refused(&create(group(name, access("READ", &[]))).await, 400, 3, "display_name");
    }
    refused(&create(json!({ "displayName": "typeless" })).await, 400, 3, "google_group");
    let scim = json!({ "displayName": "scim-group", "scimGroup": { "idpId": "x" } });
    refused(&create(scim).await, 400, 3, "SCIM");
    let google = json!({ "displayName": "google", "googleGroup": { "emailAddress": "Team@Acme.Example" } });
    let google = Thing::create(&world, GROUPS, "group", google).await;
    assert_eq!(google.read().await["spec"]["googleGroup"]["emailAddress"], "team@acme.example");
    let (_, found) = world.get(OWNER, &format!("{GROUPS}?googleGroup.emailAddress=team@acme.example")).await;
    assert_eq!(found["groups"].as_array().unwrap().len(), 1);
    refused(&google.update(OWNER, group("google", access("READ", &[]))).await, 400, 3, "type of a group");
    let member = json!({ "memberId": { "userId": "x" } });
    let answer = world.post(OWNER, &format!("{}/members", google.path), member).await;
    refused(&answer, 400, 3, "members of a Cloud group");
}

#[tokio::test]
async fn members_come_and_go_and_hold_what_the_group_holds() {
    let world = World::start().await;
    let (_, users) = world.get(OWNER, &format!("{USERS}?email=ana@acme.example")).await;
    let ana = users["users"][0]["id"].clone();
    let sellers =
        Thing::create(&world, GROUPS, "group", group("sellers", access("READ", &[("shipping", "READ")])))
            .await;
    let before = sellers.read().await;
    let body = json!({ "memberId": { "userId": ana } });
    let (members, remove) = (format!("{}/members", sellers.path), format!("{}/remove-member", sellers.path));
    assert_eq!(world.get(MEMBER, "/cloud/namespaces/shipping.a2dd6").await.0, 403);
    accepted(&world.post(OWNER, &members, body.clone()).await);
    refused(&world.post(OWNER, &members, body.clone()).await, 409, 6, "already");
    assert_eq!(world.get(MEMBER, "/cloud/namespaces/shipping.a2dd6").await.0, 200);
    assert_eq!(sellers.read().await["resourceVersion"], before["resourceVersion"]);
    accepted(&sellers.update(OWNER, group("sellers", access("READ", &[("shipping", "WRITE")]))).await);
    let (_, list) = world.get(OWNER, &members).await;
    assert_eq!(list["members"][0]["memberId"]["userId"], ana);
    accepted(&world.post(OWNER, &remove, body.clone()).await);
    refused(&world.post(OWNER, &remove, body).await, 404, 5, "member");
    assert_eq!(world.get(MEMBER, "/cloud/namespaces/shipping.a2dd6").await.0, 403);
    let stranger = json!({ "memberId": { "userId": "nobody" } });
    refused(&world.post(OWNER, &members, stranger).await, 404, 5, "nobody");
    refused(&world.post(OWNER, &members, json!({})).await, 400, 3, "user_id");
}

#[tokio::test]
async fn a_user_who_is_gone_is_no_member_and_has_no_key() {
    let world = World::start().await;
    let (_, users) = world.get(OWNER, &format!("{USERS}?email=ana@acme.example")).await;
    let ana = Thing::at(&world, USERS, users["users"][0]["id"].as_str().unwrap(), "user");
    accepted(&ana.delete(OWNER).await);
    assert_eq!(world.get(MEMBER, "/cloud/account").await.0, 401);
    let (_, groups) = world.get(OWNER, &format!("{GROUPS}?displayName=billing")).await;
    let members = format!("{GROUPS}/{}/members", groups["groups"][0]["id"].as_str().unwrap());
    assert_eq!(world.get(OWNER, &members).await, (200, json!({})));
}

#[tokio::test]
async fn access_to_a_namespace_is_set_one_principal_at_a_time() {
    let world = World::start().await;
    let bo = Thing::create(&world, USERS, "user", user("bo@acme.example", access("READ", &[]))).await;
    let path = format!("/cloud/namespaces/orders.a2dd6/users/{}/access", bo.id());
    let set = async |who: &str, body: Value| {
        let mut body = body;
        body["resourceVersion"] = bo.read().await["resourceVersion"].clone();
        world.post(who, &path, body).await
    };
    let write = json!({ "access": { "permission": "PERMISSION_WRITE" } });
    accepted(&set(READER, write.clone()).await);
    assert_eq!(bo.read().await["spec"]["access"], access("READ", &[("orders", "WRITE")]));
    refused(&set(READER, write.clone()).await, 400, 3, "nothing to change");
    refused(&set(MEMBER, write.clone()).await, 403, 7, "unauthorized");
    accepted(&set(READER, json!({})).await);
    assert_eq!(bo.read().await["spec"]["access"], access("READ", &[]));
    let mut stale = write;
    stale["resourceVersion"] = json!("old");
    refused(&world.post(OWNER, &path, stale.clone()).await, 400, 9, "`old`");
    let nobody = "/cloud/namespaces/orders.a2dd6/users/nobody/access";
    refused(&world.post(OWNER, nobody, stale).await, 404, 5, "nobody");
}

#[tokio::test]
async fn a_service_account_of_one_namespace_keeps_to_it() {
    let world = World::start().await;
    let worker = Thing::create(&world, ACCOUNTS, "serviceAccount", scoped("worker", "orders", "READ")).await;
    let set = async |namespace: &str, body: Value| {
        let mut body = body;
        body["resourceVersion"] = worker.read().await["resourceVersion"].clone();
        let path = format!("/cloud/namespaces/{namespace}.a2dd6/service-accounts/{}/access", worker.id());
        world.post(OWNER, &path, body).await
    };
    let write = json!({ "access": { "permission": "PERMISSION_WRITE" } });
    accepted(&set("orders", write.clone()).await);
    assert_eq!(worker.read().await["spec"], scoped("worker", "orders", "WRITE"));
    refused(&set("billing", write).await, 400, 3, "nowhere else");
    refused(&set("orders", json!({})).await, 400, 3, "nowhere else");
}

#[tokio::test]
async fn a_namespace_shows_who_has_access() {
    let world = World::start().await;
    let list = async |who: &str, of: &str| {
        world.get(who, &format!("/cloud/namespaces/orders.a2dd6/{of}-assignments?pageSize=1000")).await
    };
    let (_, accounts) = list(READER, "service-account").await;
    let accounts = accounts["serviceAccounts"].as_array().unwrap();
    let named = |name: &str| accounts.iter().find(|account| account["name"] == name);
    assert_eq!(named("orders").unwrap()["namespaceAccess"]["permission"], "PERMISSION_ADMIN");
    assert_eq!(named("orders").unwrap().get("inheritedAccess"), None);
    assert!(named("scoped").is_some());
    assert_eq!(named("admin").unwrap()["inheritedAccess"], true);
    assert_eq!(named("admin").unwrap().get("namespaceAccess"), None);
    assert!(accounts.windows(2).all(|pair| pair[0]["id"].as_str() < pair[1]["id"].as_str()));
    let (_, users) = list(OWNER, "user").await;
    assert_eq!(users["users"].as_array().unwrap().len(), 1);
    assert_eq!(users["users"][0]["email"], "owner");
    assert_eq!(list(OWNER, "user-group").await, (200, json!({})));
    let (_, groups) = world.get(OWNER, "/cloud/namespaces/billing.a2dd6/user-group-assignments").await;
    assert_eq!(groups["groups"][0]["displayName"], "billing");
    let hidden = world.get(ORDERS, "/cloud/namespaces/shipping.a2dd6/user-assignments").await;
    refused(&hidden, 403, 7, "unauthorized");
}

#[tokio::test]
async fn the_account_is_updated() {
    let world = World::start().await;
    let (_, read) = world.get(OWNER, "/cloud/account").await;
    let version = read["account"]["resourceVersion"].clone();
    let update = |version: &Value, spec: Value| json!({ "spec": spec, "resourceVersion": version });
    let same = world.post(OWNER, "/cloud/account", update(&version, json!({}))).await;
    refused(&same, 400, 3, "nothing to change");
    let metrics = json!({ "metrics": { "acceptedClientCa": "AAEC" } });
    accepted(&world.post(OWNER, "/cloud/account", update(&version, metrics.clone())).await);
    let (_, read) = world.get(OWNER, "/cloud/account").await;
    assert_eq!(read["account"]["spec"], metrics);
    assert_eq!(read["account"]["metrics"]["uri"], "https://a2dd6.tmprl.cloud/prometheus");
    refused(&world.post(OWNER, "/cloud/account", update(&version, json!({}))).await, 400, 9, "version");
    refused(&world.post(ORDERS, "/cloud/account", update(&version, json!({}))).await, 403, 7, "unauthorized");
}
