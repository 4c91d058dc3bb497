//! What the registry says that a principal is granted, in the terms of `schema`.

use crate::json;
use schema::access::{Access, AccountRole, NamespacePermission, Rights};
use schema::name::NamespaceId;
use serde_json::Value;
use std::collections::BTreeMap;

const ROLES: [&str; 7] = [
    "",
    "ROLE_OWNER",
    "ROLE_ADMIN",
    "ROLE_DEVELOPER",
    "ROLE_FINANCE_ADMIN",
    "ROLE_READ",
    "ROLE_METRICS_READ",
];
const PERMISSIONS: [&str; 4] = ["", "PERMISSION_ADMIN", "PERMISSION_WRITE", "PERMISSION_READ"];

/// What one principal is granted itself, its groups' left out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Grant {
    /// The grant, as far as this version knows its words; `None` when nothing is granted.
    pub access: Option<Access>,
    /// Why there may be more: custom roles, or words of a newer API.
    pub may_hold_more: Option<String>,
}

impl Grant {
    /// The rights that it gives.
    #[must_use]
    pub fn rights(&self) -> Rights {
        let mut rights = self.access.as_ref().map(Rights::of).unwrap_or_default();
        rights.may_hold_more.clone_from(&self.may_hold_more);
        rights
    }

    /// Whether it gives nothing and nothing is left in the dark.
    pub(crate) fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Reads the `access` or `namespaceScopedAccess` of a principal's spec.
    pub(crate) fn read(spec: &Value) -> Self {
        let scoped = spec.get("namespaceScopedAccess").filter(|access| access.is_object());
        scoped.map_or_else(|| Self::of_account(spec), Self::of_namespace)
    }

    fn of_account(spec: &Value) -> Self {
        let mut reasons = Vec::new();
        let custom = json::list(spec, "/access/accountAccess/customRoles");
        if !custom.is_empty() || !json::list(spec, "/access/customRolesDeprecated").is_empty() {
            reasons.push("it has custom roles".to_owned());
        }
        let word = word(spec, "/access/accountAccess", "role", &ROLES);
        let role = role(&word);
        if role.is_none() && !word.is_empty() {
            reasons.push(format!("its account role `{word}` is not known to this version"));
        }
        let namespaces = namespaces(spec, &mut reasons);
        if role.is_none() && !namespaces.is_empty() && reasons.is_empty() {
            reasons.push("it has permissions on Namespaces but no account role".to_owned());
        }
        let access = role.map(|role| Access::Account { role, namespaces });
        Self { access, may_hold_more: (!reasons.is_empty()).then(|| reasons.join(", ")) }
    }

    fn of_namespace(scoped: &Value) -> Self {
        let word = word(scoped, "/access", "permission", &PERMISSIONS);
        let id = json::text(scoped, "/namespace");
        match (id.parse(), permission(&word)) {
            (Ok(namespace), Some(permission)) => {
                Self { access: Some(Access::NamespaceScoped { namespace, permission }), may_hold_more: None }
            }
            _ => {
                let reason =
                    format!("its permission `{word}` on Namespace `{id}` is not known to this version");
                Self { access: None, may_hold_more: Some(reason) }
            }
        }
    }
}

fn namespaces(spec: &Value, reasons: &mut Vec<String>) -> BTreeMap<NamespaceId, NamespacePermission> {
    let mut held = BTreeMap::new();
    for (id, access) in json::entries(spec, "/access/namespaceAccesses") {
        let word = word(access, "", "permission", &PERMISSIONS);
        match (id.parse(), permission(&word)) {
            (Ok(namespace), Some(permission)) => {
                held.insert(namespace, permission);
            }
            _ if word.is_empty() => {}
            _ => reasons
                .push(format!("its permission `{word}` on Namespace `{id}` is not known to this version")),
        }
    }
    held
}

/// An enum's name, or the text of the deprecated field that it replaced.
fn word(value: &Value, pointer: &str, field: &str, names: &[&str]) -> String {
    let access = value.pointer(pointer).unwrap_or(&Value::Null);
    let word = json::enumerated(access.get(field), names);
    if word.is_empty() { json::text(access, &format!("/{field}Deprecated")).to_owned() } else { word }
}

fn role(word: &str) -> Option<AccountRole> {
    Some(match word {
        "ROLE_OWNER" | "owner" => AccountRole::Owner,
        "ROLE_ADMIN" | "admin" => AccountRole::Admin,
        "ROLE_DEVELOPER" | "developer" => AccountRole::Developer,
        "ROLE_FINANCE_ADMIN" | "financeadmin" => AccountRole::FinanceAdmin,
        "ROLE_READ" | "read" => AccountRole::Read,
        "ROLE_METRICS_READ" | "metricsread" => AccountRole::MetricsRead,
        _ => return None,
    })
}

fn permission(word: &str) -> Option<NamespacePermission> {
    Some(match word {
        "PERMISSION_ADMIN" | "admin" => NamespacePermission::Admin,
        "PERMISSION_WRITE" | "write" => NamespacePermission::Write,
        "PERMISSION_READ" | "read" => NamespacePermission::Read,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[track_caller]
    fn check(spec: Value, expected: &str) {
        let Grant { access, may_hold_more } = Grant::read(&spec);
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
        check(json!({}), "None None");
        check(json!({ "access": null }), "None None");
    }

    #[test]
    fn scoped_grants_are_read() {
        let spec = json!({ "namespaceScopedAccess": {
            "namespace": "a1.a2dd6", "access": { "permission": "PERMISSION_WRITE" },
        } });
        check(spec, r#"Some(NamespaceScoped { namespace: "a1.a2dd6", permission: Write }) None"#);
    }

    #[test]
    fn what_is_not_known_may_be_more() {
        let custom = json!({ "access": { "accountAccess": { "role": 5, "customRoles": ["r"] } } });
        check(custom, r#"Some(Account { role: Read, namespaces: {} }) Some("it has custom roles")"#);
        let role = json!({ "access": { "accountAccess": { "role": "ROLE_KING" } } });
        check(role, r#"None Some("its account role `ROLE_KING` is not known to this version")"#);
        let permission = json!({ "access": { "accountAccess": { "role": "ROLE_READ" },
            "namespaceAccesses": { "a1.a2dd6": { "permission": 9 } } } });
        let reason = "its permission `9` on Namespace `a1.a2dd6` is not known to this version";
        check(permission, &format!("Some(Account {{ role: Read, namespaces: {{}} }}) Some({reason:?})"));
    }
}
