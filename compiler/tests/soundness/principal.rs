//! The principals of an account and what they hold.

use crate::case::{Case, namespace};
use proptest::collection::{btree_map, btree_set};
use proptest::option::weighted;
use proptest::prelude::*;
use proptest::sample::select;
use schema::access::{Access, AccountRole, NamespacePermission};
use schema::account::Principal;
use schema::name::PrincipalId;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// A principal of the account.
#[derive(Clone, Debug)]
pub struct Held {
    pub role: AccountRole,
    pub namespaces: BTreeMap<u8, NamespacePermission>,
    pub kind: Kind,
    /// A custom role that it holds besides. A service account of one Namespace can hold none.
    pub custom: Option<CustomRole>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    User,
    ServiceAccount,
    Scoped(u8),
    /// With whom of the users is in it.
    Group(BTreeSet<usize>),
}

/// What a custom role allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum CustomRole {
    /// Everything that is done to Endpoints.
    Endpoints,
    /// Everything that is done to connectivity rules.
    Rules,
    /// Changing Namespaces.
    Namespaces,
    /// Listing Namespaces, which is not much.
    List,
}

impl CustomRole {
    pub const ALL: [Self; 4] = [Self::Endpoints, Self::Rules, Self::Namespaces, Self::List];

    /// Its specification in the registry.
    pub fn spec(self) -> Value {
        let all = |kind, actions: &[&str]| json!({ "resources": { "resourceType": kind, "allowAll": true }, "actions": actions });
        let permissions = match self {
            Self::Endpoints => vec![
                all("accounts", &["cloud.nexusendpoint.*"]),
                all("nexus-endpoints", &["cloud.nexusendpoint.*"]),
            ],
            Self::Rules => vec![
                all("accounts", &["cloud.connectivityrule.*"]),
                all("projects", &["cloud.connectivityrule.*"]),
                all("connectivity-rules", &["cloud.connectivityrule.*"]),
            ],
            Self::Namespaces => vec![all("namespaces", &["cloud.namespace.*"])],
            Self::List => vec![all("accounts", &["cloud.namespace.list"])],
        };
        json!({ "name": format!("{self:?}"), "permissions": permissions })
    }
}

pub fn held() -> impl Strategy<Value = Held> {
    let roles = prop_oneof![
        2 => Just(AccountRole::Owner),
        6 => Just(AccountRole::Admin),
        9 => Just(AccountRole::Developer),
        1 => Just(AccountRole::FinanceAdmin),
        1 => Just(AccountRole::Read),
        1 => Just(AccountRole::MetricsRead),
    ];
    let permissions = prop_oneof![
        12 => Just(NamespacePermission::Admin),
        1 => Just(NamespacePermission::Write),
        1 => Just(NamespacePermission::Read),
    ];
    let kinds = prop_oneof![
        4 => Just(Kind::User),
        3 => Just(Kind::ServiceAccount),
        1 => (0..5_u8).prop_map(Kind::Scoped),
        2 => btree_set(0..5_usize, 0..3).prop_map(Kind::Group),
    ];
    let custom = weighted(0.06, select(&CustomRole::ALL[..]));
    (roles, btree_map(0..5_u8, permissions, 3..6), kinds, custom)
        .prop_map(|(role, namespaces, kind, custom)| Held { role, namespaces, kind, custom })
}

impl Held {
    /// Its name, as the one in this place.
    pub fn id(&self, at: usize) -> PrincipalId {
        let text = match self.kind {
            Kind::User => format!("user.u{at}@acme.example"),
            Kind::ServiceAccount | Kind::Scoped(_) => format!("service_account.s{at}"),
            Kind::Group(_) => format!("group.g{at}"),
        };
        text.parse().unwrap()
    }

    /// The custom role that the registry lets it hold.
    pub fn custom(&self) -> Option<CustomRole> {
        self.custom.filter(|_| !matches!(self.kind, Kind::Scoped(_)))
    }
}

impl Case {
    /// A principal as the registry starts with it; custom roles come later.
    pub fn principal(&self, at: usize) -> Principal {
        let held = &self.principals[at];
        let known = held.namespaces.iter().filter(|(number, _)| self.namespaces.contains_key(number));
        let namespaces = known.map(|(number, permission)| (namespace(*number), *permission)).collect();
        let mut access = Access::Account { role: held.role, namespaces };
        if let Kind::Scoped(number) = held.kind
            && self.namespaces.contains_key(&number)
        {
            let permission = held.namespaces.values().next().copied().unwrap_or(NamespacePermission::Admin);
            access = Access::NamespaceScoped { namespace: namespace(number), permission };
        }
        let members = match &held.kind {
            Kind::Group(members) => {
                let users = members.iter().filter(|at| self.is_user(**at));
                users.map(|at| self.id(*at)).collect()
            }
            _ => BTreeSet::new(),
        };
        Principal { id: self.id(at), access, members }
    }

    fn is_user(&self, at: usize) -> bool {
        self.principals.get(at).is_some_and(|member| member.kind == Kind::User)
    }
}
