//! A policy as a graph: what the blocks declare, with the place of everything that a finding may point at.

pub mod demand;
mod guard;
pub mod ownership;
mod privatelink;
mod test;
mod unclear;

pub use guard::{DeclaredGuard, Guarded};
pub use privatelink::DeclaredPrivatelink;
pub use test::{DeclaredTest, Expectation, Expected};
pub use unclear::Unclear;

use crate::diagnostic::source::Span;
use crate::diagnostic::{Code, Finding, Severity};
use crate::evaluate::{Origin, Reference};
use crate::fast::sorted::Sorted;
use crate::policy::ownership::OwnershipScope;
use schema::access::{Access, Rights};
use schema::account::{Account, Endpoint, Namespace, Principal, Target};
use schema::backend::Backend;
use schema::codec::Codec;
use schema::limit::Limits;
use schema::name::{AccountId, EndpointName, NamespaceId, PrincipalId, PrincipalKind};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;
use time::Date;

/// Everything that a document declares and that could be understood. What could not is left out and was reported.
#[derive(Clone, Debug)]
pub struct Policy {
    /// The `account` block.
    pub account: DeclaredAccount,
    /// The Namespaces.
    pub namespaces: Sorted<NamespaceId, DeclaredNamespace>,
    /// The users, service accounts and groups.
    pub principals: BTreeMap<PrincipalId, DeclaredPrincipal>,
    /// The Endpoints.
    pub endpoints: Sorted<EndpointName, DeclaredEndpoint>,
    /// The grants declared apart from their Endpoint, by its name and in the order of the files.
    pub allowlists: BTreeMap<EndpointName, Vec<DeclaredAllowlist>>,
    /// The private connections, in the order of the files.
    pub privatelinks: Vec<DeclaredPrivatelink>,
    /// The guards, in the order of the files.
    pub guards: Vec<DeclaredGuard>,
    /// The tests, in the order of the files.
    pub tests: Vec<DeclaredTest>,
    /// The severities that the policy sets, by the name of the code; `None` turns it off.
    pub lint: BTreeMap<&'static str, Option<Severity>>,
    /// Whether all of the document could be understood: what is not declared may otherwise stand in what was left out.
    pub whole: bool,
    /// What could not be understood.
    pub unclear: Unclear,
    /// The groups of each user, worked out when they are first asked for.
    pub memberships: OnceLock<BTreeMap<PrincipalId, Vec<PrincipalId>>>,
    /// Whose objects alone are to be changed, where that is limited: all others stay as the account has them.
    pub scope: Option<OwnershipScope>,
}

/// The `account` block.
#[derive(Clone, Debug)]
pub struct DeclaredAccount {
    /// Its header, where there is one.
    pub span: Option<Span>,
    /// Where the account lives.
    pub backend: Backend,
    /// The account id, where it could be understood, and where it stands.
    pub id: Option<(AccountId, Span)>,
    /// The documented limits, or those given.
    pub limits: Limits,
    /// Who applies the policy.
    pub apply_as: Option<Spanned<PrincipalId>>,
    /// Globs of Endpoints that others own.
    pub ignored_endpoints: Vec<String>,
    /// Globs of private connections, by connection id, that others own.
    pub ignored_privatelinks: Vec<String>,
}

/// A name where it is used, and what it stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spanned<T> {
    /// Where it is used.
    pub span: Span,
    /// Where it was written, where that is elsewhere: in a local, in what `for_each` walks.
    pub from: Option<Span>,
    /// What is meant.
    pub id: T,
}

impl<T> Spanned<T> {
    /// What stands for `id` at this place.
    pub fn new(place: Origin, id: T) -> Self {
        Self { span: place.span, from: place.from, id }
    }

    /// Where it is used and was written.
    pub fn place(&self) -> Origin {
        Origin { span: self.span, from: self.from }
    }

    /// What stands for something else at the same place.
    pub fn with<O>(&self, id: O) -> Spanned<O> {
        Spanned { span: self.span, from: self.from, id }
    }

    /// A finding about the use, which points at where the name was written too.
    pub fn finding(&self, code: &'static Code, message: impl Into<String>) -> Finding {
        self.place().finding(code, message)
    }

    /// Where it was written.
    #[must_use]
    pub fn written(&self) -> Span {
        self.from.unwrap_or(self.span)
    }
}

/// A `namespace` block.
#[derive(Clone, Debug)]
pub struct DeclaredNamespace {
    /// Its header.
    pub span: Span,
    /// The block instance as reports name it: `namespace.payments-prod`.
    pub instance: Reference,
    /// What it declares.
    pub namespace: Namespace,
    /// The attributes that it gives, in order: only these are compared with the account. Empty where one has an error.
    pub given: Vec<&'static str>,
    /// How its payloads are encrypted, where it says so.
    pub codec: Option<Spanned<Codec>>,
}

/// A `user`, `service_account` or `group` block.
#[derive(Clone, Debug)]
pub struct DeclaredPrincipal {
    /// Its header.
    pub span: Span,
    /// The block instance as reports name it: `service_account.ci`.
    pub instance: Reference,
    /// What it declares.
    pub principal: Principal,
    /// The Namespaces on which it is given a permission, where they stand.
    pub grants: Vec<Spanned<NamespaceId>>,
}

/// An `endpoint` block.
#[derive(Clone, Debug)]
pub struct DeclaredEndpoint {
    /// Its header.
    pub span: Span,
    /// The block instance as reports name it: `endpoint.payments`.
    pub instance: Reference,
    /// Its name.
    pub name: EndpointName,
    /// The name that it has had.
    pub renamed_from: Option<Spanned<EndpointName>>,
    /// Where its calls go; `None` where that could not be understood.
    pub target: Option<DeclaredTarget>,
    /// What it is for.
    pub description: Option<String>,
    /// Its own callers; `None` where it lists none and others may own them.
    pub callers: Option<DeclaredCallers>,
    /// Who else manages it.
    pub managed_by: Vec<Spanned<PrincipalId>>,
}

/// An Endpoint's target.
#[derive(Clone, Debug)]
pub struct DeclaredTarget {
    /// Where the target Namespace is named; the whole value for an external target.
    pub span: Span,
    /// The target.
    pub target: Target,
}

/// A list of callers.
#[derive(Clone, Debug)]
pub struct DeclaredCallers {
    /// The whole list.
    pub span: Span,
    /// Whether nothing was written in it, as opposed to nothing that could be understood.
    pub written_empty: bool,
    /// The callers in the order written.
    pub namespaces: Vec<Spanned<NamespaceId>>,
}

/// An `allowlist` block.
#[derive(Clone, Debug)]
pub struct DeclaredAllowlist {
    /// Its header.
    pub span: Span,
    /// The block instance as reports name it: `allowlist.risk`.
    pub instance: Reference,
    /// The Endpoint that it grants access to.
    pub endpoint: Spanned<EndpointName>,
    /// Who may call.
    pub callers: DeclaredCallers,
    /// Why.
    pub reason: Option<String>,
    /// Its last day, and where that stands.
    pub expires: Option<(Date, Span)>,
}

impl DeclaredAllowlist {
    /// Whether it grants anything on this day: the last day is inclusive.
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

    /// Everything that can have managers: these, and the block instance.
    pub fn managed(&self) -> impl Iterator<Item = (&[Spanned<PrincipalId>], &Reference)> {
        let endpoints = self.endpoints.values().map(|it| (&*it.managed_by, &it.instance));
        endpoints.chain(self.privatelinks.iter().map(|it| (&*it.managed_by, &it.instance)))
    }

    /// Everything that a declared principal holds, by its own grant and its groups'; `None` for a stranger, and where an
    /// error hides some of it.
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

    /// The callers that a declared Endpoint is to have on this day; `None` where its allowlist belongs to others.
    #[must_use]
    pub fn callers(&self, endpoint: &DeclaredEndpoint, day: Date) -> Option<BTreeSet<NamespaceId>> {
        let mut named = self.allowlists_of(&endpoint.name).peekable();
        if endpoint.callers.is_none() && named.peek().is_none() {
            return None;
        }
        let granted = named.filter(|allowlist| allowlist.grants_on(day)).map(|allowlist| &allowlist.callers);
        let uses = endpoint.callers.iter().chain(granted).flat_map(|callers| &callers.namespaces);
        Some(uses.map(|used| used.id.clone()).collect())
    }

    /// The account as the policy declares it; `None` where its id could not be understood.
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

/// The word for what an [`Access`] is, as messages say it.
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
