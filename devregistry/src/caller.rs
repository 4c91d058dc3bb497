//! The caller of an RPC, and what the permission rule and custom roles allow it.

use crate::entities::custom_role::{Object, Role};
use crate::status;
use schema::access::Rights;
use schema::name::PrincipalKind;
use schema::permission::{Call, decide};
use tonic::Status;

/// An authenticated principal.
#[derive(Clone, Debug)]
pub(crate) struct Caller {
    pub(crate) kind: PrincipalKind,
    /// The id of the user or service account.
    pub(crate) id: String,
    /// The id of the API key that it used.
    pub(crate) key: String,
    /// Its rights, including those of its groups.
    pub(crate) rights: Rights,
    /// Its custom roles, including those of its groups.
    pub(crate) custom_roles: Vec<Role>,
    /// The account's id.
    pub(crate) account: String,
}

impl Caller {
    /// Whether the permission rule allows a call. What it cannot decide is not allowed.
    pub(crate) fn may(&self, call: Call<'_>) -> bool {
        decide(&self.rights, call).is_allowed()
    }

    /// Refuses a call that the permission rule does not allow.
    pub(crate) fn require(&self, call: Call<'_>) -> Result<(), Status> {
        if self.may(call) { Ok(()) } else { Err(status::permission_denied()) }
    }

    /// Whether a custom role allows an action on an object.
    pub(crate) fn granted(&self, action: &str, object: Object<'_>) -> bool {
        self.custom_roles.iter().any(|role| role.allows(action, object, &self.account))
    }

    /// Refuses a call that neither the permission rule nor a custom role allows.
    pub(crate) fn require_or(&self, call: Call<'_>, action: &str, object: Object<'_>) -> Result<(), Status> {
        if self.granted(action, object) { Ok(()) } else { self.require(call) }
    }

    /// Refuses a caller that cannot manage any Endpoint.
    pub(crate) fn require_developer_or(&self, action: &str, object: Object<'_>) -> Result<(), Status> {
        let allowed = self.rights.develop() || self.granted(action, object);
        if allowed { Ok(()) } else { Err(status::permission_denied()) }
    }

    /// The error for a Namespace that does not exist: "not found" only for callers that may read all Namespaces.
    pub(crate) fn missing_namespace(&self, id: &str) -> Status {
        let sees_all = self.rights.administer_account();
        if sees_all { status::not_found("namespace", id) } else { status::permission_denied() }
    }
}
