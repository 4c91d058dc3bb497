//! The identity of the API key, and its rights.

use crate::client::Registry;
use crate::cloud::grant::Grant;
use crate::cloud::principals::Group;
use crate::cloud::request::Request;
use crate::error::RegistryError;
use crate::json;
use schema::access::Rights;
use schema::name::{AccountId, PrincipalId, PrincipalKind};
use serde_json::Value;

/// The principal that the API key belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// Kind and name, or e-mail address.
    pub id: PrincipalId,
    /// Its id in the registry.
    pub registry_id: String,
    /// Its own grant, without those of its groups.
    pub grant: Grant,
}

impl Registry {
    /// The principal that the API key belongs to.
    ///
    /// # Errors
    /// Any failure of the call, a wrong key among them.
    pub async fn identity(&self) -> Result<Identity, RegistryError> {
        let action = "read the current identity";
        let response = self.send(Request::get_principals(action, &["current-identity"])?).await?;
        let identity = identity(&response)
            .ok_or_else(|| RegistryError::malformed_response(action, "missing user or service account"))?;
        self.limiter.set_identity_kind(identity.id.kind);
        Ok(identity)
    }

    /// The rights of an identity by its own grant and those of its groups. Where access cannot be read, the rights say why
    /// they may be incomplete.
    ///
    /// # Errors
    /// Any failure of the calls, except that groups are withheld.
    pub async fn rights(&self, identity: &Identity) -> Result<Rights, RegistryError> {
        let mut rights = identity.grant.rights();
        // Service accounts cannot join groups, and nothing adds to what Owners and Global Admins hold.
        if identity.id.kind != PrincipalKind::User || rights.administer_account() {
            return Ok(rights);
        }
        let mut groups = match self.groups().await {
            Ok(groups) => groups,
            Err(error) if error.problem().is_withheld() => {
                rights.doubt(&format!("its groups cannot be read ({})", error.problem()));
                return Ok(rights);
            }
            Err(error) => return Err(error),
        };
        groups.retain(|group| !group.grant.is_empty());
        self.load_members(&mut groups).await?;
        groups.iter().for_each(|group| add(&mut rights, group, &identity.registry_id));
        Ok(rights)
    }

    /// The account that the key belongs to.
    ///
    /// # Errors
    /// Any failure of the call.
    pub async fn account_id(&self) -> Result<AccountId, RegistryError> {
        let action = "read the account";
        let response = self.send(Request::get(action, &["account"])?).await?;
        let id = json::text(&response, "/account/id");
        id.parse().map_err(|error| {
            RegistryError::malformed_response(action, format!("`{id}` is not an account id: {error}"))
        })
    }
}

fn identity(response: &Value) -> Option<Identity> {
    let user = response.get("user").filter(|user| user.is_object());
    let (kind, principal, name) = match user {
        Some(user) => (PrincipalKind::User, user, "/spec/email"),
        None => (PrincipalKind::ServiceAccount, response.get("serviceAccount")?, "/spec/name"),
    };
    let registry_id = json::id(principal, "/id").ok()?.to_owned();
    let name = Some(json::text(principal, name)).filter(|name| !name.is_empty()).unwrap_or(&registry_id);
    if name.chars().any(char::is_control) {
        return None;
    }
    let grant = Grant::read(kind, principal.get("spec").unwrap_or(&Value::Null));
    Some(Identity { id: PrincipalId::new(kind, name).ok()?, registry_id, grant })
}

fn add(rights: &mut Rights, group: &Group, user: &str) {
    if let Some(reason) = &group.members_incomplete {
        rights.doubt(&format!("the members of group `{}` cannot be read ({reason})", group.name));
    }
    if group.members.contains(user) {
        group.grant.add_to(rights, &group.name);
    }
}
