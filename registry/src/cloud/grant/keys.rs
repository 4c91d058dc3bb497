//! The keys of a principal's JSON that are understood. Any other key that is set may grant access.

use crate::json;
use serde_json::{Map, Value};

/// Keys of a spec: those that are read, and those that grant nothing.
pub(super) const SPEC: &[&str] = &[
    "access",
    "namespaceScopedAccess",
    "name",
    "email",
    "displayName",
    "description",
    "googleGroup",
    "scimGroup",
    "cloudGroup",
];
pub(super) const ACCESS: &[&str] = &["accountAccess", "namespaceAccesses", "customRolesDeprecated"];
pub(super) const ACCOUNT_ACCESS: &[&str] = &["role", "roleDeprecated", "customRoles"];
pub(super) const NAMESPACE_ACCESS: &[&str] = &["permission", "permissionDeprecated"];
pub(super) const SCOPED_ACCESS: &[&str] = &["namespace", "access"];

/// Access to Projects, since API v0.18: a map, and the form for a service account of one Project.
const PROJECTS: [&str; 2] = ["projectAccesses", "projectScopedAccess"];

/// Adds a reason for each key that is set and not understood; `path` is the path of the object.
pub(super) fn report_unknown(
    object: &Map<String, Value>,
    path: &str,
    known: &[&str],
    reasons: &mut Vec<String>,
) {
    for (key, value) in object.iter().filter(|(key, _)| !known.contains(&key.as_str())) {
        let projects = PROJECTS.contains(&key.as_str());
        // An empty message of an unknown type may grant something, an empty map does not.
        let is_empty = json::is_unset(value) || (projects && value.as_object().is_some_and(Map::is_empty));
        if !is_empty {
            let kind = if projects { "Project access" } else { "access" };
            reasons.push(format!("it has {kind} that is not understood (`{path}{key}`)"));
        }
    }
}

/// The object under a key; adds a reason when it is something else.
pub(super) fn object<'v>(
    object: &'v Map<String, Value>,
    path: &str,
    key: &str,
    reasons: &mut Vec<String>,
) -> Option<&'v Map<String, Value>> {
    match object.get(key)? {
        Value::Object(object) => Some(object),
        value if json::is_unset(value) => None,
        _ => {
            reasons.push(format!("it has access that is not understood (`{path}{key}`)"));
            None
        }
    }
}
