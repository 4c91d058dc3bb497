//! Identities, rights and principals, as far as they can be seen.

use crate::scripted::{Answer, Scripted, Seen, ok, refusal};
use schema::access::{AccountRole, NamespacePermission};
use schema::name::NamespaceId;
use serde_json::{Value, json};

fn access(role: &str, namespaces: &[&str]) -> Value {
    let admin = |id: &&str| ((*id).to_owned(), json!({ "permission": "PERMISSION_ADMIN" }));
    let namespaces: serde_json::Map<_, _> = namespaces.iter().map(admin).collect();
    json!({ "accountAccess": { "role": role }, "namespaceAccesses": namespaces })
}

fn user(id: &str, email: &str, access: &Value) -> Value {
    json!({ "id": id, "spec": { "email": email, "access": access } })
}

fn group(id: &str, name: &str, kind: &str, access: &Value) -> Value {
    json!({ "id": id, "spec": { "displayName": name, "access": access, kind: {} } })
}

/// Ana reads; her groups may add to it.
fn account(seen: &Seen) -> Answer {
    let path = seen.line.split(['?']).next().unwrap_or_default();
    let groups = [
        group("g1", "devs", "cloudGroup", &access("ROLE_DEVELOPER", &["pay.a2dd6"])),
        group("g2", "owners", "cloudGroup", &access("ROLE_OWNER", &[])),
        group("g3", "none", "cloudGroup", &Value::Null),
    ];
    let members = |ids: &[&str]| {
        let member = |id: &&str| json!({ "memberId": { "userId": id } });
        ok(json!({ "members": ids.iter().map(member).collect::<Vec<_>>() }))
    };
    match path.trim_start_matches("GET /cloud/") {
        "current-identity" => {
            ok(json!({ "user": user("u1", "Ana@acme.example", &access("ROLE_READ", &[])) }))
        }
        "users" => ok(json!({ "users": [
            user("u1", "Ana@acme.example", &access("ROLE_READ", &[])),
            user("u2", "bo@acme.example", &access("ROLE_ADMIN", &[])),
        ] })),
        "service-accounts" => {
            let spec = json!({ "name": "ci", "access": access("ROLE_DEVELOPER", &["pay.a2dd6"]) });
            ok(json!({ "serviceAccount": [{ "id": "s1", "spec": spec }] }))
        }
        "user-groups" => ok(json!({ "groups": groups })),
        "user-groups/g1/members" => members(&["u1", "u2"]),
        "user-groups/g2/members" => members(&["u2"]),
        "user-groups/g3/members" => members(&[]),
        path => panic!("nobody asks for {path}"),
    }
}

#[tokio::test]
async fn an_identity_holds_what_its_groups_hold() {
    let server = Scripted::serving(account).await;
    let registry = server.client();
    let identity = registry.identity().await.unwrap();
    assert_eq!(identity.id.to_string(), "user.ana@acme.example");
    let rights = registry.rights(&identity).await.unwrap();
    let namespace: NamespaceId = "pay.a2dd6".parse().unwrap();
    assert!(rights.hold(&namespace, NamespacePermission::Admin) && rights.develop());
    assert!(!rights.administer_account());
    assert_eq!(rights.may_hold_more, None);
    let asked = server.lines().iter().any(|line| line.contains("g3"));
    assert!(!asked, "a group without a grant changes nothing");
}

#[tokio::test]
async fn rights_may_be_more_where_groups_cannot_be_seen() {
    for hidden in [refusal(403, 7, "request unauthorized"), refusal(501, 12, "unknown method")] {
        let server = Scripted::serving(move |seen| match seen.line.contains("user-groups") {
            true => hidden.clone(),
            false => account(seen),
        });
        let registry = server.await.client();
        let identity = registry.identity().await.unwrap();
        let rights = registry.rights(&identity).await.unwrap();
        let reason = rights.may_hold_more.unwrap();
        assert!(reason.starts_with("its groups cannot be read"), "{reason}");
    }
}

#[tokio::test]
async fn rights_may_be_more_where_an_identity_provider_keeps_the_members() {
    let server = Scripted::serving(|seen| match seen.line.as_str() {
        line if line.contains("/members") => ok(json!({})),
        line if line.contains("user-groups") => {
            ok(json!({ "groups": [group("g1", "sso", "scimGroup", &access("ROLE_DEVELOPER", &[]))] }))
        }
        _ => account(seen),
    });
    let registry = server.await.client();
    let identity = registry.identity().await.unwrap();
    let rights = registry.rights(&identity).await.unwrap();
    let expected = "the members of group `sso` cannot be read (they are managed by its identity provider)";
    assert_eq!(rights.may_hold_more.as_deref(), Some(expected));
}

#[tokio::test]
async fn a_service_account_and_an_admin_need_no_look_at_groups() {
    let account = json!({ "id": "s1", "spec": { "name": "ci", "access": access("ROLE_DEVELOPER", &[]) } });
    let admin = user("u2", "bo@acme.example", &access("ROLE_ADMIN", &[]));
    for answer in [json!({ "serviceAccount": account }), json!({ "user": admin })] {
        let server = Scripted::in_order(vec![ok(answer)]).await;
        let registry = server.client();
        let identity = registry.identity().await.unwrap();
        assert!(registry.rights(&identity).await.unwrap().develop());
        assert_eq!(server.seen().len(), 1);
    }
}

#[tokio::test]
async fn principals_are_listed_with_their_members() {
    let registry = Scripted::serving(account).await.client();
    let principals = registry.principals().await.unwrap();
    let sections = [&principals.users, &principals.service_accounts, &principals.groups];
    assert!(sections.iter().all(|section| section.incomplete.is_none()));
    let devs = principals.get(&"group.devs".parse().unwrap()).unwrap().principal().unwrap();
    assert_eq!(format!("{:?}", devs.members), r#"{"user.ana@acme.example", "user.bo@acme.example"}"#);
    assert_eq!(principals.get(&"group.none".parse().unwrap()).unwrap().principal(), None);
    let rights = principals.rights(&"user.ana@acme.example".parse().unwrap()).unwrap();
    assert_eq!(rights.roles.iter().copied().collect::<Vec<_>>(), [AccountRole::Developer, AccountRole::Read]);
    let ci = principals.rights(&"service_account.ci".parse().unwrap()).unwrap();
    assert_eq!((ci.develop(), ci.may_hold_more), (true, None));
}

#[tokio::test]
async fn what_is_hidden_makes_a_section_incomplete_and_no_error() {
    let server = Scripted::serving(|seen| match seen.line.contains("user-groups") {
        true => refusal(403, 7, "request unauthorized"),
        false => account(seen),
    });
    let principals = server.await.client().principals().await.unwrap();
    let expected = "list groups: permission denied: request unauthorized";
    assert_eq!(principals.groups.incomplete.as_deref(), Some(expected));
    assert!(principals.rights(&"user.ana@acme.example".parse().unwrap()).unwrap().may_hold_more.is_some());
    assert_eq!(principals.users.incomplete, None);
}

/// The account, where the answers about `path` are others.
async fn with(path: &'static str, answer: Value) -> Scripted {
    Scripted::serving(move |seen| match seen.line.split('?').next() == Some(&format!("GET /cloud/{path}")) {
        true => ok(answer.clone()),
        false => account(seen),
    })
    .await
}

#[tokio::test]
async fn a_group_with_project_access_leaves_a_doubt_about_its_members_alone() {
    let mut access = access("ROLE_READ", &[]);
    access["projectAccesses"] = json!({ "p1": { "role": "PROJECT_ROLE_ADMIN" } });
    let groups = json!({ "groups": [
        group("g1", "devs", "cloudGroup", &access),
        group("g2", "owners", "cloudGroup", &json!(null)),
    ] });
    let registry = with("user-groups", groups).await.client();
    let expected =
        "of its group `devs`, it has Project access that is not understood (`access.projectAccesses`)";
    let identity = registry.identity().await.unwrap();
    assert_eq!(registry.rights(&identity).await.unwrap().may_hold_more.as_deref(), Some(expected));
    let principals = registry.principals().await.unwrap();
    let more = |id: &str| principals.rights(&id.parse().unwrap()).unwrap().may_hold_more;
    assert_eq!(more("user.ana@acme.example").as_deref(), Some(expected));
    assert_eq!(more("service_account.ci"), None);
}

#[tokio::test]
async fn members_of_a_kind_that_is_not_understood_leave_a_doubt() {
    let members = json!({ "members": [{ "memberId": { "groupId": "g9" } }] });
    let registry = with("user-groups/g2/members", members).await.client();
    let expected = "the members of group `owners` cannot be read (some are of an unknown kind)";
    let identity = registry.identity().await.unwrap();
    assert_eq!(registry.rights(&identity).await.unwrap().may_hold_more.as_deref(), Some(expected));
    let principals = registry.principals().await.unwrap();
    assert_eq!(principals.groups.incomplete.as_deref(), Some(expected));
}

#[tokio::test]
async fn the_members_of_a_group_of_another_kind_may_be_kept_elsewhere() {
    let groups = json!({ "groups": [group("g3", "none", "directoryGroup", &access("ROLE_OWNER", &[]))] });
    let registry = with("user-groups", groups).await.client();
    let identity = registry.identity().await.unwrap();
    let more = registry.rights(&identity).await.unwrap().may_hold_more;
    let expected = "the members of group `none` cannot be read (they are managed by an unknown service)";
    assert_eq!(more.as_deref(), Some(expected));
}

#[tokio::test]
async fn reads_of_principals_name_a_version_that_shows_all_access() {
    let server = Scripted::serving(account).await;
    let registry = server.client();
    let identity = registry.identity().await.unwrap();
    registry.rights(&identity).await.unwrap();
    registry.principals().await.unwrap();
    for seen in server.seen().iter() {
        let named =
            seen.headers.iter().filter_map(|header| header.strip_prefix("temporal-cloud-api-version: "));
        assert_eq!(named.collect::<Vec<_>>(), [registry::ACCESS_API_VERSION], "{}", seen.line);
    }
    assert!(registry::ACCESS_API_VERSION >= "v0.18.0", "it shows no Project access below");
}
