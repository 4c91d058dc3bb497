//! The one rule of who may do what in Temporal Cloud, asked by the compiler, the provider and the embedded registry.
//! Source: Temporal's documentation of roles and permissions, and of Nexus Registry roles.

use crate::access::{AccountRole, NamespacePermission, Rights};
use crate::name::NamespaceId;

/// A call on the registry, with what its permission depends on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Call<'a> {
    /// List or get Nexus Endpoints.
    ReadEndpoints,
    /// Create an Endpoint.
    CreateEndpoint {
        /// Its target Namespace.
        target: &'a NamespaceId,
    },
    /// Update an Endpoint; with two different targets it is a retarget.
    UpdateEndpoint {
        /// The target Namespace it has.
        from: &'a NamespaceId,
        /// The target Namespace it gets.
        to: &'a NamespaceId,
    },
    /// Delete an Endpoint.
    DeleteEndpoint {
        /// Its target Namespace.
        target: &'a NamespaceId,
    },
    /// Read the account, regions, users, groups, members, service accounts or operations, or list Namespaces.
    ReadAccount,
    /// Change the account, or create, update or delete users, groups and account-scoped service accounts.
    ManageAccount,
    /// Create, update, delete or assign custom roles.
    ManageCustomRoles,
    /// Create a Namespace.
    CreateNamespace,
    /// Get one Namespace.
    ReadNamespace(&'a NamespaceId),
    /// Update or delete one Namespace, attach connectivity rules to it, or set a principal's access to it.
    ManageNamespace(&'a NamespaceId),
    /// Set the tags of a Namespace, when it is created or later.
    TagNamespace,
    /// Create, update or delete a service account of one Namespace.
    ManageScopedServiceAccount(&'a NamespaceId),
    /// List or get connectivity rules.
    ReadConnectivityRules,
    /// Create or delete connectivity rules.
    ManageConnectivityRules,
    /// Manage one's own API keys.
    ManageOwnApiKeys,
}

/// What is missing for a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Missing<'a> {
    /// Any account role at all.
    AnyRole,
    /// The Developer role or higher.
    Developer,
    /// The Global Admin or Owner role.
    GlobalAdmin,
    /// The Owner role.
    Owner,
    /// A permission on a Namespace: the target, or the only one that the call names.
    Namespace(&'a NamespaceId, NamespacePermission),
    /// Namespace Admin on the target that an Endpoint has before it is retargeted.
    OldTarget(&'a NamespaceId),
}

/// Whether a call is allowed: yes, no, or not to be known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict<'a> {
    /// The registry allows it.
    Allowed,
    /// The registry refuses it; everything that is missing.
    Denied(Vec<Missing<'a>>),
    /// Nothing listed allows it, yet it may be allowed; the reason, and what is not known to be held.
    Unknown(String, Vec<Missing<'a>>),
}

impl Verdict<'_> {
    /// Whether the call is known to be allowed.
    #[must_use]
    pub fn is_allowed(&self) -> bool {
        matches!(self, Self::Allowed)
    }
}

/// Decides whether a principal with `rights` may make `call`.
#[must_use]
pub fn decide<'a>(rights: &Rights, call: Call<'a>) -> Verdict<'a> {
    let missing = missing(rights, call);
    if missing.is_empty() {
        return documented(rights, call);
    }
    match &rights.may_hold_more {
        Some(reason) => Verdict::Unknown(reason.clone(), missing),
        None => Verdict::Denied(missing),
    }
}

/// Reading Endpoints needs any account role; what a principal with nothing but Metrics-Read sees is documented nowhere.
fn documented<'a>(rights: &Rights, call: Call<'a>) -> Verdict<'a> {
    let only_metrics = rights.roles.iter().all(|role| *role == AccountRole::MetricsRead);
    if call == Call::ReadEndpoints && only_metrics {
        let reason = "it is not documented whether Metrics-Read shows Nexus Endpoints";
        return Verdict::Unknown(reason.to_owned(), vec![Missing::AnyRole]);
    }
    Verdict::Allowed
}

fn missing<'a>(rights: &Rights, call: Call<'a>) -> Vec<Missing<'a>> {
    let any_role = (!rights.roles.is_empty()).then_some(()).ok_or(Missing::AnyRole);
    let developer = rights.develop().then_some(()).ok_or(Missing::Developer);
    let global_admin = rights.administer_account().then_some(()).ok_or(Missing::GlobalAdmin);
    let owner = rights.roles.contains(&AccountRole::Owner).then_some(()).ok_or(Missing::Owner);
    let held = |namespace: &'a NamespaceId, least| {
        let held = rights.hold(namespace, least);
        held.then_some(()).ok_or(Missing::Namespace(namespace, least))
    };
    let old_target = |namespace: &'a NamespaceId| {
        let held = rights.hold(namespace, NamespacePermission::Admin);
        held.then_some(()).ok_or(Missing::OldTarget(namespace))
    };
    let needs: Vec<Result<(), Missing<'a>>> = match call {
        Call::ReadEndpoints | Call::ReadAccount | Call::ManageOwnApiKeys => vec![any_role],
        Call::CreateEndpoint { target } | Call::DeleteEndpoint { target } => {
            vec![developer, held(target, NamespacePermission::Admin)]
        }
        Call::UpdateEndpoint { from, to } if from == to => {
            vec![developer, held(to, NamespacePermission::Admin)]
        }
        Call::UpdateEndpoint { from, to } => {
            vec![developer, held(to, NamespacePermission::Admin), old_target(from)]
        }
        Call::CreateNamespace | Call::ReadConnectivityRules => vec![developer],
        Call::ReadNamespace(namespace) => vec![held(namespace, NamespacePermission::Read)],
        Call::ManageNamespace(namespace) | Call::ManageScopedServiceAccount(namespace) => {
            vec![held(namespace, NamespacePermission::Admin)]
        }
        Call::ManageAccount | Call::ManageConnectivityRules | Call::TagNamespace => vec![global_admin],
        Call::ManageCustomRoles => vec![owner],
    };
    needs.into_iter().filter_map(Result::err).collect()
}

#[cfg(test)]
mod tests {
    //! Every role × Namespace permission × call against a table written out by hand from the documentation.
    use super::*;
    use crate::access::Access;
    use std::collections::BTreeMap;

    const ROLES: [AccountRole; 6] = [
        AccountRole::Owner,
        AccountRole::Admin,
        AccountRole::Developer,
        AccountRole::FinanceAdmin,
        AccountRole::Read,
        AccountRole::MetricsRead,
    ];

    /// For each call, a word for each role in the order above (Owner, Global Admin, Developer, Finance Admin, Read,
    /// Metrics-Read). A word's letters are the answers for a principal that holds nothing, Read, Write and Admin on the
    /// Namespace: `y` allowed, `n` denied, `?` not documented.
    const TABLE: &[(&str, &str)] = &[
        ("read endpoints", "yyyy yyyy yyyy yyyy yyyy ????"),
        ("create endpoint", "yyyy yyyy nnny nnnn nnnn nnnn"),
        ("update endpoint", "yyyy yyyy nnny nnnn nnnn nnnn"),
        ("retarget from it", "yyyy yyyy nnny nnnn nnnn nnnn"),
        ("retarget to it", "yyyy yyyy nnny nnnn nnnn nnnn"),
        ("retarget from it to a stranger's", "yyyy yyyy nnnn nnnn nnnn nnnn"),
        ("retarget from a stranger's to it", "yyyy yyyy nnnn nnnn nnnn nnnn"),
        ("delete endpoint", "yyyy yyyy nnny nnnn nnnn nnnn"),
        ("read account", "yyyy yyyy yyyy yyyy yyyy yyyy"),
        ("manage account", "yyyy yyyy nnnn nnnn nnnn nnnn"),
        ("manage custom roles", "yyyy nnnn nnnn nnnn nnnn nnnn"),
        ("create namespace", "yyyy yyyy yyyy nnnn nnnn nnnn"),
        ("tag namespace", "yyyy yyyy nnnn nnnn nnnn nnnn"),
        ("read namespace", "yyyy yyyy nyyy nyyy nyyy nyyy"),
        ("manage namespace", "yyyy yyyy nnny nnny nnny nnny"),
        ("manage scoped service account", "yyyy yyyy nnny nnny nnny nnny"),
        ("read connectivity rules", "yyyy yyyy yyyy nnnn nnnn nnnn"),
        ("manage connectivity rules", "yyyy yyyy nnnn nnnn nnnn nnnn"),
        ("own api keys", "yyyy yyyy yyyy yyyy yyyy yyyy"),
    ];

    /// The same for a principal that has access which is not understood: what is allowed stays so, and nothing is denied.
    const DOUBTED: &[(&str, &str)] = &[
        ("read endpoints", "yyyy yyyy yyyy yyyy yyyy ????"),
        ("create endpoint", "yyyy yyyy ???y ???? ???? ????"),
        ("update endpoint", "yyyy yyyy ???y ???? ???? ????"),
        ("retarget from it", "yyyy yyyy ???y ???? ???? ????"),
        ("retarget to it", "yyyy yyyy ???y ???? ???? ????"),
        ("retarget from it to a stranger's", "yyyy yyyy ???? ???? ???? ????"),
        ("retarget from a stranger's to it", "yyyy yyyy ???? ???? ???? ????"),
        ("delete endpoint", "yyyy yyyy ???y ???? ???? ????"),
        ("read account", "yyyy yyyy yyyy yyyy yyyy yyyy"),
        ("manage account", "yyyy yyyy ???? ???? ???? ????"),
        ("manage custom roles", "yyyy ???? ???? ???? ???? ????"),
        ("create namespace", "yyyy yyyy yyyy ???? ???? ????"),
        ("tag namespace", "yyyy yyyy ???? ???? ???? ????"),
        ("read namespace", "yyyy yyyy ?yyy ?yyy ?yyy ?yyy"),
        ("manage namespace", "yyyy yyyy ???y ???y ???y ???y"),
        ("manage scoped service account", "yyyy yyyy ???y ???y ???y ???y"),
        ("read connectivity rules", "yyyy yyyy yyyy ???? ???? ????"),
        ("manage connectivity rules", "yyyy yyyy ???? ???? ???? ????"),
        ("own api keys", "yyyy yyyy yyyy yyyy yyyy yyyy"),
    ];

    fn namespace(name: &str) -> NamespaceId {
        format!("{name}.a2dd6").parse().unwrap()
    }

    /// Retargets within one's own Namespaces pair `it` with a second one on which Namespace Admin is always held.
    fn call<'a>(name: &str, it: &'a NamespaceId, own: &'a NamespaceId, strange: &'a NamespaceId) -> Call<'a> {
        match name {
            "read endpoints" => Call::ReadEndpoints,
            "create endpoint" => Call::CreateEndpoint { target: it },
            "update endpoint" => Call::UpdateEndpoint { from: it, to: it },
            "retarget from it" => Call::UpdateEndpoint { from: it, to: own },
            "retarget to it" => Call::UpdateEndpoint { from: own, to: it },
            "retarget from it to a stranger's" => Call::UpdateEndpoint { from: it, to: strange },
            "retarget from a stranger's to it" => Call::UpdateEndpoint { from: strange, to: it },
            "delete endpoint" => Call::DeleteEndpoint { target: it },
            "read account" => Call::ReadAccount,
            "manage account" => Call::ManageAccount,
            "manage custom roles" => Call::ManageCustomRoles,
            "create namespace" => Call::CreateNamespace,
            "tag namespace" => Call::TagNamespace,
            "read namespace" => Call::ReadNamespace(it),
            "manage namespace" => Call::ManageNamespace(it),
            "manage scoped service account" => Call::ManageScopedServiceAccount(it),
            "read connectivity rules" => Call::ReadConnectivityRules,
            "manage connectivity rules" => Call::ManageConnectivityRules,
            "own api keys" => Call::ManageOwnApiKeys,
            _ => unreachable!("no call is named {name}"),
        }
    }

    fn letter(verdict: &Verdict) -> char {
        match verdict {
            Verdict::Allowed => 'y',
            Verdict::Denied(_) => 'n',
            Verdict::Unknown(..) => '?',
        }
    }

    #[track_caller]
    fn check(table: &[(&str, &str)], more: Option<&str>) {
        let (it, own, strange) = (namespace("it"), namespace("own"), namespace("strange"));
        for (name, expected) in table {
            let answers = ROLES.map(|role| {
                let held = [None, Some("read"), Some("write"), Some("admin")];
                held.map(|held| {
                    let mut namespaces = BTreeMap::from([(own.clone(), NamespacePermission::Admin)]);
                    let held = held.map(|held| NamespacePermission::from_name(held).unwrap());
                    namespaces.extend(held.map(|held| (it.clone(), held)));
                    let mut rights = Rights::of(&Access::Account { role, namespaces });
                    more.into_iter().for_each(|more| rights.doubt(more));
                    letter(&decide(&rights, call(name, &it, &own, &strange)))
                })
                .into_iter()
                .collect::<String>()
            });
            assert_eq!(answers.join(" "), *expected, "{name}");
        }
    }

    #[test]
    fn the_rule_agrees_with_the_documented_table() {
        check(TABLE, None);
    }

    #[test]
    fn nothing_is_denied_where_access_is_not_understood() {
        check(DOUBTED, Some("it has Project access that is not understood"));
    }

    #[test]
    fn one_without_any_access_that_is_understood_is_denied_nothing() {
        let it = namespace("it");
        let mut rights = Rights::default();
        rights.doubt("it has Project access");
        for (name, _) in TABLE {
            assert_eq!(letter(&decide(&rights, call(name, &it, &it, &it))), '?', "{name}");
        }
    }

    #[test]
    fn a_namespace_scoped_service_account_never_manages_endpoints() {
        let it = namespace("it");
        for permission in NamespacePermission::ALL {
            let rights = Rights::of(&Access::NamespaceScoped { namespace: it.clone(), permission });
            assert_eq!(letter(&decide(&rights, Call::CreateEndpoint { target: &it })), 'n');
            assert_eq!(letter(&decide(&rights, Call::ReadEndpoints)), 'y');
        }
    }

    #[test]
    fn every_reason_is_told_once() {
        let it = namespace("it");
        let mut rights =
            Rights::of(&Access::Account { role: AccountRole::Read, namespaces: BTreeMap::new() });
        ["a custom role", "hidden groups", "a custom role"].iter().for_each(|reason| rights.doubt(reason));
        let missing = vec![Missing::Developer, Missing::Namespace(&it, NamespacePermission::Admin)];
        let verdict = decide(&rights, Call::CreateEndpoint { target: &it });
        assert_eq!(verdict, Verdict::Unknown("a custom role, and hidden groups".to_owned(), missing));
    }

    #[test]
    fn a_denial_names_everything_that_is_missing() {
        let (it, strange) = (namespace("it"), namespace("strange"));
        let rights = Rights::of(&Access::Account { role: AccountRole::Read, namespaces: BTreeMap::new() });
        let verdict = decide(&rights, Call::UpdateEndpoint { from: &strange, to: &it });
        let target = Missing::Namespace(&it, NamespacePermission::Admin);
        assert_eq!(verdict, Verdict::Denied(vec![Missing::Developer, target, Missing::OldTarget(&strange)]));
    }
}
