//! Who makes a call, and what the one permission rule says to it, and the custom roles that add to the rule.

use crate::entities::custom_role::{Object, Role};
use crate::refusal;
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
    /// What it holds, its groups' included.
    pub(crate) rights: Rights,
    /// The custom roles that it holds, its groups' included.
    pub(crate) custom_roles: Vec<Role>,
    /// The account's id.
    pub(crate) account: String,
}

impl Caller {
    /// Whether the rule allows a call. What the rule cannot decide is not allowed.
    pub(crate) fn may(&self, call: Call<'_>) -> bool {
        decide(&self.rights, call).is_allowed()
    }

    /// Refuses what the rule does not allow.
    pub(crate) fn require(&self, call: Call<'_>) -> Result<(), Status> {
        if self.may(call) { Ok(()) } else { Err(refusal::unauthorized()) }
    }

    /// Whether a custom role allows an action on something.
    pub(crate) fn granted(&self, action: &str, object: Object<'_>) -> bool {
        self.custom_roles.iter().any(|role| role.allows(action, object, &self.account))
    }

    /// Refuses what neither the rule nor a custom role allows.
    pub(crate) fn require_or(&self, call: Call<'_>, action: &str, object: Object<'_>) -> Result<(), Status> {
        if self.granted(action, object) { Ok(()) } else { self.require(call) }
    }

    /// Refuses whoever could manage no Endpoint at all, whatever its target.
    pub(crate) fn require_developer_or(&self, action: &str, object: Object<'_>) -> Result<(), Status> {
        let allowed = self.rights.develop() || self.granted(action, object);
        if allowed { Ok(()) } else { Err(refusal::unauthorized()) }
    }

    /// What a caller learns about a Namespace that does not exist: nothing, unless it would see every one that does.
    pub(crate) fn missing_namespace(&self, id: &str) -> Status {
        let sees_all = self.rights.administer_account();
        if sees_all { refusal::missing("namespace", id) } else { refusal::unauthorized() }
    }
}
