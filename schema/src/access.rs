//! What a principal holds: one account role and permissions on Namespaces, its own and its groups'.

use crate::name::NamespaceId;
use std::collections::{BTreeMap, BTreeSet};

/// A role in the account. A principal holds one of its own; groups may add more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AccountRole {
    /// Everything, billing included.
    Owner,
    /// Global Admin: everything but billing.
    Admin,
    /// Creates Namespaces and, with Namespace Admin on the target, Endpoints.
    Developer,
    /// Reads, and writes billing.
    FinanceAdmin,
    /// Reads.
    Read,
    /// Reads metrics.
    MetricsRead,
}

impl AccountRole {
    /// Every role.
    pub const ALL: [Self; 6] =
        [Self::Owner, Self::Admin, Self::Developer, Self::FinanceAdmin, Self::Read, Self::MetricsRead];

    /// The word in policies.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Admin => "admin",
            Self::Developer => "developer",
            Self::FinanceAdmin => "finance_admin",
            Self::Read => "read",
            Self::MetricsRead => "metrics_read",
        }
    }

    /// The role of a word in a policy.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.name() == name)
    }
}

/// A permission on one Namespace; each holds those before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum NamespacePermission {
    /// Reads the Namespace and its Workflows.
    Read,
    /// Runs Workflows in it.
    Write,
    /// Everything, granting access included.
    Admin,
}

impl NamespacePermission {
    /// Every permission.
    pub const ALL: [Self; 3] = [Self::Read, Self::Write, Self::Admin];

    /// The word in policies.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
            Self::Admin => "admin",
        }
    }

    /// The permission of a word in a policy.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|permission| permission.name() == name)
    }
}

/// What is granted to one user, group or service account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Access {
    /// A role in the account and permissions on some Namespaces.
    Account {
        /// The role.
        role: AccountRole,
        /// The permissions, by Namespace.
        namespaces: BTreeMap<NamespaceId, NamespacePermission>,
    },
    /// A service account of one Namespace: account Read and this one permission.
    NamespaceScoped {
        /// Its Namespace.
        namespace: NamespaceId,
        /// What it may do there.
        permission: NamespacePermission,
    },
}

impl Access {
    /// The account role; a Namespace-scoped service account always has Read.
    #[must_use]
    pub fn role(&self) -> AccountRole {
        match self {
            Self::Account { role, .. } => *role,
            Self::NamespaceScoped { .. } => AccountRole::Read,
        }
    }
}

/// What stands between two reasons.
const REASONS_BETWEEN: &str = ", and ";

/// Everything that a principal holds, its groups' included: what the permission rule decides on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rights {
    /// The account roles.
    pub roles: BTreeSet<AccountRole>,
    /// The highest permission on each Namespace that was granted one by one.
    pub namespaces: BTreeMap<NamespaceId, NamespacePermission>,
    /// Why there may be more than is listed here (access that is not understood, groups that cannot be seen): turns a
    /// denial into "unknown".
    pub may_hold_more: Option<String>,
}

impl Rights {
    /// The rights that one grant gives.
    #[must_use]
    pub fn of(access: &Access) -> Self {
        let mut rights = Self::default();
        rights.add(access);
        rights
    }

    /// Adds what another grant gives: of two permissions on one Namespace the higher counts.
    pub fn add(&mut self, access: &Access) {
        self.roles.insert(access.role());
        match access {
            Access::Account { namespaces, .. } => {
                for (namespace, permission) in namespaces {
                    self.raise(namespace, *permission);
                }
            }
            Access::NamespaceScoped { namespace, permission } => self.raise(namespace, *permission),
        }
    }

    /// Adds a reason why there may be more than is listed; each counts once.
    pub fn doubt(&mut self, reason: &str) {
        match &mut self.may_hold_more {
            Some(reasons) if reasons.split(REASONS_BETWEEN).any(|known| known == reason) => {}
            Some(reasons) => {
                reasons.push_str(REASONS_BETWEEN);
                reasons.push_str(reason);
            }
            none => *none = Some(reason.to_owned()),
        }
    }

    /// Whether these hold at least `least` on the Namespace. Owners and Global Admins hold Namespace Admin everywhere.
    #[must_use]
    pub fn hold(&self, namespace: &NamespaceId, least: NamespacePermission) -> bool {
        self.administer_account() || self.namespaces.get(namespace).is_some_and(|held| *held >= least)
    }

    /// Owner or Global Admin.
    #[must_use]
    pub fn administer_account(&self) -> bool {
        self.roles.contains(&AccountRole::Owner) || self.roles.contains(&AccountRole::Admin)
    }

    /// Owner.
    #[must_use]
    pub fn is_owner(&self) -> bool {
        self.roles.contains(&AccountRole::Owner)
    }

    /// Developer, Global Admin or Owner. Finance Admin and Read-Only are not higher than Developer.
    #[must_use]
    pub fn develop(&self) -> bool {
        self.administer_account() || self.roles.contains(&AccountRole::Developer)
    }

    fn raise(&mut self, namespace: &NamespaceId, permission: NamespacePermission) {
        let held = self.namespaces.entry(namespace.clone()).or_insert(permission);
        *held = permission.max(*held);
    }
}
