use crate::thing::Thing;
use crate::world::{
    ADMIN, FINANCE, MEMBER, METRICS, ORDERS, OWNER, READER, SCOPED, World, namespace_spec, spec,
};
use devregistry::{NamespaceList, Settings};
use futures_util::future::join_all;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

const COLUMNS: [&str; 8] = [OWNER, ADMIN, ORDERS, MEMBER, READER, FINANCE, METRICS, SCOPED];

/// Who may do what, by hand from Temporal's table of roles: `y` the call is allowed, `n` it is refused with
/// PermissionDenied. The columns are: Owner; Global Admin; a Developer who is Namespace Admin on `orders` and has Write
/// on `billing`; a Reader whose group makes it Developer and Namespace Admin on `billing`; Read-Only, Finance Admin and
/// Metrics-Read, each Namespace Admin on `orders`; a service account that administers `orders` alone. Metrics-Read on
/// Endpoints is documented nowhere, which counts as no.
///
/// A row is an RPC, what its path names (`orders` is short for `orders.a2dd6`, `$` marks an id that is looked up), the
/// body where permission depends on it, and the answers.
const TABLE: &[(&str, &str, &str, &str)] = &[
    ("GetCurrentIdentity", "", "", "yyyyyyyy"),
    ("GetAccount", "", "", "yyyyyyyy"),
    ("UpdateAccount", "", "", "yynnnnnn"),
    ("GetRegions", "", "", "yyyyyyyy"),
    ("GetRegion", "aws-us-east-1", "", "yyyyyyyy"),
    ("GetAsyncOperation", "none", "", "yyyyyyyy"),
    //
    ("GetNexusEndpoints", "", "", "yyyyyyny"),
    ("GetNexusEndpoint", "$endpoint", "", "yyyyyyny"),
    ("GetNexusEndpoint", "none", "", "yyyyyyny"),
    ("CreateNexusEndpoint", "", "endpoint on orders", "yyynnnnn"),
    ("CreateNexusEndpoint", "", "endpoint on billing", "yynynnnn"),
    ("CreateNexusEndpoint", "", "endpoint on shipping", "yynnnnnn"),
    ("CreateNexusEndpoint", "", "endpoint on none", "yynnnnnn"),
    ("CreateNexusEndpoint", "", "endpoint on orders for others", "yyynnnnn"),
    ("UpdateNexusEndpoint", "$endpoint", "endpoint on orders", "yyynnnnn"),
    ("UpdateNexusEndpoint", "$endpoint", "endpoint on billing", "yynnnnnn"),
    ("UpdateNexusEndpoint", "$endpoint", "endpoint on shipping", "yynnnnnn"),
    ("UpdateNexusEndpoint", "none", "endpoint on orders", "yyyynnnn"),
    ("DeleteNexusEndpoint", "$endpoint", "", "yyynnnnn"),
    ("DeleteNexusEndpoint", "none", "", "yyyynnnn"),
    //
    ("GetNamespaces", "", "", "yyyyyyyy"),
    ("GetNamespace", "orders", "", "yyynyyyy"),
    ("GetNamespace", "billing", "", "yyyynnnn"),
    ("GetNamespace", "shipping", "", "yynnnnnn"),
    ("GetNamespace", "none", "", "yynnnnnn"),
    ("GetNamespace", "NONE", "", "yynnnnnn"),
    ("CreateNamespace", "", "namespace", "yyyynnnn"),
    ("CreateNamespace", "", "namespace with tags", "yynnnnnn"),
    ("UpdateNamespace", "orders", "", "yyynyyyy"),
    ("UpdateNamespace", "orders", "connectivity rule", "yyynyyyy"),
    ("UpdateNamespace", "billing", "", "yynynnnn"),
    ("UpdateNamespaceTags", "orders", "", "yynnnnnn"),
    ("UpdateNamespaceTags", "none", "", "yynnnnnn"),
    ("RenameCustomSearchAttribute", "orders", "", "yyynyyyy"),
    ("RenameCustomSearchAttribute", "billing", "", "yynynnnn"),
    ("AddNamespaceRegion", "orders", "", "yyynyyyy"),
    ("AddNamespaceRegion", "billing", "", "yynynnnn"),
    ("DeleteNamespaceRegion", "orders aws-us-east-1", "", "yyynyyyy"),
    ("DeleteNamespaceRegion", "billing aws-us-east-1", "", "yynynnnn"),
    ("FailoverNamespaceRegion", "orders", "", "yyynyyyy"),
    ("FailoverNamespaceRegion", "billing", "", "yynynnnn"),
    ("DeleteNamespace", "orders", "", "yyynyyyy"),
    ("DeleteNamespace", "shipping", "", "yynnnnnn"),
    ("DeleteNamespace", "none", "", "yynnnnnn"),
    ("GetUserNamespaceAssignments", "orders", "", "yyynyyyy"),
    ("GetUserNamespaceAssignments", "billing", "", "yyyynnnn"),
    ("GetServiceAccountNamespaceAssignments", "orders", "", "yyynyyyy"),
    ("GetServiceAccountNamespaceAssignments", "billing", "", "yyyynnnn"),
    ("GetUserGroupNamespaceAssignments", "orders", "", "yyynyyyy"),
    ("GetUserGroupNamespaceAssignments", "billing", "", "yyyynnnn"),
    //
    ("GetConnectivityRules", "", "", "yyyynnnn"),
    ("GetConnectivityRule", "$rule", "", "yyyynnnn"),
    ("CreateConnectivityRule", "", "", "yynnnnnn"),
    ("DeleteConnectivityRule", "$rule", "", "yynnnnnn"),
    //
    ("GetUsers", "", "", "yyyyyyyy"),
    ("GetUser", "$user", "", "yyyyyyyy"),
    ("CreateUser", "", "", "yynnnnnn"),
    ("UpdateUser", "$user", "", "yynnnnnn"),
    ("DeleteUser", "$user", "", "yynnnnnn"),
    ("SetUserNamespaceAccess", "orders $user", "", "yyynyyyy"),
    ("SetUserNamespaceAccess", "billing $user", "", "yynynnnn"),
    ("GetServiceAccounts", "", "", "yyyyyyyy"),
    ("GetServiceAccount", "$account", "", "yyyyyyyy"),
    ("CreateServiceAccount", "", "account", "yynnnnnn"),
    ("CreateServiceAccount", "", "account of orders", "yyynyyyy"),
    ("CreateServiceAccount", "", "account of billing", "yynynnnn"),
    ("UpdateServiceAccount", "$account", "", "yynnnnnn"),
    ("UpdateServiceAccount", "$scoped", "", "yyynyyyy"),
    ("DeleteServiceAccount", "$account", "", "yynnnnnn"),
    ("DeleteServiceAccount", "$scoped", "", "yyynyyyy"),
    ("SetServiceAccountNamespaceAccess", "orders $account", "", "yyynyyyy"),
    ("SetServiceAccountNamespaceAccess", "billing $account", "", "yynynnnn"),
    ("GetUserGroups", "", "", "yyyyyyyy"),
    ("GetUserGroup", "$group", "", "yyyyyyyy"),
    ("GetUserGroupMembers", "$group", "", "yyyyyyyy"),
    ("CreateUserGroup", "", "", "yynnnnnn"),
    ("UpdateUserGroup", "$group", "", "yynnnnnn"),
    ("DeleteUserGroup", "$group", "", "yynnnnnn"),
    ("AddUserGroupMember", "$group", "", "yynnnnnn"),
    ("RemoveUserGroupMember", "$group", "", "yynnnnnn"),
    ("SetUserGroupNamespaceAccess", "orders $group", "", "yyynyyyy"),
    ("SetUserGroupNamespaceAccess", "billing $group", "", "yynynnnn"),
    //
    ("GetApiKeys", "", "", "yyyyyyyy"),
    ("GetApiKey", "$own_key", "", "yyyyyyyy"),
    ("GetApiKey", "$owners_key", "", "yynnnnnn"),
    ("GetApiKey", "$scoped_key", "", "yyynyyyy"),
    ("GetApiKey", "none", "", "yynnnnnn"),
    ("CreateApiKey", "", "own key", "yyyyyyyy"),
    ("CreateApiKey", "", "owner's key", "ynnnnnnn"),
    ("CreateApiKey", "", "account's key", "yynnnnnn"),
    ("CreateApiKey", "", "scoped account's key", "yyynyyyy"),
    ("UpdateApiKey", "$own_key", "", "yyyyyyyy"),
    ("UpdateApiKey", "$owners_key", "", "yynnnnnn"),
    ("DeleteApiKey", "$own_key", "", "yyyyyyyy"),
    ("DeleteApiKey", "$owners_key", "", "yynnnnnn"),
    //
    ("GetCustomRoles", "", "", "yyyyyyyy"),
    ("GetCustomRole", "$role", "", "yyyyyyyy"),
    ("CreateCustomRole", "", "", "ynnnnnnn"),
    ("UpdateCustomRole", "$role", "", "ynnnnnnn"),
    ("DeleteCustomRole", "$role", "", "ynnnnnnn"),
    ("CreateUser", "", "user with a custom role", "ynnnnnnn"),
];

/// The verb and path of an RPC, from the table of routes.
fn route(rpc: &str) -> (&'static str, &'static str) {
    let mut rows = include_str!("../../routes.tsv").lines();
    let row = rows.find(|row| row.split('\t').next() == Some(rpc)).unwrap();
    let mut cells = row.split('\t').skip(1);
    (cells.next().unwrap(), cells.next().unwrap())
}

/// The ids of what rows mark with `$`.
async fn ids(world: &World, who: &str) -> BTreeMap<&'static str, String> {
    let identity = async |who: &str| world.get(who, "/cloud/current-identity").await.1;
    let id = |value: &Value| value["id"].as_str().unwrap().to_owned();
    let key = |identity: &Value| id(&identity["principalApiKey"]);
    let (own, owner, scoped) = (identity(who).await, identity(OWNER).await, identity(SCOPED).await);
    let own_account = own.get("user").or(own.get("serviceAccount")).unwrap();
    let groups = world.get(OWNER, "/cloud/user-groups").await.1;
    let rule = json!({ "publicRule": {} });
    let rule = Thing::create(world, "/cloud/connectivity-rules", "connectivityRule", rule).await;
    let account = json!({ "name": "deploy", "access": { "accountAccess": { "role": "ROLE_READ" } } });
    let account = Thing::create(world, "/cloud/service-accounts", "serviceAccount", account).await;
    let resources = json!({ "resourceType": "accounts", "allowAll": true });
    let permission = json!({ "resources": resources, "actions": ["cloud.account.get"] });
    let role = json!({ "name": "extra", "permissions": [permission] });
    let role = Thing::create(world, "/cloud/custom-roles", "customRole", role).await;
    BTreeMap::from([
        ("endpoint", id(&world.orders_endpoint().await)),
        ("user", id(&identity(MEMBER).await["user"])),
        ("owner", id(&owner["user"])),
        ("account", account.id().to_owned()),
        ("scoped", id(&scoped["serviceAccount"])),
        ("group", id(&groups["groups"][0])),
        ("own", id(own_account)),
        ("own_key", key(&own)),
        ("owners_key", key(&owner)),
        ("scoped_key", key(&scoped)),
        ("rule", rule.id().to_owned()),
        ("role", role.id().to_owned()),
    ])
}

fn body(name: &str, ids: &BTreeMap<&str, String>, who: &str) -> Value {
    let key = |owner: &str, is_user: bool| {
        let kind = if is_user { "OWNER_TYPE_USER" } else { "OWNER_TYPE_SERVICE_ACCOUNT" };
        json!({ "spec": { "ownerId": ids[owner], "ownerType": kind, "displayName": "key" } })
    };
    let scoped = |namespace: &str| {
        let access = json!({ "permission": "PERMISSION_READ" });
        let scoped = json!({ "namespace": format!("{namespace}.a2dd6"), "access": access });
        json!({ "spec": { "name": "fresh", "namespaceScopedAccess": scoped } })
    };
    let access = json!({ "accountAccess": { "role": "ROLE_READ" } });
    match name {
        "" => json!({}),
        "endpoint on orders for others" => {
            json!({ "spec": spec("fresh", "orders", &["billing", "shipping"]) })
        }
        "namespace" => json!({ "spec": namespace_spec("fresh") }),
        "namespace with tags" => json!({ "spec": namespace_spec("fresh"), "tags": { "a": "b" } }),
        "connectivity rule" => json!({ "spec": { "name": "orders", "connectivityRuleIds": [ids["rule"]] } }),
        "account" => json!({ "spec": { "name": "fresh", "access": access } }),
        "account of orders" => scoped("orders"),
        "account of billing" => scoped("billing"),
        "own key" => key("own", who.starts_with("user.")),
        "owner's key" => key("owner", true),
        "account's key" => key("account", false),
        "scoped account's key" => key("scoped", false),
        "user with a custom role" => {
            let access = json!({ "accountAccess": { "role": "ROLE_READ", "customRoles": [ids["role"]] } });
            json!({ "spec": { "email": "bo@acme.example", "access": access } })
        }
        endpoint => {
            let target = endpoint.strip_prefix("endpoint on ").unwrap();
            json!({ "spec": spec("fresh", target, &[]) })
        }
    }
}

/// Whether a principal is let through. That a call goes wrong for another reason counts as being let through.
async fn allowed(who: &str, (rpc, names, body_name, _): &(&str, &str, &str, &str)) -> bool {
    let world = World::start().await;
    let ids = ids(&world, who).await;
    let (verb, template) = route(rpc);
    let mut path = template.to_owned();
    for name in names.split_whitespace() {
        let value = match name.strip_prefix('$') {
            Some(name) => ids[name].clone(),
            None if path.contains("{namespace}") && name != "NONE" => format!("{name}.a2dd6"),
            None => name.to_owned(),
        };
        let (from, to) = (path.find('{').unwrap(), path.find('}').unwrap());
        path.replace_range(from..=to, &value);
    }
    let request = world.http.request(verb.parse().unwrap(), world.url(&path)).bearer_auth(world.key(who));
    let request = if verb == "POST" { request.json(&body(body_name, &ids, who)) } else { request };
    let (status, answer) = world.send(request).await;
    assert!(![401, 405, 501].contains(&status), "{rpc} {path}: {answer}");
    assert!(status != 404 || answer["message"] != "not found", "{rpc} {path}: {answer}");
    if status == 403 {
        assert_eq!(answer["message"], "request unauthorized");
    }
    status != 403
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn roles_and_permissions_agree_with_the_documented_table() {
    let mut wrong = Vec::new();
    for row in TABLE {
        let answers = join_all(COLUMNS.map(|who| allowed(who, row))).await;
        let answers: String = answers.into_iter().map(|allowed| if allowed { 'y' } else { 'n' }).collect();
        if answers != row.3 {
            wrong.push(format!("{row:?}: {answers}"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[tokio::test]
async fn the_documented_table_has_every_call() {
    let world = World::start().await;
    let judged: BTreeSet<&str> = TABLE.iter().map(|row| row.0).collect();
    for row in include_str!("../../routes.tsv").lines().filter(|line| !line.starts_with('#')) {
        let rpc = row.split('\t').next().unwrap();
        let (verb, path) = route(rpc);
        let path = path.replace(['{', '}'], "");
        let request = world.http.request(verb.parse().unwrap(), world.url(&path));
        let (status, _) = world.send(request.bearer_auth(world.key(OWNER))).await;
        assert_eq!(status != 501, judged.contains(rpc), "{rpc}");
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
    let whole = Settings { namespace_list: NamespaceList::All, ..Settings::default() };
    let world = World::with(whole, |_| {}).await;
    assert_eq!(names(&world.get(ORDERS, "/cloud/namespaces").await.1).len(), 3);
}
