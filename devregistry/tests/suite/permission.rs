use crate::world::{
    ADMIN, FINANCE, MEMBER, METRICS, ORDERS, OWNER, READER, SCOPED, World, namespace_spec, spec,
};
use devregistry::{NamespaceList, Settings};
use serde_json::{Value, json};

const COLUMNS: [&str; 8] = [OWNER, ADMIN, ORDERS, MEMBER, READER, FINANCE, METRICS, SCOPED];

/// Who may do what, by hand from Temporal's table of roles: `y` the call is allowed, `n` it is refused with
/// PermissionDenied. The columns are: Owner; Global Admin; a Developer who is Namespace Admin on `orders` and has Write
/// on `billing`; a Reader whose group makes it Developer and Namespace Admin on `billing`; Read-Only, Finance Admin and
/// Metrics-Read, each Namespace Admin on `orders`; a service account that administers `orders` alone. Metrics-Read on
/// Endpoints is documented nowhere, which counts as no.
const TABLE: &[(&str, &str)] = &[
    ("list endpoints", "yyyyyyny"),
    ("get endpoint", "yyyyyyny"),
    ("get missing endpoint", "yyyyyyny"),
    ("create on orders", "yyynnnnn"),
    ("create on billing", "yynynnnn"),
    ("create on shipping", "yynnnnnn"),
    ("create on a namespace that does not exist", "yynnnnnn"),
    ("create with callers that are others'", "yyynnnnn"),
    ("update on orders", "yyynnnnn"),
    ("retarget from orders to billing", "yynnnnnn"),
    ("retarget from orders to shipping", "yynnnnnn"),
    ("delete on orders", "yyynnnnn"),
    ("update missing endpoint", "yyyynnnn"),
    ("delete missing endpoint", "yyyynnnn"),
    ("get operation", "yyyyyyyy"),
    ("get account", "yyyyyyyy"),
    ("get identity", "yyyyyyyy"),
    ("get regions", "yyyyyyyy"),
    ("get users", "yyyyyyyy"),
    ("get service accounts", "yyyyyyyy"),
    ("get groups", "yyyyyyyy"),
    ("list namespaces", "yyyyyyyy"),
    ("get orders", "yyynyyyy"),
    ("get billing", "yyyynnnn"),
    ("get shipping", "yynnnnnn"),
    ("get missing namespace", "yynnnnnn"),
    ("get namespace of no valid name", "yynnnnnn"),
    ("create namespace", "yyyynnnn"),
    ("create namespace with tags", "yynnnnnn"),
    ("update orders", "yyynyyyy"),
    ("update billing", "yynynnnn"),
    ("delete shipping", "yynnnnnn"),
    ("delete missing namespace", "yynnnnnn"),
];

async fn call(world: &World, who: &str, name: &str) -> (u16, Value) {
    let held = world.orders_endpoint().await;
    let path = format!("/cloud/nexus/endpoints/{}", held["id"].as_str().unwrap());
    let version = &held["resourceVersion"];
    let create = |target, callers: &[&str]| json!({ "spec": spec("new-one", target, callers) });
    let update = |target| json!({ "spec": spec("renamed", target, &[]), "resourceVersion": version });
    let endpoints = "/cloud/nexus/endpoints";
    let deletion = format!("{path}?resourceVersion={}", version.as_str().unwrap());
    match name {
        "list endpoints" => world.get(who, endpoints).await,
        "get endpoint" => world.get(who, &path).await,
        "get missing endpoint" => world.get(who, "/cloud/nexus/endpoints/none").await,
        "create on orders" => world.post(who, endpoints, create("orders", &[])).await,
        "create on billing" => world.post(who, endpoints, create("billing", &[])).await,
        "create on shipping" => world.post(who, endpoints, create("shipping", &[])).await,
        "create on a namespace that does not exist" => {
            world.post(who, endpoints, create("nowhere", &[])).await
        }
        "create with callers that are others'" => {
            world.post(who, endpoints, create("orders", &["billing", "shipping"])).await
        }
        "update on orders" => world.post(who, &path, update("orders")).await,
        "retarget from orders to billing" => world.post(who, &path, update("billing")).await,
        "retarget from orders to shipping" => world.post(who, &path, update("shipping")).await,
        "delete on orders" => world.delete(who, &deletion).await,
        "update missing endpoint" => world.post(who, "/cloud/nexus/endpoints/none", update("orders")).await,
        "delete missing endpoint" => world.delete(who, "/cloud/nexus/endpoints/none?resourceVersion=1").await,
        "get operation" => world.get(who, "/cloud/operations/none").await,
        "get account" => world.get(who, "/cloud/account").await,
        "get identity" => world.get(who, "/cloud/current-identity").await,
        "get regions" => world.get(who, "/cloud/regions").await,
        "get users" => world.get(who, "/cloud/users").await,
        "get service accounts" => world.get(who, "/cloud/service-accounts").await,
        "get groups" => world.get(who, "/cloud/user-groups").await,
        "list namespaces" => world.get(who, "/cloud/namespaces").await,
        "get orders" => world.get(who, "/cloud/namespaces/orders.a2dd6").await,
        "get billing" => world.get(who, "/cloud/namespaces/billing.a2dd6").await,
        "get shipping" => world.get(who, "/cloud/namespaces/shipping.a2dd6").await,
        "get missing namespace" => world.get(who, "/cloud/namespaces/none.a2dd6").await,
        "get namespace of no valid name" => world.get(who, "/cloud/namespaces/NONE").await,
        "create namespace" => {
            world.post(who, "/cloud/namespaces", json!({ "spec": namespace_spec("new-one") })).await
        }
        "create namespace with tags" => {
            let body = json!({ "spec": namespace_spec("new-one"), "tags": { "a": "b" } });
            world.post(who, "/cloud/namespaces", body).await
        }
        "update orders" => world.post(who, "/cloud/namespaces/orders.a2dd6", json!({})).await,
        "update billing" => world.post(who, "/cloud/namespaces/billing.a2dd6", json!({})).await,
        "delete shipping" => world.delete(who, "/cloud/namespaces/shipping.a2dd6").await,
        "delete missing namespace" => world.delete(who, "/cloud/namespaces/none.a2dd6").await,
        _ => unreachable!("no call is named {name}"),
    }
}

#[tokio::test]
async fn roles_and_permissions_agree_with_the_documented_table() {
    for (name, expected) in TABLE {
        let mut answers = String::new();
        for who in COLUMNS {
            let world = World::start().await;
            let (status, body) = call(&world, who, name).await;
            assert_ne!(status, 401);
            let denied = status == 403 && body["message"] == "request unauthorized";
            answers.push(if denied { 'n' } else { 'y' });
        }
        assert_eq!(answers, *expected, "{name}");
    }
}

#[tokio::test]
async fn whoever_may_not_see_a_namespace_does_not_learn_whether_it_exists() {
    let world = World::start().await;
    let hidden = world.get(ORDERS, "/cloud/namespaces/shipping.a2dd6").await;
    let missing = world.get(ORDERS, "/cloud/namespaces/none.a2dd6").await;
    assert_eq!(hidden, missing);
    assert_eq!(world.get(ADMIN, "/cloud/namespaces/none.a2dd6").await.0, 404);
}

#[tokio::test]
async fn a_list_of_namespaces_shows_what_the_caller_may_read() {
    let names = |list: &Value| {
        let names = list["namespaces"].as_array().unwrap().iter();
        names.map(|item| item["namespace"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let world = World::start().await;
    assert_eq!(names(&world.get(ORDERS, "/cloud/namespaces").await.1), ["billing.a2dd6", "orders.a2dd6"]);
    assert_eq!(names(&world.get(ADMIN, "/cloud/namespaces").await.1).len(), 3);
    let whole = Settings { namespace_list: NamespaceList::Whole, ..Settings::default() };
    let world = World::with(whole, |_| {}).await;
    assert_eq!(names(&world.get(ORDERS, "/cloud/namespaces").await.1).len(), 3);
}
