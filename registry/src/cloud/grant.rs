//! Grants: the registry's JSON of what a principal may do, in the types of `schema`.

mod keys;

use crate::json;
use schema::access::{Access, AccountRole, NamespacePermission, Rights};
use schema::name::{NamespaceId, PrincipalKind};
use serde_json::{Map, Value};
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

/// The grant of one principal, without those of its groups.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Grant {
    /// The access, as far as this version knows its terms; `None` when there is none.
    pub access: Option<Access>,
    /// Why there may be more: custom roles, or access that is not understood.
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

    /// Adds the rights that it gives to the members of this group.
    pub(crate) fn add_to(&self, rights: &mut Rights, group: &str) {
        self.access.iter().for_each(|access| rights.add(access));
        self.may_hold_more.iter().for_each(|more| rights.doubt(&format!("of its group `{group}`, {more}")));
    }

    /// Whether it certainly gives nothing.
    pub(crate) fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Reads the access in a principal's spec. A field that is set and not understood may be more access.
    pub(crate) fn read(kind: PrincipalKind, spec: &Value) -> Self {
        let none = Map::new();
        let spec = spec.as_object().unwrap_or(&none);
        let mut reasons = Vec::new();
        keys::report_unknown(spec, "", keys::SPEC, &mut reasons);
        let of_account = keys::object(spec, "", "access", &mut reasons);
        let of_account = of_account.and_then(|access| self::of_account(access, &mut reasons));
        let scoped = keys::object(spec, "", "namespaceScopedAccess", &mut reasons);
        let access = match scoped {
            Some(scoped) => {
                if of_account.is_some() {
                    reasons.push("it has both `access` and `namespaceScopedAccess`".to_owned());
                }
                of_namespace(scoped, &mut reasons)
            }
            None => of_account,
        };
        // Only groups may have no access.
        if access.is_none() && reasons.is_empty() && kind != PrincipalKind::Group {
            reasons.push("it has no access of a form that is understood".to_owned());
        }
        Self { access, may_hold_more: (!reasons.is_empty()).then(|| reasons.join(", and ")) }
    }
}

fn of_account(access: &Map<String, Value>, reasons: &mut Vec<String>) -> Option<Access> {
    keys::report_unknown(access, "access.", keys::ACCESS, reasons);
    let namespaces = namespaces(access, reasons);
    let account = keys::object(access, "access.", "accountAccess", reasons);
    let role = account.and_then(|account| account_role(account, reasons));
    let custom =
        [account.and_then(|account| account.get("customRoles")), access.get("customRolesDeprecated")];
    if custom.into_iter().flatten().any(|roles| !json::is_unset(roles)) {
        reasons.push("it has custom roles".to_owned());
    }
    if role.is_none() && !namespaces.is_empty() && reasons.is_empty() {
        reasons.push("it has permissions on Namespaces but no account role".to_owned());
    }
    Some(Access::Account { role: role?, namespaces })
}

fn account_role(account: &Map<String, Value>, reasons: &mut Vec<String>) -> Option<AccountRole> {
    keys::report_unknown(account, "access.accountAccess.", keys::ACCOUNT_ACCESS, reasons);
    let word = word(account, "role", &ROLES);
    let role = role(&word);
    if role.is_none() && !word.is_empty() {
        reasons.push(format!("its account role `{word}` is not understood"));
    }
    role
}

fn of_namespace(scoped: &Map<String, Value>, reasons: &mut Vec<String>) -> Option<Access> {
    const PATH: &str = "namespaceScopedAccess.";
    keys::report_unknown(scoped, PATH, keys::SCOPED_ACCESS, reasons);
    let held = keys::object(scoped, PATH, "access", reasons);
    let word = held.map(|held| namespace_word(held, &format!("{PATH}access."), reasons)).unwrap_or_default();
    let id = scoped.get("namespace").and_then(Value::as_str).unwrap_or_default();
    match (id.parse(), permission(&word)) {
        (Ok(namespace), Some(permission)) => Some(Access::NamespaceScoped { namespace, permission }),
        _ => {
            reasons.push(format!("its permission `{word}` on Namespace `{id}` is not understood"));
            None
        }
    }
}

fn namespaces(
    access: &Map<String, Value>,
    reasons: &mut Vec<String>,
) -> BTreeMap<NamespaceId, NamespacePermission> {
    let mut held = BTreeMap::new();
    let Some(accesses) = keys::object(access, "access.", "namespaceAccesses", reasons) else { return held };
    for id in accesses.keys() {
        let path = "access.namespaceAccesses.";
        let Some(access) = keys::object(accesses, path, id, reasons) else { continue };
        let word = namespace_word(access, &format!("{path}{id}."), reasons);
        match (id.parse(), permission(&word)) {
            (Ok(namespace), Some(permission)) => {
                held.insert(namespace, permission);
            }
            _ if word.is_empty() => {}
            _ => reasons.push(format!("its permission `{word}` on Namespace `{id}` is not understood")),
        }
    }
    held
}

fn namespace_word(access: &Map<String, Value>, path: &str, reasons: &mut Vec<String>) -> String {
    keys::report_unknown(access, path, keys::NAMESPACE_ACCESS, reasons);
    word(access, "permission", &PERMISSIONS)
}

/// An enum's name, or the text of the deprecated field that it replaced; empty when both are unset.
fn word(object: &Map<String, Value>, field: &str, names: &[&str]) -> String {
    let deprecated = object.get(&format!("{field}Deprecated"));
    match [object.get(field), deprecated].into_iter().flatten().find(|value| !json::is_unset(value)) {
        Some(value @ (Value::String(_) | Value::Number(_))) => json::enumerated(Some(value), names),
        Some(other) => other.to_string(),
        None => String::new(),
    }
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
mod tests;
