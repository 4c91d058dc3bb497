use crate::world::{MEMBER, ORDERS, OWNER, SCOPED, World, account, endpoint};
use devregistry::{DevRegistry, SeedError, Settings};
use serde_json::json;

#[tokio::test]
async fn a_wrong_key_or_scheme_is_not_authenticated() {
    let world = World::start().await;
    let key = world.key(OWNER);
    let wrong = [format!("Bearer {key}x"), format!("Basic {key}"), key.clone(), "Bearer ".to_owned()];
    for authorization in wrong {
        let request = world.http.get(world.url("/cloud/account")).header("authorization", authorization);
        let (status, body) = world.send(request).await;
        assert_eq!((status, &body["code"]), (401, &json!(16)));
        assert_eq!(body["message"], "request not authenticated");
    }
    let request =
        world.http.get(world.url("/cloud/account")).header("authorization", format!("bearer {key}"));
    assert_eq!(world.send(request).await.0, 200);
}

#[tokio::test]
async fn any_api_version_header_will_do() {
    let world = World::start().await;
    for version in ["v0.17.0", "2025-01-01", "nonsense"] {
        let request = world.http.get(world.url("/cloud/account")).bearer_auth(world.key(OWNER));
        let (status, _) = world.send(request.header("temporal-cloud-api-version", version)).await;
        assert_eq!(status, 200);
    }
}

#[tokio::test]
async fn the_current_identity_is_a_user_or_a_service_account_with_its_key() {
    let world = World::start().await;
    let (_, owner) = world.get(OWNER, "/cloud/current-identity").await;
    assert_eq!(owner["user"]["spec"]["email"], "owner");
    assert_eq!(owner["user"]["spec"]["access"]["accountAccess"]["role"], "ROLE_OWNER");
    assert_eq!(owner["principalApiKey"]["spec"]["ownerId"], owner["user"]["id"]);
    let (_, orders) = world.get(ORDERS, "/cloud/current-identity").await;
    let access = &orders["serviceAccount"]["spec"]["access"];
    assert_eq!(access["namespaceAccesses"]["orders.a2dd6"]["permission"], "PERMISSION_ADMIN");
    assert_eq!(orders["principalApiKey"]["spec"]["ownerType"], "OWNER_TYPE_SERVICE_ACCOUNT");
}

#[tokio::test]
async fn a_service_account_of_one_namespace_has_no_account_access() {
    let world = World::start().await;
    let (_, scoped) = world.get(SCOPED, "/cloud/current-identity").await;
    let spec = &scoped["serviceAccount"]["spec"];
    assert_eq!(spec.get("access"), None);
    assert_eq!(spec["namespaceScopedAccess"]["namespace"], "orders.a2dd6");
}

#[tokio::test]
async fn principals_are_read_one_by_one_and_in_lists() {
    let world = World::start().await;
    let (_, users) = world.get(ORDERS, "/cloud/users?email=Ana@acme.example").await;
    let ana = &users["users"][0];
    let (_, read) = world.get(ORDERS, &format!("/cloud/users/{}", ana["id"].as_str().unwrap())).await;
    assert_eq!(&read["user"], ana);
    let (_, accounts) = world.get(ORDERS, "/cloud/service-accounts").await;
    assert_eq!(accounts["serviceAccount"].as_array().unwrap().len(), 6);
    let (_, groups) = world.get(ORDERS, "/cloud/user-groups?namespace=billing.a2dd6").await;
    let group = groups["groups"][0].clone();
    assert_eq!(group["spec"]["displayName"], "billing");
    let path = format!("/cloud/user-groups/{}", group["id"].as_str().unwrap());
    assert_eq!(world.get(ORDERS, &path).await, (200, json!({ "group": group })));
    let (_, members) = world.get(ORDERS, &format!("{path}/members")).await;
    assert_eq!(members["members"][0]["memberId"]["userId"], ana["id"]);
    for path in ["/cloud/users/x", "/cloud/service-accounts/x", "/cloud/user-groups/x"] {
        assert_eq!(world.get(ORDERS, path).await.0, 404, "{path}");
    }
}

#[tokio::test]
async fn members_hold_what_their_groups_hold() {
    let world = World::start().await;
    assert_eq!(world.get(MEMBER, "/cloud/namespaces/billing.a2dd6").await.0, 200);
    assert_eq!(world.get(MEMBER, "/cloud/namespaces/orders.a2dd6").await.0, 403);
}

#[tokio::test]
async fn regions_are_listed_and_read() {
    let world = World::start().await;
    let (_, regions) = world.get(OWNER, "/cloud/regions").await;
    assert!(regions["regions"].as_array().unwrap().len() > 20);
    let (_, read) = world.get(OWNER, "/cloud/regions/gcp-us-central1").await;
    assert_eq!(read["region"]["cloudProvider"], "CLOUD_PROVIDER_GCP");
    assert_eq!(read["region"]["cloudProviderRegion"], "us-central1");
    assert_eq!(world.get(OWNER, "/cloud/regions/aws-mars-1").await.0, 404);
}

#[test]
fn keys_are_for_those_who_can_log_in() {
    let registry = DevRegistry::new(account(), Settings::default()).unwrap();
    let keys = registry.api_keys();
    let names: Vec<String> = keys.keys().map(ToString::to_string).collect();
    assert!(names.contains(&OWNER.to_owned()) && names.contains(&MEMBER.to_owned()));
    assert!(!names.iter().any(|name| name.starts_with("group.")));
    let texts: std::collections::BTreeSet<&str> = keys.values().map(|key| key.expose()).collect();
    assert_eq!(texts.len(), keys.len());
    assert!(!format!("{registry:?}").contains(keys[&OWNER.parse().unwrap()].expose()));
}

#[test]
fn seeds_that_no_registry_could_hold_are_refused() {
    let mut dangling = account();
    let lost = endpoint("lost", "nowhere", &[]);
    dangling.endpoints.insert(lost.name.clone(), lost);
    let refused = DevRegistry::new(dangling, Settings::default()).unwrap_err();
    assert!(refused.to_string().contains("`lost`") && refused.to_string().contains("nowhere"), "{refused}");

    let mut strangers = account();
    let group = strangers.principals.get_mut(&"group.billing".parse().unwrap()).unwrap();
    group.members.insert("user.nobody".parse().unwrap());
    let refused = DevRegistry::new(strangers, Settings::default()).unwrap_err();
    assert!(matches!(refused, SeedError::UnknownMember { .. }));

    let mut usurper = account();
    let mut owner = usurper.principals[&MEMBER.parse().unwrap()].clone();
    owner.id = OWNER.parse().unwrap();
    usurper.principals.insert(owner.id.clone(), owner);
    assert_eq!(DevRegistry::new(usurper, Settings::default()).unwrap_err(), SeedError::OwnerRole);
}
