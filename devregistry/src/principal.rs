//! Users, service accounts and groups, and what they are granted, between the domain and the published messages.

use crate::api::Timestamp;
use crate::api::identity::account_access::Role;
use crate::api::identity::namespace_access::Permission;
use crate::api::identity::{
    self, AccountAccess, NamespaceAccess, NamespaceScopedAccess, ServiceAccount, ServiceAccountSpec, User,
    UserGroup, UserGroupSpec, UserSpec, user_group_spec::GroupType,
};
use crate::resource::Resource;
use crate::table::Table;
use schema::access::{Access, AccountRole, NamespacePermission, Rights};
use schema::name::{NamespaceId, PrincipalId, PrincipalKind};
use std::collections::BTreeMap;

/// A user, service account or group.
#[derive(Clone, Debug)]
pub(crate) struct Principal {
    /// Kind, and e-mail address or name.
    pub(crate) name: PrincipalId,
    pub(crate) access: Access,
    /// A group's users by id, with the time since when.
    pub(crate) members: BTreeMap<String, Timestamp>,
}

/// Every principal by its id, one map a kind, because they are listed apart.
#[derive(Debug, Default)]
pub(crate) struct Principals {
    pub(crate) users: Table<String, Resource<Principal>>,
    pub(crate) service_accounts: Table<String, Resource<Principal>>,
    pub(crate) groups: Table<String, Resource<Principal>>,
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

    /// What a principal holds by its own grant and its groups'.
    pub(crate) fn rights(&self, kind: PrincipalKind, id: &str) -> Option<Rights> {
        let mut rights = Rights::of(&self.of(kind).get(id)?.content.access);
        if kind == PrincipalKind::User {
            let groups = self.groups.values().filter(|group| group.content.members.contains_key(id));
            groups.for_each(|group| rights.add(&group.content.access));
        }
        Some(rights)
    }

    /// Makes a principal Namespace Admin, unless it holds that everywhere already.
    pub(crate) fn grant_admin(&mut self, kind: PrincipalKind, id: &str, on: &NamespaceId, now: Timestamp) {
        let Some(principal) = self.of_mut(kind).get_mut(id) else { return };
        let mut content = principal.content.clone();
        let Access::Account { namespaces, .. } = &mut content.access else { return };
        namespaces.insert(on.clone(), NamespacePermission::Admin);
        principal.touch(content, now);
    }

    /// The Namespace permissions that the call in progress has raised, with whose they are and what they were.
    pub(crate) fn fresh_grants(&self) -> Vec<(String, NamespaceId, Option<NamespacePermission>)> {
        let changes = self.users.changes().chain(self.service_accounts.changes());
        let raised =
            |(id, before, now): (&String, Option<&Resource<Principal>>, Option<&Resource<Principal>>)| {
                let held = |held: Option<&Resource<Principal>>| {
                    held.map(|held| Rights::of(&held.content.access).namespaces).unwrap_or_default()
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

    /// Withdraws every grant on a Namespace that is gone, so that a later one of its name starts with none.
    pub(crate) fn forget(&mut self, namespace: &NamespaceId, now: Timestamp) {
        let held = |_: &String, principal: &Resource<Principal>| match &principal.content.access {
            Access::Account { namespaces, .. } => namespaces.contains_key(namespace),
            Access::NamespaceScoped { .. } => false,
        };
        for table in [&mut self.users, &mut self.service_accounts, &mut self.groups] {
            table.change_where(held, |principal| {
                let mut content = principal.content.clone();
                if let Access::Account { namespaces, .. } = &mut content.access {
                    namespaces.remove(namespace);
                }
                principal.touch(content, now);
            });
        }
    }
}

/// Whether a grant gives at least Namespace Read, as the filters by Namespace ask.
pub(crate) fn reaches(access: &Access, namespace: &str) -> bool {
    let id = namespace.parse();
    id.is_ok_and(|id: NamespaceId| Rights::of(access).hold(&id, NamespacePermission::Read))
}

/// A user as answers show it.
pub(crate) fn user(id: &str, user: &Resource<Principal>) -> User {
    let spec =
        UserSpec { email: user.content.name.name().to_owned(), access: account_access(&user.content.access) };
    User {
        id: id.to_owned(),
        resource_version: user.version.clone(),
        spec: Some(spec),
        state: user.state.into(),
        async_operation_id: user.operation.clone(),
        created_time: Some(user.created),
        last_modified_time: user.modified,
        ..User::default()
    }
}

/// A service account as answers show it.
pub(crate) fn service_account(id: &str, account: &Resource<Principal>) -> ServiceAccount {
    let spec = ServiceAccountSpec {
        name: account.content.name.name().to_owned(),
        access: account_access(&account.content.access),
        namespace_scoped_access: scoped_access(&account.content.access),
        description: String::new(),
    };
    ServiceAccount {
        id: id.to_owned(),
        resource_version: account.version.clone(),
        spec: Some(spec),
        state: account.state.into(),
        async_operation_id: account.operation.clone(),
        created_time: Some(account.created),
        last_modified_time: account.modified,
        ..ServiceAccount::default()
    }
}

/// A group as answers show it; groups of a policy are Cloud groups.
pub(crate) fn group(id: &str, group: &Resource<Principal>) -> UserGroup {
    let spec = UserGroupSpec {
        display_name: group.content.name.name().to_owned(),
        access: account_access(&group.content.access),
        group_type: Some(GroupType::CloudGroup(identity::CloudGroupSpec {})),
    };
    UserGroup {
        id: id.to_owned(),
        resource_version: group.version.clone(),
        spec: Some(spec),
        state: group.state.into(),
        async_operation_id: group.operation.clone(),
        created_time: Some(group.created),
        last_modified_time: group.modified,
        ..UserGroup::default()
    }
}

/// Unset for a service account of one Namespace.
fn account_access(access: &Access) -> Option<identity::Access> {
    let Access::Account { role: account_role, namespaces } = access else { return None };
    let grants = namespaces.iter().map(|(id, held)| (id.to_string(), namespace_access(*held)));
    let account_access = AccountAccess { role: role(*account_role).into(), ..AccountAccess::default() };
    Some(identity::Access {
        account_access: Some(account_access),
        namespace_accesses: grants.collect(),
        ..identity::Access::default()
    })
}

fn scoped_access(access: &Access) -> Option<NamespaceScopedAccess> {
    let Access::NamespaceScoped { namespace, permission } = access else { return None };
    let access = Some(namespace_access(*permission));
    Some(NamespaceScopedAccess { namespace: namespace.to_string(), access })
}

fn namespace_access(held: NamespacePermission) -> NamespaceAccess {
    let permission = match held {
        NamespacePermission::Admin => Permission::Admin,
        NamespacePermission::Write => Permission::Write,
        NamespacePermission::Read => Permission::Read,
    };
    NamespaceAccess { permission: permission.into(), ..NamespaceAccess::default() }
}

fn role(role: AccountRole) -> Role {
    match role {
        AccountRole::Owner => Role::Owner,
        AccountRole::Admin => Role::Admin,
        AccountRole::Developer => Role::Developer,
        AccountRole::FinanceAdmin => Role::FinanceAdmin,
        AccountRole::Read => Role::Read,
        AccountRole::MetricsRead => Role::MetricsRead,
    }
}
