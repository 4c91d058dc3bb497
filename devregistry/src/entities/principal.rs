//! What users, service accounts and groups have in common. The rest is in `user`, `service_account` and `user_group`.

use crate::api::Timestamp;
use crate::api::identity::{Invitation, user_group_spec::GroupType};
use crate::entities::grant::Grant;
use crate::entities::resource::Resource;
use crate::storage::table::Table;
use schema::access::NamespacePermission;
use schema::name::{NamespaceId, PrincipalId, PrincipalKind};
use std::collections::BTreeMap;

/// A user, service account or group.
#[derive(Clone, Debug)]
pub(crate) struct Principal {
    /// Kind, and e-mail address or name.
    pub(crate) name: PrincipalId,
    pub(crate) grant: Grant,
    /// A service account's description.
    pub(crate) description: String,
    /// A user's invitation.
    pub(crate) invitation: Option<Invitation>,
    /// The type of a group.
    pub(crate) group_type: Option<GroupType>,
    /// The users of a group by id, with the times when they were added.
    pub(crate) members: BTreeMap<String, Timestamp>,
}

/// All principals by id, in one table for each kind.
#[derive(Debug, Default)]
pub(crate) struct Principals {
    pub(crate) users: Table<String, Resource<Principal>>,
    pub(crate) service_accounts: Table<String, Resource<Principal>>,
    pub(crate) groups: Table<String, Resource<Principal>>,
}

impl Principal {
    /// A principal with a grant.
    pub(crate) fn new(name: PrincipalId, grant: Grant) -> Self {
        let (description, invitation, group_type) = (String::new(), None, None);
        Self { name, grant, description, invitation, group_type, members: BTreeMap::new() }
    }

    /// Whether both specifications are equivalent, without regard to invitation and members.
    pub(crate) fn is_equivalent(&self, other: &Self) -> bool {
        self.name == other.name
            && self.grant == other.grant
            && self.description == other.description
            && self.group_type == other.group_type
    }

    /// Replaces the grant.
    pub(crate) fn with(&self, grant: Grant) -> Self {
        Self { grant, ..self.clone() }
    }
}

impl Principals {
    pub(crate) fn of(&self, kind: PrincipalKind) -> &Table<String, Resource<Principal>> {
        match kind {
            PrincipalKind::Group => &self.groups,
            PrincipalKind::ServiceAccount => &self.service_accounts,
            PrincipalKind::User => &self.users,
        }
    }

    pub(crate) fn of_mut(&mut self, kind: PrincipalKind) -> &mut Table<String, Resource<Principal>> {
        match kind {
            PrincipalKind::Group => &mut self.groups,
            PrincipalKind::ServiceAccount => &mut self.service_accounts,
            PrincipalKind::User => &mut self.users,
        }
    }

    /// The id of the principal with this kind and name.
    pub(crate) fn id_of(&self, name: &PrincipalId) -> Option<&str> {
        let mut all = self.of(name.kind).iter();
        all.find(|(_, held)| held.content.name == *name).map(|(id, _)| id.as_str())
    }

    /// The grants of a principal, including those of a user's groups; `None` if it does not exist.
    pub(crate) fn grants(&self, kind: PrincipalKind, id: &str) -> Option<Vec<&Grant>> {
        let mut grants = vec![&self.of(kind).get(id)?.content.grant];
        if kind == PrincipalKind::User {
            let groups = self.groups.values().filter(|group| group.content.members.contains_key(id));
            grants.extend(groups.map(|group| &group.content.grant));
        }
        Some(grants)
    }

    /// All principals.
    pub(crate) fn all(&self) -> impl Iterator<Item = &Principal> {
        let tables = [&self.users, &self.service_accounts, &self.groups];
        tables.into_iter().flat_map(|table| table.values()).map(|held| &held.content)
    }

    /// The Namespace permissions that the current call has raised: the principal, the Namespace and the previous permission.
    pub(crate) fn new_grants(&self) -> Vec<(String, NamespaceId, Option<NamespacePermission>)> {
        let changes = self.users.changes().chain(self.service_accounts.changes());
        let raised =
            |(id, before, now): (&String, Option<&Resource<Principal>>, Option<&Resource<Principal>>)| {
                let held = |held: Option<&Resource<Principal>>| {
                    held.map(|held| held.content.grant.rights().namespaces).unwrap_or_default()
                };
                let (before, id) = (held(before), id.clone());
                let raised = held(now).into_iter().filter_map(move |(namespace, now)| {
                    let before = before.get(&namespace).copied();
                    (Some(now) > before).then(|| (id.clone(), namespace, before))
                });
                raised.collect::<Vec<_>>()
            };
        changes.flat_map(raised).collect()
    }

    /// Grants Namespace Admin, unless the principal is a service account of another Namespace.
    pub(crate) fn grant_admin(&mut self, kind: PrincipalKind, id: &str, on: &NamespaceId, now: Timestamp) {
        let Some(principal) = self.of_mut(kind).get_mut(&id.to_owned()) else { return };
        let admin = principal.content.grant.with(on, Some(NamespacePermission::Admin));
        if let Ok(grant) = admin {
            principal.touch(principal.content.with(grant), now);
        }
    }

    /// Removes all grants on a deleted Namespace, so that a later one of the same name starts without any, and deletes its own
    /// service accounts. Returns their ids.
    pub(crate) fn remove_grants(&mut self, namespace: &NamespaceId, now: Timestamp) -> Vec<String> {
        let scoped = |held: &Resource<Principal>| held.content.grant.scope() == Some(namespace);
        let accounts = self.service_accounts.iter().filter(|(_, held)| scoped(held));
        let gone: Vec<String> = accounts.map(|(id, _)| id.clone()).collect();
        for id in &gone {
            self.service_accounts.remove(id);
        }
        let held = |_: &String, held: &Resource<Principal>| held.content.grant.on(namespace).is_some();
        for table in [&mut self.users, &mut self.service_accounts, &mut self.groups] {
            table.change_where(held, |principal| {
                if let Ok(grant) = principal.content.grant.with(namespace, None) {
                    principal.touch(principal.content.with(grant), now);
                }
            });
        }
        gone
    }

    /// Removes a deleted user from its groups.
    pub(crate) fn leave_groups(&mut self, user: &str) {
        let member = |_: &String, group: &Resource<Principal>| group.content.members.contains_key(user);
        self.groups.change_where(member, |group| {
            group.content.members.remove(user);
        });
    }
}
