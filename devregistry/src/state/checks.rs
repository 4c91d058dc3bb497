//! What a write is refused for that takes the whole account to see.

use crate::caller::Caller;
use crate::entities::api_key::Owner;
use crate::entities::connectivity_rule::Rule;
use crate::entities::custom_role::Object;
use crate::entities::endpoint::Endpoint;
use crate::entities::grant::Grant;
use crate::refusal::{self, bad_request};
use crate::state::State;
use schema::name::{NamespaceId, PrincipalKind};
use schema::permission::Call;
use std::collections::BTreeSet;
use tonic::Status;

/// How many custom roles a principal has at most.
const CUSTOM_ROLES_PER_PRINCIPAL: usize = 10;

impl State {
    /// Refuses an Endpoint that refers to something that the account does not have, or has a name that another has.
    /// Callers that `before` has were there when they were allowed and are not asked for again.
    pub(crate) fn check_endpoint(
        &self,
        id: &str,
        endpoint: &Endpoint,
        before: Option<&Endpoint>,
    ) -> Result<(), Status> {
        let limit = self.limits.callers_per_endpoint;
        if endpoint.callers.len() > limit {
            let message = format!("an endpoint allows at most {limit} caller namespaces");
            return Err(refusal::refused(self.settings.limit_reached, message));
        }
        let known = |namespace| before.is_some_and(|before| before.callers.contains(namespace));
        let mut named =
            std::iter::once(&endpoint.target).chain(endpoint.callers.iter().filter(|caller| !known(caller)));
        if let Some(unknown) = named.find(|namespace| !self.has_namespace(namespace)) {
            let message = format!("namespace `{unknown}` not found");
            return Err(refusal::refused(self.settings.unknown_namespace, message));
        }
        let holder = self.endpoints.id_of(endpoint.name.as_str());
        if holder.is_some_and(|holder| holder != id) {
            return Err(refusal::taken("nexus endpoint", &endpoint.name));
        }
        Ok(())
    }

    /// Refuses a grant on Namespaces that the account does not have, or of custom roles that it does not have. What
    /// `before` has was there when it was granted and is not asked for again. To assign custom roles takes a right of
    /// its own.
    pub(crate) fn check_grant(
        &self,
        caller: &Caller,
        grant: &Grant,
        before: Option<&Grant>,
    ) -> Result<(), Status> {
        let known = |id: &NamespaceId| before.is_some_and(|before| before.on(id).is_some());
        if let Some(unknown) = grant.namespaces().find(|id| !known(id) && !self.has_namespace(id)) {
            let message = format!("namespace `{unknown}` not found");
            return Err(refusal::refused(self.settings.unknown_namespace, message));
        }
        let assigned =
            |role: &String| before.is_some_and(|before| before.custom_roles().any(|held| held == role));
        if grant.custom_roles().any(|role| !assigned(role)) {
            caller.require_or(Call::ManageCustomRoles, "cloud.customrole.assign", Object::Account)?;
        }
        self.check_custom_roles(grant)
    }

    fn has_namespace(&self, id: &NamespaceId) -> bool {
        self.namespaces.get(id).is_some_and(|namespace| !namespace.leaving())
    }

    /// Refuses a grant of custom roles that are not there, or of too many.
    fn check_custom_roles(&self, grant: &Grant) -> Result<(), Status> {
        let there = |id: &String| self.custom_roles.get(id).is_some_and(|role| !role.leaving());
        if let Some(unknown) = grant.custom_roles().find(|id| !there(id)) {
            return Err(bad_request(format!("custom role `{}` not found", unknown.escape_debug())));
        }
        if grant.custom_roles().count() > CUSTOM_ROLES_PER_PRINCIPAL {
            let message = format!("a principal has at most {CUSTOM_ROLES_PER_PRINCIPAL} custom roles");
            return Err(refusal::refused(self.settings.limit_reached, message));
        }
        Ok(())
    }

    /// Refuses rules that cannot be attached to a Namespace in these regions.
    pub(crate) fn check_attachments(&self, ids: &[String], regions: &[String]) -> Result<(), Status> {
        let mut seen = BTreeSet::new();
        let mut private = 0;
        for id in ids {
            let found = self.rules.get(id).filter(|rule| !rule.leaving());
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
            return Err(refusal::refused(self.settings.limit_reached, message));
        }
        Ok(())
    }

    /// Refuses whoever may not manage the API keys of an owner. Everyone may manage its own.
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
