//! The grant of a principal: conversion between the published messages and the permission rule.

use crate::api::identity::account_access::Role;
use crate::api::identity::namespace_access::Permission;
use crate::api::identity::{Access, AccountAccess, NamespaceAccess, NamespaceScopedAccess};
use crate::status::bad_request;
use schema::access::{self, AccountRole, NamespacePermission, Rights};
use schema::name::NamespaceId;
use std::collections::{BTreeMap, BTreeSet};
use tonic::Status;

/// A grant that is valid without regard to the rest of the account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Grant {
    /// Access to the account.
    Account {
        /// Users and service accounts have one, groups may.
        role: Option<AccountRole>,
        namespaces: BTreeMap<NamespaceId, NamespacePermission>,
        /// Ids of custom roles.
        custom_roles: BTreeSet<String>,
    },
    /// Access of a service account of one Namespace.
    Scoped { namespace: NamespaceId, permission: NamespacePermission },
}

impl Grant {
    /// Reads access to the account; without a message it is empty, which is valid for groups.
    pub(crate) fn parse(access: Option<&Access>) -> Result<Self, Status> {
        let account = access.and_then(|access| access.account_access.as_ref());
        let named = access.map(|access| &access.namespace_accesses).into_iter().flatten();
        Ok(Self::Account {
            role: account.map(parse_role).transpose()?.flatten(),
            namespaces: named.map(|(id, access)| namespace_entry(id, access)).collect::<Result<_, _>>()?,
            custom_roles: access.map(custom_roles).unwrap_or_default(),
        })
    }

    /// Reads access to the account that must include a role, for users and service accounts.
    pub(crate) fn parse_with_role(access: Option<&Access>) -> Result<Self, Status> {
        match Self::parse(access)? {
            Self::Account { role: None, .. } => {
                Err(bad_request("`spec.access.account_access.role` is required"))
            }
            grant => Ok(grant),
        }
    }

    /// Reads the access of a service account of one Namespace.
    pub(crate) fn parse_scoped(access: &NamespaceScopedAccess) -> Result<Self, Status> {
        let namespace = parse_namespace(&access.namespace)?;
        let permission = parse_permission(access.access.as_ref())?
            .ok_or_else(|| bad_request("`spec.namespace_scoped_access.access.permission` is required"))?;
        Ok(Self::Scoped { namespace, permission })
    }

    /// The grant with another permission on one Namespace, or with none there.
    pub(crate) fn with(
        &self,
        on: &NamespaceId,
        permission: Option<NamespacePermission>,
    ) -> Result<Self, Status> {
        let mut grant = self.clone();
        match (&mut grant, permission) {
            (Self::Account { namespaces, .. }, Some(permission)) => {
                namespaces.insert(on.clone(), permission);
            }
            (Self::Account { namespaces, .. }, None) => {
                namespaces.remove(on);
            }
            (Self::Scoped { namespace, permission }, Some(new)) if namespace == on => *permission = new,
            (Self::Scoped { namespace, .. }, _) => {
                let message = format!("a service account of `{namespace}` has access there and nowhere else");
                return Err(bad_request(message));
            }
        }
        Ok(grant)
    }

    /// The Namespace of a service account of one.
    pub(crate) fn scope(&self) -> Option<&NamespaceId> {
        match self {
            Self::Account { .. } => None,
            Self::Scoped { namespace, .. } => Some(namespace),
        }
    }

    /// The Namespaces that it names.
    pub(crate) fn namespaces(&self) -> impl Iterator<Item = &NamespaceId> {
        let named = match self {
            Self::Account { namespaces, .. } => Some(namespaces.keys()),
            Self::Scoped { .. } => None,
        };
        named.into_iter().flatten().chain(self.scope())
    }

    /// The permission that it names for a Namespace.
    pub(crate) fn on(&self, id: &NamespaceId) -> Option<NamespacePermission> {
        match self {
            Self::Account { namespaces, .. } => namespaces.get(id).copied(),
            Self::Scoped { namespace, permission } => (namespace == id).then_some(*permission),
        }
    }

    /// The ids of the custom roles.
    pub(crate) fn custom_roles(&self) -> impl Iterator<Item = &String> {
        match self {
            Self::Account { custom_roles, .. } => Some(custom_roles),
            Self::Scoped { .. } => None,
        }
        .into_iter()
        .flatten()
    }

    /// The rights of its predefined roles.
    pub(crate) fn rights(&self) -> Rights {
        let mut rights = Rights::default();
        self.add_to(&mut rights);
        rights
    }

    /// Adds the rights of its predefined roles.
    pub(crate) fn add_to(&self, rights: &mut Rights) {
        match self {
            Self::Account { role, namespaces, .. } => {
                rights.roles.extend(role);
                for (namespace, permission) in namespaces {
                    let held = rights.namespaces.entry(namespace.clone()).or_insert(*permission);
                    *held = (*held).max(*permission);
                }
            }
            Self::Scoped { namespace, permission } => {
                let (namespace, permission) = (namespace.clone(), *permission);
                rights.add(&access::Access::NamespaceScoped { namespace, permission });
            }
        }
    }

    /// Whether it gives at least Namespace Read, for filters by Namespace.
    pub(crate) fn reaches(&self, namespace: &str) -> bool {
        let id = namespace.parse();
        id.is_ok_and(|id: NamespaceId| self.rights().hold(&id, NamespacePermission::Read))
    }

    /// Its message; unset when it is empty, or of a service account of one Namespace.
    pub(crate) fn access(&self) -> Option<Access> {
        let Self::Account { role, namespaces, custom_roles } = self else { return None };
        if role.is_none() && namespaces.is_empty() && custom_roles.is_empty() {
            return None;
        }
        let account = AccountAccess {
            role: role.map_or(Role::Unspecified, show_role).into(),
            custom_roles: custom_roles.iter().cloned().collect(),
            ..AccountAccess::default()
        };
        let named = namespaces.iter().map(|(id, held)| (id.to_string(), show_permission(*held)));
        Some(Access {
            account_access: Some(account).filter(|account| *account != AccountAccess::default()),
            namespace_accesses: named.collect(),
            ..Access::default()
        })
    }

    /// The message of the access of a service account of one Namespace.
    pub(crate) fn scoped_access(&self) -> Option<NamespaceScopedAccess> {
        let Self::Scoped { namespace, permission } = self else { return None };
        let access = Some(show_permission(*permission));
        Some(NamespaceScopedAccess { namespace: namespace.to_string(), access })
    }
}

impl From<&access::Access> for Grant {
    fn from(access: &access::Access) -> Self {
        match access {
            access::Access::Account { role, namespaces } => Self::Account {
                role: Some(*role),
                namespaces: namespaces.clone(),
                custom_roles: BTreeSet::new(),
            },
            access::Access::NamespaceScoped { namespace, permission } => {
                Self::Scoped { namespace: namespace.clone(), permission: *permission }
            }
        }
    }
}

/// Reads a permission on a Namespace; `None` without a message or with an empty one.
#[expect(deprecated, reason = "clients of old API versions send the permission as a word")]
pub(crate) fn parse_permission(
    access: Option<&NamespaceAccess>,
) -> Result<Option<NamespacePermission>, Status> {
    let Some(access) = access else { return Ok(None) };
    match Permission::try_from(access.permission) {
        Ok(Permission::Admin) => Ok(Some(NamespacePermission::Admin)),
        Ok(Permission::Write) => Ok(Some(NamespacePermission::Write)),
        Ok(Permission::Read) => Ok(Some(NamespacePermission::Read)),
        Ok(Permission::Unspecified) if access.permission_deprecated.is_empty() => Ok(None),
        Ok(Permission::Unspecified) => {
            let word = access.permission_deprecated.to_lowercase();
            let known = NamespacePermission::from_name(&word);
            known.map(Some).ok_or_else(|| unknown("namespace permission", &word))
        }
        Err(_) => Err(unknown("namespace permission", &access.permission.to_string())),
    }
}

/// The message of a permission on a Namespace.
pub(crate) fn show_permission(held: NamespacePermission) -> NamespaceAccess {
    let permission = match held {
        NamespacePermission::Admin => Permission::Admin,
        NamespacePermission::Write => Permission::Write,
        NamespacePermission::Read => Permission::Read,
    };
    NamespaceAccess { permission: permission.into(), ..NamespaceAccess::default() }
}

#[expect(deprecated, reason = "clients of old API versions send the role as a word")]
fn parse_role(access: &AccountAccess) -> Result<Option<AccountRole>, Status> {
    match Role::try_from(access.role) {
        Ok(Role::Owner) => Ok(Some(AccountRole::Owner)),
        Ok(Role::Admin) => Ok(Some(AccountRole::Admin)),
        Ok(Role::Developer) => Ok(Some(AccountRole::Developer)),
        Ok(Role::FinanceAdmin) => Ok(Some(AccountRole::FinanceAdmin)),
        Ok(Role::Read) => Ok(Some(AccountRole::Read)),
        Ok(Role::MetricsRead) => Ok(Some(AccountRole::MetricsRead)),
        Ok(Role::Unspecified) if access.role_deprecated.is_empty() => Ok(None),
        Ok(Role::Unspecified) => {
            let word = access.role_deprecated.to_lowercase();
            let known = AccountRole::ALL.into_iter().find(|role| role.name().replace('_', "") == word);
            known.map(Some).ok_or_else(|| unknown("account role", &word))
        }
        Err(_) => Err(unknown("account role", &access.role.to_string())),
    }
}

fn show_role(role: AccountRole) -> Role {
    match role {
        AccountRole::Owner => Role::Owner,
        AccountRole::Admin => Role::Admin,
        AccountRole::Developer => Role::Developer,
        AccountRole::FinanceAdmin => Role::FinanceAdmin,
        AccountRole::Read => Role::Read,
        AccountRole::MetricsRead => Role::MetricsRead,
    }
}

fn namespace_entry(id: &str, access: &NamespaceAccess) -> Result<(NamespaceId, NamespacePermission), Status> {
    let permission = parse_permission(Some(access))?;
    let permission = permission
        .ok_or_else(|| bad_request(format!("the access to namespace `{}` is empty", id.escape_debug())))?;
    Ok((parse_namespace(id)?, permission))
}

fn parse_namespace(id: &str) -> Result<NamespaceId, Status> {
    id.parse().map_err(|error| bad_request(format!("invalid namespace `{}`: {error}", id.escape_debug())))
}

#[expect(deprecated, reason = "clients of API versions up to v0.12 send custom roles there")]
fn custom_roles(access: &Access) -> BTreeSet<String> {
    let current = access.account_access.as_ref().map(|account| &account.custom_roles);
    let current = current.filter(|roles| !roles.is_empty());
    current.unwrap_or(&access.custom_roles_deprecated).iter().cloned().collect()
}

fn unknown(what: &str, word: &str) -> Status {
    bad_request(format!("unknown {what} `{}`", word.escape_debug()))
}
