//! The typed policy: what the blocks declare, with the location of everything that a finding may point at.

pub mod demand;
mod guard;
pub mod ownership;
mod privatelink;
mod removed;
mod test;
mod unclear;

pub use guard::{DeclaredGuard, Guarded};
pub use privatelink::DeclaredPrivatelink;
pub use removed::{DeclaredRemoved, RemovedObject, Unmanaged};
pub use test::{DeclaredTest, Expectation, Expected};
pub use unclear::Unclear;

use crate::diagnostic::source::Span;
use crate::diagnostic::{Code, Finding, Severity};
use crate::evaluate::{Origin, Reference};
use crate::policy::ownership::OwnershipScope;
use schema::access::{Access, Rights};
use schema::account::{Account, Endpoint, Namespace, Principal, Target};
use schema::backend::Backend;
use schema::codec::Codec;
use schema::limit::Limits;
use schema::name::{AccountId, EndpointName, NamespaceId, PrincipalId, PrincipalKind};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::{Arc, OnceLock};
use time::Date;
use wildmatch::WildMatch;

/// All valid declarations of a document. Invalid ones are left out and were reported.
#[derive(Clone, Debug)]
pub struct Policy {
    /// The `account` block.
    pub account: DeclaredAccount,
    /// The Namespaces.
    pub namespaces: BTreeMap<NamespaceId, DeclaredNamespace>,
    /// The users, service accounts and groups.
    pub principals: BTreeMap<PrincipalId, DeclaredPrincipal>,
    /// The Endpoints.
    pub endpoints: BTreeMap<EndpointName, DeclaredEndpoint>,
    /// The grants declared separately from their Endpoint, by its name and in the order of the files.
    pub allowlists: BTreeMap<EndpointName, Vec<DeclaredAllowlist>>,
    /// The private connections, in the order of the files.
    pub privatelinks: Vec<DeclaredPrivatelink>,
    /// The objects to delete, in the order of the files.
    pub removed: Vec<DeclaredRemoved>,
    /// The guards, in the order of the files.
    pub guards: Vec<DeclaredGuard>,
    /// The tests, in the order of the files.
    pub tests: Vec<DeclaredTest>,
    /// The severities that `lint` sets; `None` is `off`.
    pub lint: BTreeMap<LintRule, Option<Severity>>,
    /// Whether the whole document is valid; otherwise an undeclared object may be in an invalid part.
    pub whole: bool,
    /// What is invalid.
    pub unclear: Unclear,
    /// The groups of each user, computed on first use.
    pub memberships: OnceLock<BTreeMap<PrincipalId, Vec<PrincipalId>>>,
    /// The scope of a `--mine` plan: all other objects are not changed.
    pub scope: Option<OwnershipScope>,
}

/// The `account` block.
#[derive(Clone, Debug)]
pub struct DeclaredAccount {
    /// Its header, if there is one.
    pub span: Option<Span>,
    /// The backend.
    pub backend: Backend,
    /// The account id, if valid, and its location.
    pub id: Option<(AccountId, Span)>,
    /// The given or documented limits.
    pub limits: Limits,
    /// The principal that applies the policy.
    pub apply_as: Option<Spanned<PrincipalId>>,
    /// Globs of Endpoints managed by others.
    pub ignored_endpoints: Vec<String>,
    /// Globs of private connections, by connection id, managed by others.
    pub ignored_privatelinks: Vec<String>,
    /// What happens to objects that the policy neither declares nor ignores.
    pub unmanaged: Unmanaged,
}

/// A value with the location of its use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spanned<T> {
    /// Where it is used.
    pub span: Span,
    /// Where it was written, if elsewhere: in a local or in `for_each`.
    pub from: Option<Span>,
    /// The value.
    pub id: T,
}

impl<T> Spanned<T> {
    /// `id` at this location.
    pub fn new(place: Origin, id: T) -> Self {
        Self { span: place.span, from: place.from, id }
    }

    /// Where it is used and was written.
    pub fn place(&self) -> Origin {
        Origin { span: self.span, from: self.from }
    }

    /// Another value at the same location.
    pub fn with<O>(&self, id: O) -> Spanned<O> {
        Spanned { span: self.span, from: self.from, id }
    }

    /// A finding at the use, with a related location where the value was written.
    pub fn finding(&self, code: &'static Code, message: impl Into<String>) -> Finding {
        self.place().finding(code, message)
    }

    /// Where it was written.
    #[must_use]
    pub fn written(&self) -> Span {
        self.from.unwrap_or(self.span)
    }
}

/// Whose severity `lint` sets.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct LintRule {
    /// The name of the code.
    pub code: &'static str,
    /// The label of the only guard.
    pub guard: Option<Arc<str>>,
}

impl fmt::Display for LintRule {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.code)?;
        self.guard.iter().try_for_each(|guard| write!(out, "/{}", guard.escape_debug()))
    }
}

/// A `namespace` block.
#[derive(Clone, Debug)]
pub struct DeclaredNamespace {
    /// Its header.
    pub span: Span,
    /// The block instance: `namespace.payments-prod`.
    pub instance: Reference,
    /// What it declares.
    pub namespace: Namespace,
    /// The given attributes, in order: only these are compared with the account. Empty if one has an error.
    pub given: Vec<&'static str>,
    /// How its payloads are encrypted, if given.
    pub codec: Option<Spanned<Codec>>,
}

/// A `user`, `service_account` or `group` block.
#[derive(Clone, Debug)]
pub struct DeclaredPrincipal {
    /// Its header.
    pub span: Span,
    /// The block instance: `service_account.ci`.
    pub instance: Reference,
    /// What it declares.
    pub principal: Principal,
    /// The Namespaces on which it has a permission, with their locations.
    pub grants: Vec<Spanned<NamespaceId>>,
}

/// An `endpoint` block.
#[derive(Clone, Debug)]
pub struct DeclaredEndpoint {
    /// Its header.
    pub span: Span,
    /// The block instance: `endpoint.payments`.
    pub instance: Reference,
    /// Its name.
    pub name: EndpointName,
    /// Its `renamed_from`.
    pub renamed_from: Option<Spanned<EndpointName>>,
    /// Its target; `None` if invalid.
    pub target: Option<DeclaredTarget>,
    /// Its description.
    pub description: Option<String>,
    /// Its `allowed_caller_namespaces`; `None` if omitted.
    pub callers: Option<DeclaredCallers>,
    /// Its `managed_by`.
    pub managed_by: Vec<Spanned<PrincipalId>>,
}

/// An Endpoint's target.
#[derive(Clone, Debug)]
pub struct DeclaredTarget {
    /// The span of the target Namespace, or of the whole value for an external target. The task queue has none.
    pub span: Span,
    /// The target.
    pub target: Target,
}

/// A list of callers.
#[derive(Clone, Debug)]
pub struct DeclaredCallers {
    /// The whole list.
    pub span: Span,
    /// Whether it was written empty, as opposed to having no valid caller.
    pub written_empty: bool,
    /// The callers in the order written.
    pub namespaces: Vec<Spanned<NamespaceId>>,
}

/// An `allowlist` block.
#[derive(Clone, Debug)]
pub struct DeclaredAllowlist {
    /// Its header.
    pub span: Span,
    /// The block instance: `allowlist.risk`.
    pub instance: Reference,
    /// The Endpoint that it grants access to.
    pub endpoint: Spanned<EndpointName>,
    /// Who may call.
    pub callers: DeclaredCallers,
    /// Why.
    pub reason: Option<String>,
    /// Its expiry date, with the location.
    pub expires: Option<(Date, Span)>,
}

impl DeclaredAllowlist {
    /// Whether it is in effect on this day: the expiry date is inclusive.
    #[must_use]
    pub fn grants_on(&self, day: Date) -> bool {
        self.expires.is_none_or(|(last, _)| day <= last)
    }
}

impl Policy {
    /// The allowlists that name an Endpoint, expired ones too.
    pub fn allowlists_of(&self, endpoint: &EndpointName) -> impl Iterator<Item = &DeclaredAllowlist> {
        self.allowlists.get(endpoint).into_iter().flatten()
    }

    /// Whether an object with these managers may be changed.
    #[must_use]
    pub fn may_change(&self, managed_by: &[Spanned<PrincipalId>]) -> bool {
        self.scope.as_ref().is_none_or(|scope| scope.owns(managed_by))
    }

    /// The private connections that may be changed.
    pub fn changeable_privatelinks(&self) -> impl Iterator<Item = &DeclaredPrivatelink> {
        self.privatelinks.iter().filter(|privatelink| self.may_change(&privatelink.managed_by))
    }

    /// Whether others manage the Endpoint of this name, by `ignore`.
    #[must_use]
    pub fn ignores_endpoint(&self, name: &str) -> bool {
        self.account.ignored_endpoints.iter().any(|glob| WildMatch::new(glob).matches(name))
    }

    /// Whether others manage the private connection of this id, by `ignore`.
    #[must_use]
    pub fn ignores_privatelink(&self, connection_id: &str) -> bool {
        self.account.ignored_privatelinks.iter().any(|glob| WildMatch::new(glob).matches(connection_id))
    }

    /// The `removed` block of an Endpoint.
    #[must_use]
    pub fn removed_endpoint(&self, name: &str) -> Option<&DeclaredRemoved> {
        self.removed.iter().find(|it| it.endpoint().is_some_and(|removed| removed.as_str() == name))
    }

    /// The `removed` block of a private connection.
    #[must_use]
    pub fn removed_privatelink(&self, connection_id: &str) -> Option<&DeclaredRemoved> {
        self.removed.iter().find(|it| it.connection_id() == Some(connection_id))
    }

    /// All objects with managers: the managers and the block instance.
    pub fn managed(&self) -> impl Iterator<Item = (&[Spanned<PrincipalId>], &Reference)> {
        let endpoints = self.endpoints.values().map(|it| (&*it.managed_by, &it.instance));
        endpoints.chain(self.privatelinks.iter().map(|it| (&*it.managed_by, &it.instance)))
    }

    /// The access of a declared principal, its own and its groups'; `None` if it is undeclared or an error hides part of
    /// it.
    #[must_use]
    pub fn rights(&self, id: &PrincipalId) -> Option<Rights> {
        if self.unclear.hides_rights(id) {
            return None;
        }
        let mut rights = Rights::of(&self.principals.get(id)?.principal.access);
        if id.kind == PrincipalKind::User {
            let groups = self.memberships.get_or_init(|| self.memberships_by_user()).get(id);
            let groups = groups.into_iter().flatten().filter_map(|group| self.principals.get(group));
            groups.for_each(|group| rights.add(&group.principal.access));
        }
        Some(rights)
    }

    fn memberships_by_user(&self) -> BTreeMap<PrincipalId, Vec<PrincipalId>> {
        let mut groups: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for (group, declared) in &self.principals {
            for member in &declared.principal.members {
                groups.entry(member.clone()).or_default().push(group.clone());
            }
        }
        groups
    }

    /// Whether the policy manages the allowlist of a declared Endpoint.
    #[must_use]
    pub fn manages_allowlist(&self, endpoint: &DeclaredEndpoint) -> bool {
        endpoint.callers.is_some() || self.allowlists_of(&endpoint.name).next().is_some()
    }

    /// The callers of a declared Endpoint on this day; `None` if the policy does not manage its allowlist.
    #[must_use]
    pub fn callers(&self, endpoint: &DeclaredEndpoint, day: Date) -> Option<BTreeSet<NamespaceId>> {
        if !self.manages_allowlist(endpoint) {
            return None;
        }
        let named = self.allowlists_of(&endpoint.name);
        let granted = named.filter(|allowlist| allowlist.grants_on(day)).map(|allowlist| &allowlist.callers);
        let uses = endpoint.callers.iter().chain(granted).flat_map(|callers| &callers.namespaces);
        Some(uses.map(|used| used.id.clone()).collect())
    }

    /// The account as the policy declares it; `None` if its id is invalid.
    #[must_use]
    pub fn declared_account(&self, day: Date) -> Option<Account> {
        let (id, _) = self.account.id.as_ref()?;
        let endpoints = self.endpoints.values().filter_map(|endpoint| {
            let target = endpoint.target.as_ref()?.target.clone();
            let callers = self.callers(endpoint, day).unwrap_or_default();
            let (name, description) = (endpoint.name.clone(), endpoint.description.clone());
            Some((name.clone(), Endpoint { name, target, description, callers }))
        });
        Some(Account {
            id: id.clone(),
            limits: self.account.limits,
            namespaces: self.namespaces.iter().map(|(id, it)| (id.clone(), it.namespace.clone())).collect(),
            principals: self.principals.iter().map(|(id, it)| (id.clone(), it.principal.clone())).collect(),
            endpoints: endpoints.collect(),
        })
    }
}

/// An [`Access`] as messages describe it.
#[must_use]
pub fn describe_access(access: &Access) -> String {
    match access {
        Access::Account { role, namespaces } => {
            let held: Vec<_> = namespaces
                .iter()
                .map(|(namespace, permission)| format!("{} on {namespace}", permission.name()))
                .collect();
            let held = if held.is_empty() { String::new() } else { format!("; {}", held.join(", ")) };
            format!("{}{held}", role.name())
        }
        Access::NamespaceScoped { namespace, permission } => {
            format!("only {} on {namespace}", permission.name())
        }
    }
}
