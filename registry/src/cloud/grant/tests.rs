use super::*;
use schema::permission::{Call, Verdict, decide};
use serde_json::json;

#[track_caller]
fn check(spec: Value, expected: &str) {
    let Grant { access, may_hold_more } = Grant::read(PrincipalKind::ServiceAccount, &spec);
    assert_eq!(format!("{access:?} {may_hold_more:?}"), expected);
}

#[test]
fn account_grants_are_read() {
    let spec = json!({ "access": {
        "accountAccess": { "role": "ROLE_DEVELOPER" },
        "namespaceAccesses": { "a1.a2dd6": { "permission": "PERMISSION_ADMIN" }, "b1.a2dd6": { "permission": 3 } },
    } });
    let expected =
        r#"Some(Account { role: Developer, namespaces: {"a1.a2dd6": Admin, "b1.a2dd6": Read} }) None"#;
    check(spec, expected);
    let old = json!({ "access": { "accountAccess": { "roleDeprecated": "financeadmin" } } });
    check(old, "Some(Account { role: FinanceAdmin, namespaces: {} }) None");
}

#[test]
fn scoped_grants_are_read() {
    let spec = json!({ "namespaceScopedAccess": {
        "namespace": "a1.a2dd6", "access": { "permission": "PERMISSION_WRITE" },
    } });
    check(spec, r#"Some(NamespaceScoped { namespace: "a1.a2dd6", permission: Write }) None"#);
}

#[test]
fn fields_that_say_nothing_leave_no_doubt() {
    let access = json!({
        "accountAccess": { "role": "ROLE_READ", "roleDeprecated": "", "customRoles": [] },
        "namespaceAccesses": { "a1.a2dd6": { "permission": "PERMISSION_UNSPECIFIED", "permissionDeprecated": "" } },
        "projectAccesses": {}, "customRolesDeprecated": [], "teams": null, "level": "LEVEL_UNSPECIFIED",
    });
    let spec = json!({ "name": "ci", "description": "x", "access": access, "namespaceScopedAccess": null, "projectScopedAccess": null });
    check(spec, "Some(Account { role: Read, namespaces: {} }) None");
}

#[test]
fn a_group_may_grant_nothing() {
    for access in [json!(null), json!({}), json!({ "accountAccess": null, "namespaceAccesses": {} })] {
        let spec = json!({ "displayName": "devs", "access": access, "cloudGroup": {} });
        assert!(Grant::read(PrincipalKind::Group, &spec).is_empty(), "{spec}");
    }
}

/// Read-Only with one more thing, and why that leaves a doubt.
fn doubts() -> Vec<(Value, &'static str)> {
    let read = |more: Value| {
        let mut access = json!({ "accountAccess": { "role": "ROLE_READ" } });
        for (key, value) in more.as_object().unwrap() {
            access[key] = value.clone();
        }
        json!({ "access": access })
    };
    let with_access = |key: &str, value: Value| {
        let mut spec = read(json!({}));
        spec[key] = value;
        spec
    };
    let permission = |permission: Value| read(json!({ "namespaceAccesses": { "a1.a2dd6": permission } }));
    let scoped = |scoped: Value| json!({ "namespaceScopedAccess": scoped });
    vec![
        (
            read(json!({ "projectAccesses": { "p1": { "role": "PROJECT_ROLE_ADMIN" } } })),
            "it has Project access that is not understood (`access.projectAccesses`)",
        ),
        (
            json!({ "projectScopedAccess": { "projectId": "p1", "access": { "role": 5 } } }),
            "it has Project access that is not understood (`projectScopedAccess`)",
        ),
        (
            json!({ "projectScopedAccess": "p1" }),
            "it has Project access that is not understood (`projectScopedAccess`)",
        ),
        (read(json!({ "teamAccesses": {} })), "it has access that is not understood (`access.teamAccesses`)"),
        (read(json!({ "everything": true })), "it has access that is not understood (`access.everything`)"),
        (
            with_access("regionScopedAccess", json!({})),
            "it has access that is not understood (`regionScopedAccess`)",
        ),
        (
            read(json!({ "accountAccess": { "role": 5, "until": "2027-01-01" } })),
            "it has access that is not understood (`access.accountAccess.until`)",
        ),
        (
            permission(json!({ "permission": 3, "conditions": ["x"] })),
            "it has access that is not understood (`access.namespaceAccesses.a1.a2dd6.conditions`)",
        ),
        (
            permission(json!("PERMISSION_ADMIN")),
            "it has access that is not understood (`access.namespaceAccesses.a1.a2dd6`)",
        ),
        (
            read(json!({ "namespaceAccesses": [{}] })),
            "it has access that is not understood (`access.namespaceAccesses`)",
        ),
        (json!({ "access": "all" }), "it has access that is not understood (`access`)"),
        (
            read(json!({ "accountAccess": ["ROLE_OWNER"] })),
            "it has access that is not understood (`access.accountAccess`)",
        ),
        (read(json!({ "accountAccess": { "role": 5, "customRoles": ["r"] } })), "it has custom roles"),
        (read(json!({ "accountAccess": { "customRoles": "r" } })), "it has custom roles"),
        (read(json!({ "customRolesDeprecated": ["r"] })), "it has custom roles"),
        (
            read(json!({ "accountAccess": { "role": "ROLE_KING" } })),
            "its account role `ROLE_KING` is not understood",
        ),
        (read(json!({ "accountAccess": { "role": 7 } })), "its account role `7` is not understood"),
        (read(json!({ "accountAccess": { "role": -1 } })), "its account role `-1` is not understood"),
        (read(json!({ "accountAccess": { "role": true } })), "its account role `true` is not understood"),
        (
            read(json!({ "accountAccess": { "roleDeprecated": "king" } })),
            "its account role `king` is not understood",
        ),
        (
            permission(json!({ "permission": 9 })),
            "its permission `9` on Namespace `a1.a2dd6` is not understood",
        ),
        (
            permission(json!({ "permission": "PERMISSION_ROOT" })),
            "its permission `PERMISSION_ROOT` on Namespace `a1.a2dd6` is not understood",
        ),
        (
            read(json!({ "namespaceAccesses": { "*": { "permission": 1 } } })),
            "its permission `PERMISSION_ADMIN` on Namespace `*` is not understood",
        ),
        (
            scoped(json!({ "namespace": "a1.a2dd6", "access": { "permission": 9 } })),
            "its permission `9` on Namespace `a1.a2dd6` is not understood",
        ),
        (
            scoped(json!({ "namespace": "a1.a2dd6", "access": { "permission": 3 }, "more": {} })),
            "it has access that is not understood (`namespaceScopedAccess.more`)",
        ),
        (scoped(json!({})), "its permission `` on Namespace `` is not understood"),
        (
            with_access(
                "namespaceScopedAccess",
                json!({ "namespace": "a1.a2dd6", "access": { "permission": 3 } }),
            ),
            "it has both `access` and `namespaceScopedAccess`",
        ),
        (json!({}), "it has no access of a form that is understood"),
        (json!(null), "it has no access of a form that is understood"),
        (json!({ "access": null }), "it has no access of a form that is understood"),
        (json!({ "access": {} }), "it has no access of a form that is understood"),
        (
            json!({ "access": { "accountAccess": { "role": 0 } } }),
            "it has no access of a form that is understood",
        ),
        (
            json!({ "access": { "namespaceAccesses": { "a1.a2dd6": { "permission": 1 } } } }),
            "it has permissions on Namespaces but no account role",
        ),
    ]
}

#[test]
fn what_is_not_understood_is_never_denied() {
    let (own, other): (NamespaceId, NamespaceId) = ("a1.a2dd6".parse().unwrap(), "b1.a2dd6".parse().unwrap());
    let calls = [
        Call::CreateEndpoint { target: &own },
        Call::UpdateEndpoint { from: &other, to: &own },
        Call::DeleteEndpoint { target: &other },
        Call::ManageAccount,
        Call::ManageCustomRoles,
        Call::CreateNamespace,
        Call::ManageNamespace(&other),
        Call::ReadNamespace(&other),
        Call::ManageScopedServiceAccount(&other),
        Call::ReadConnectivityRules,
        Call::ManageConnectivityRules,
        Call::TagNamespace,
    ];
    for (spec, reason) in doubts() {
        for kind in [PrincipalKind::User, PrincipalKind::ServiceAccount] {
            let rights = Grant::read(kind, &spec).rights();
            for call in calls {
                let verdict = decide(&rights, call);
                let is_unknown = matches!(&verdict, Verdict::Unknown(why, _) if why == reason);
                assert!(is_unknown, "{spec}: {verdict:?}, expected {reason}");
            }
        }
    }
}

#[test]
fn a_doubt_takes_nothing_away() {
    let own: NamespaceId = "a1.a2dd6".parse().unwrap();
    let access = json!({
        "accountAccess": { "role": "ROLE_DEVELOPER" },
        "namespaceAccesses": { "a1.a2dd6": { "permission": "PERMISSION_ADMIN", "more": 1 } },
        "projectAccesses": { "p1": {} },
    });
    let rights = Grant::read(PrincipalKind::User, &json!({ "access": access })).rights();
    assert!(decide(&rights, Call::CreateEndpoint { target: &own }).is_allowed());
    assert!(rights.may_hold_more.is_some());
}
