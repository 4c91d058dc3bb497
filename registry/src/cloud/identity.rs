//! Who the key belongs to, and everything that this identity may do.

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
    /// The registry's id of it.
    pub registry_id: String,
    /// What it is granted itself.
    pub grant: Grant,
}

impl Registry {
    /// Who the API key belongs to.
    ///
    /// # Errors
    /// Any failure of the call, a wrong key among them.
    pub async fn identity(&self) -> Result<Identity, RegistryError> {
        let action = "read the current identity";
        let answer = self.send(Request::get_principals(action, &["current-identity"])?).await?;
        let identity = identity(&answer).ok_or_else(|| {
            RegistryError::malformed_response(action, "it names no user or service account")
        })?;
        self.limiter.set_identity_kind(identity.id.kind);
        Ok(identity)
    }

    /// Everything that an identity holds, by its own grant and its groups'. Where something cannot be seen, the
    /// rights say why they may be more.
    ///
    /// # Errors
    /// A failure other than not being allowed, or not being able, to see groups.
    pub async fn rights(&self, identity: &Identity) -> Result<Rights, RegistryError> {
        let mut rights = identity.grant.rights();
        // Service accounts cannot join groups, and nothing adds to what Owners and Global Admins hold.
        if identity.id.kind != PrincipalKind::User || rights.administer_account() {
            return Ok(rights);
        }
        let mut groups = match self.groups().await {
            Ok(groups) => groups,
            Err(error) if error.problem().hides() => {
                rights.doubt(&format!("its groups cannot be seen ({})", error.problem()));
                return Ok(rights);
            }
            Err(error) => return Err(error),
        };
        groups.retain(|group| !group.grant.is_empty());
        self.fill_in(&mut groups).await?;
        groups.iter().for_each(|group| add(&mut rights, group, &identity.registry_id));
        Ok(rights)
    }

    /// The account that the key belongs to.
    ///
    /// # Errors
    /// Any failure of the call.
    pub async fn account_id(&self) -> Result<AccountId, RegistryError> {
        let action = "read the account";
        let answer = self.send(Request::get(action, &["account"])?).await?;
        let id = json::text(&answer, "/account/id");
        id.parse().map_err(|error| {
            RegistryError::malformed_response(action, format!("`{id}` is no account id: {error}"))
        })
    }
}

fn identity(answer: &Value) -> Option<Identity> {
    let user = answer.get("user").filter(|user| user.is_object());
    let (kind, principal, name) = match user {
        Some(user) => (PrincipalKind::User, user, "/spec/email"),
        None => (PrincipalKind::ServiceAccount, answer.get("serviceAccount")?, "/spec/name"),
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
    if let Some(reason) = &group.hidden {
        rights.doubt(&format!("the members of group `{}` cannot be seen ({reason})", group.name));
    }
    if group.members.contains(user) {
        group.grant.add_to(rights, &group.name);
    }
}
