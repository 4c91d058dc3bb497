//! Checks of a write against the rest of the account.

use crate::caller::Caller;
use crate::entities::api_key::Owner;
use crate::entities::connectivity_rule::Rule;
use crate::entities::custom_role::Object;
use crate::entities::endpoint::Endpoint;
use crate::entities::grant::Grant;
use crate::settings::{CustomRoleTarget, OwnersAreMade};
use crate::state::State;
use crate::status::{self, bad_request};
use schema::access::NamespacePermission;
use schema::name::{NamespaceId, PrincipalKind};
use schema::permission::Call;
use std::collections::BTreeSet;
use tonic::Status;

/// How many custom roles a principal has at most.
const CUSTOM_ROLES_PER_PRINCIPAL: usize = 10;

impl State {
    /// Refuses an Endpoint that refers to unknown Namespaces, or whose name is in use. Callers that `before` already has are
    /// not checked again.
    pub(crate) fn check_endpoint(
        &self,
        id: &str,
        endpoint: &Endpoint,
        before: Option<&Endpoint>,
    ) -> Result<(), Status> {
        let limit = self.limits.callers_per_endpoint;
        if endpoint.callers.len() > limit {
            let message = format!("an endpoint allows at most {limit} caller namespaces");
            return Err(status::with_code(self.settings.limit_reached, message));
        }
        let known = |namespace| before.is_some_and(|before| before.callers.contains(namespace));
        let mut named =
            std::iter::once(&endpoint.target).chain(endpoint.callers.iter().filter(|caller| !known(caller)));
        if let Some(unknown) = named.find(|namespace| !self.has_namespace(namespace)) {
            let message = format!("namespace `{unknown}` not found");
            return Err(status::with_code(self.settings.unknown_namespace, message));
        }
        let holder = self.endpoints.id_of(endpoint.name.as_str());
        if holder.is_some_and(|holder| holder != id) {
            return Err(status::already_exists("nexus endpoint", &endpoint.name));
        }
        Ok(())
    }

    /// Refuses a grant on unknown Namespaces or of unknown custom roles. What `before` already has is not checked again.
    /// Assigning custom roles requires a permission of its own.
    pub(crate) fn check_grant(
        &self,
        caller: &Caller,
        grant: &Grant,
        before: Option<&Grant>,
    ) -> Result<(), Status> {
        let known = |id: &NamespaceId| before.is_some_and(|before| before.on(id).is_some());
        if let Some(unknown) = grant.namespaces().find(|id| !known(id) && !self.has_namespace(id)) {
            let message = format!("namespace `{unknown}` not found");
            return Err(status::with_code(self.settings.unknown_namespace, message));
        }
        let assigned =
            |role: &String| before.is_some_and(|before| before.custom_roles().any(|held| held == role));
        if grant.custom_roles().any(|role| !assigned(role)) {
            caller.require_or(Call::ManageCustomRoles, "cloud.customrole.assign", Object::Account)?;
        }
        if grant.rights().is_owner() && !before.is_some_and(|before| before.rights().is_owner()) {
            self.require_owner_maker(caller)?;
        }
        self.check_custom_roles(grant)
    }

    /// Refuses a caller that may not make an Owner.
    pub(crate) fn require_owner_maker(&self, caller: &Caller) -> Result<(), Status> {
        match self.settings.owners_are_made {
            OwnersAreMade::ByOwners if !caller.rights.is_owner() => Err(status::permission_denied()),
            OwnersAreMade::ByOwners | OwnersAreMade::ByGlobalAdmins => Ok(()),
        }
    }

    /// Refuses a new target on which the caller has nothing, where only a custom role allows the call.
    pub(crate) fn require_target(&self, caller: &Caller, target: &NamespaceId) -> Result<(), Status> {
        let administers = caller.rights.hold(target, NamespacePermission::Admin)
            || caller.granted("cloud.namespace.update", Object::Namespace(&target.to_string()));
        match self.settings.custom_role_target {
            CustomRoleTarget::Administered if !administers => Err(status::permission_denied()),
            CustomRoleTarget::Administered | CustomRoleTarget::Any => Ok(()),
        }
    }

    fn has_namespace(&self, id: &NamespaceId) -> bool {
        self.namespaces.get(id).is_some_and(|namespace| !namespace.is_deleting())
    }

    /// Refuses a grant of unknown or too many custom roles.
    fn check_custom_roles(&self, grant: &Grant) -> Result<(), Status> {
        let there = |id: &String| self.custom_roles.get(id).is_some_and(|role| !role.is_deleting());
        if let Some(unknown) = grant.custom_roles().find(|id| !there(id)) {
            return Err(bad_request(format!("custom role `{}` not found", unknown.escape_debug())));
        }
        if grant.custom_roles().count() > CUSTOM_ROLES_PER_PRINCIPAL {
            let message = format!("a principal has at most {CUSTOM_ROLES_PER_PRINCIPAL} custom roles");
            return Err(status::with_code(self.settings.limit_reached, message));
        }
        Ok(())
    }

    /// Refuses connectivity rules that cannot be attached to a Namespace in these regions.
    pub(crate) fn check_attachments(&self, ids: &[String], regions: &[String]) -> Result<(), Status> {
        let mut seen = BTreeSet::new();
        let mut private = 0;
        for id in ids {
            let found = self.rules.get(id).filter(|rule| !rule.is_deleting());
            let rule = found.ok_or_else(|| bad_request(format!("connectivity rule `{id}` not found")))?;
            if !seen.insert(id) {
                return Err(bad_request(format!("the connectivity rule `{id}` is attached twice")));
            }
            private += usize::from(rule.content.is_private());
            in_region(id, &rule.content, regions)?;
        }
        let limit = self.limits.privatelinks_per_namespace;
        if private > limit {
            let message = format!("a namespace has at most {limit} private connectivity rules");
            return Err(status::with_code(self.settings.limit_reached, message));
        }
        Ok(())
    }

    /// Refuses a caller that may not manage the API keys of an owner. Every principal may manage its own keys.
    pub(crate) fn require_key_owner(&self, caller: &Caller, owner: &Owner) -> Result<(), Status> {
        if caller.kind == owner.kind && caller.id == owner.id {
            return caller.require(Call::ManageOwnApiKeys);
        }
        let account =
            (owner.kind == PrincipalKind::ServiceAccount).then_some(&self.principals.service_accounts);
        let scope = account.and_then(|accounts| accounts.get(&owner.id)?.content.grant.scope());
        caller.require(scope.map_or(Call::ManageAccount, Call::ManageScopedServiceAccount))
    }
}

fn in_region(id: &str, rule: &Rule, regions: &[String]) -> Result<(), Status> {
    match rule.region() {
        Some(region) if !regions.iter().any(|own| own == region) => {
            let message = format!(
                "connectivity rule `{id}` is for region `{region}`, which is none of the namespace's"
            );
            Err(bad_request(message))
        }
        _ => Ok(()),
    }
}
