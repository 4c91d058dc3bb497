//! Custom roles: the checks of a specification, what a role allows, and its message. A custom role can only allow more than the
//! permission rule, never less.

use crate::api::identity::custom_role_spec::{Permission, Resources};
use crate::api::identity::{CustomRole, CustomRoleSpec};
use crate::entities::resource::Resource;
use crate::status::bad_request;
use crate::storage::table::Record;
use prost::Message;
use tonic::Status;

/// How many custom roles an account has at most.
pub(crate) const PER_ACCOUNT: usize = 25;
const MAX_NAME: usize = 64;
const MAX_DESCRIPTION: usize = 256;

/// The object of an action.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Object<'a> {
    /// The account, for creating and listing.
    Account,
    ConnectivityRule(&'a str),
    CustomRole(&'a str),
    Endpoint(&'a str),
    Namespace(&'a str),
}

/// A valid role.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Role(CustomRoleSpec);

impl Role {
    /// Reads a specification. Unknown actions are kept, and allow nothing.
    pub(crate) fn parse(spec: Option<CustomRoleSpec>) -> Result<Self, Status> {
        let spec = spec.ok_or_else(|| bad_request("`spec` is required"))?;
        let known = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        if spec.name.is_empty() || spec.name.len() > MAX_NAME || !spec.name.chars().all(known) {
            let rule = format!("it must have 1 to {MAX_NAME} letters, digits, hyphens and underscores");
            return Err(bad_request(format!("invalid spec.name `{}`: {rule}", spec.name.escape_debug())));
        }
        if spec.description.chars().count() > MAX_DESCRIPTION {
            let message = format!("`spec.description` has at most {MAX_DESCRIPTION} characters");
            return Err(bad_request(message));
        }
        if spec.permissions.is_empty() {
            return Err(bad_request("`spec.permissions` must name a permission"));
        }
        spec.permissions.iter().try_for_each(checked)?;
        Ok(Self(spec))
    }

    /// Whether it allows an action on an object of `account`.
    pub(crate) fn allows(&self, action: &str, object: Object<'_>, account: &str) -> bool {
        let acts = |permission: &Permission| permission.actions.iter().any(|own| covers(own, action));
        let reaches = |permission: &Permission| {
            permission.resources.as_ref().is_some_and(|resources| holds(resources, object, account))
        };
        self.0.permissions.iter().any(|permission| acts(permission) && reaches(permission))
    }
}

/// The message of a custom role.
pub(crate) fn message(id: &str, role: &Resource<Role>) -> CustomRole {
    CustomRole {
        id: id.to_owned(),
        resource_version: role.version.clone(),
        spec: Some(role.content.0.clone()),
        state: role.state.into(),
        async_operation_id: role.operation.clone(),
        created_time: Some(role.created),
        last_modified_time: role.modified,
    }
}

fn checked(permission: &Permission) -> Result<(), Status> {
    if permission.actions.is_empty() {
        return Err(bad_request("a permission names no action"));
    }
    if let Some(action) = permission.actions.iter().find(|action| !action.starts_with("cloud.")) {
        return Err(bad_request(format!("unknown action `{}`", action.escape_debug())));
    }
    let resources = permission.resources.as_ref();
    let resources = resources.ok_or_else(|| bad_request("a permission names no resources"))?;
    if kind(&resources.resource_type).is_none() {
        let found = resources.resource_type.escape_debug();
        return Err(bad_request(format!("unknown resource_type `{found}`")));
    }
    if resources.allow_all != resources.resource_ids.is_empty() {
        return Err(bad_request("a permission names either `resource_ids` or `allow_all`"));
    }
    Ok(())
}

/// Whether an action of a role is this one, or a wildcard for its kind such as `cloud.namespace.*`.
fn covers(own: &str, action: &str) -> bool {
    let all = own.strip_suffix('*').filter(|prefix| prefix.ends_with('.'));
    own == action || all.is_some_and(|prefix| action.starts_with(prefix))
}

fn holds(resources: &Resources, object: Object<'_>, account: &str) -> bool {
    let (expected_kind, id) = match object {
        Object::Account => ("account", account),
        Object::ConnectivityRule(id) => ("connectivity-rule", id),
        Object::CustomRole(id) => ("custom-role", id),
        Object::Endpoint(id) => ("nexus-endpoint", id),
        Object::Namespace(id) => ("namespace", id),
    };
    let same_kind = kind(&resources.resource_type) == Some(expected_kind);
    same_kind && (resources.allow_all || resources.resource_ids.iter().any(|own| own == id))
}

/// Resource types are documented in the plural, in places in the singular. Projects belong to the account here.
fn kind(resource_type: &str) -> Option<&'static str> {
    match resource_type.strip_suffix('s').unwrap_or(resource_type) {
        "account" | "project" => Some("account"),
        "connectivity-rule" => Some("connectivity-rule"),
        "custom-role" => Some("custom-role"),
        "namespace" => Some("namespace"),
        "nexus-endpoint" => Some("nexus-endpoint"),
        _ => None,
    }
}

impl Record for Role {
    fn to_bytes(&self) -> Vec<u8> {
        self.0.encode_to_vec()
    }

    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        Self::parse(CustomRoleSpec::decode(bytes).ok()).ok()
    }
}
