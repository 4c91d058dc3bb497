//! What keeps objects that a policy manages or relies on from being as it says, though their specifications are: their state in
//! the registry, and grants of an unknown kind.

use super::Planned;
use crate::access::renames::Renames;
use crate::diagnostic::source::Span;
use crate::evaluate::Reference;
use crate::facts::{Facts, is_in_order};
use crate::policy::{DeclaredAllowlist, DeclaredCallers, DeclaredEndpoint, Policy};
use registry::{RegisteredEndpoint, ResourceState};
use schema::name::NamespaceId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::fmt;

/// An object that is not as the policy says, and that the plan does not correct.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Uncorrected {
    /// What it is.
    pub object: ManagedObject,
    /// The name of the Endpoint, or the id of the private connection.
    pub name: String,
    /// Its state in the registry, such as `ACTIVATION_FAILED`, if that is the reason.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,
    /// Whether it has grants of a kind that is unknown to this version of nexusc.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unknown_grants: bool,
}

/// The kinds of objects that a policy manages or relies on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ManagedObject {
    /// An Endpoint.
    Endpoint,
    /// The connectivity rule of a private connection.
    ConnectivityRule,
    /// A Namespace that is a target or a caller.
    Namespace,
}

/// `endpoint x1 (ACTIVATION_FAILED)`.
impl fmt::Display for Uncorrected {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let object = match self.object {
            ManagedObject::Endpoint => "endpoint",
            ManagedObject::ConnectivityRule => "connectivity rule of",
            ManagedObject::Namespace => "namespace",
        };
        let state = self.state.as_deref().into_iter();
        let grants = self.unknown_grants.then_some("grants of an unknown kind").into_iter();
        let why: Vec<_> = state.chain(grants).collect();
        write!(out, "{object} {} ({})", self.name, why.join(", "))
    }
}

/// What is wrong with a managed object besides its specification, with its location in the policy.
#[derive(Clone, Debug)]
pub struct Flaw<'p> {
    /// What the object is.
    pub object: ManagedObject,
    /// Its name in the account.
    pub name: String,
    /// Its state, unless it is in order.
    pub state: Option<ResourceState>,
    /// Whether it has grants of an unknown kind on an allowlist that the policy manages.
    pub unknown_grants: bool,
    /// Where the policy declares it, or grants access to it.
    pub span: Span,
    /// The block instance.
    pub instance: &'p Reference,
}

/// The flaws of everything that the policy manages, or that a `--mine` plan is about.
#[must_use]
pub fn flaws<'p>(policy: &'p Policy, facts: &Facts) -> Vec<Flaw<'p>> {
    let renames = Renames::of(policy, facts);
    let endpoint = |held: &RegisteredEndpoint, manages_callers: bool, span, instance| Flaw {
        object: ManagedObject::Endpoint,
        name: held.name().to_owned(),
        state: out_of_order(held.state()),
        unknown_grants: manages_callers && held.has_unknown_policies(),
        span,
        instance,
    };
    let declared = policy.endpoints.values().filter(|it| policy.may_change(&it.managed_by));
    let declared = declared.filter_map(|it| {
        let held = renames.held(it, facts).or_else(|| facts.deleting.get(it.name.as_str()))?;
        let manages_callers = it.callers.is_some() || policy.allowlists.contains_key(&it.name);
        Some(endpoint(held, manages_callers, it.span, &it.instance))
    });
    let elsewhere = policy.allowlists.iter().filter(|(name, _)| !policy.endpoints.contains_key(*name));
    let granted = elsewhere.filter(|_| policy.scope.is_none()).filter_map(|(name, grants)| {
        let first = grants.first()?;
        Some(endpoint(facts.endpoints.get(name.as_str())?, false, first.endpoint.span, &first.instance))
    });
    let rules = policy.changeable_privatelinks().filter_map(|it| {
        let rule = facts.connectivity.private(&it.connection.as_ref()?.id)?;
        Some(Flaw {
            object: ManagedObject::ConnectivityRule,
            name: it.connection.as_ref()?.id.connection_id.clone(),
            state: out_of_order(rule.state()),
            unknown_grants: false,
            span: it.span,
            instance: &it.instance,
        })
    });
    let namespaces = facts.namespace_states.iter().filter(|(_, state)| prevents_calls(state));
    let namespaces = namespaces.filter_map(|(id, state)| {
        let (span, instance) = first_use(policy, id)?;
        let (object, name) = (ManagedObject::Namespace, id.to_string());
        Some(Flaw { object, name, state: Some(state.clone()), unknown_grants: false, span, instance })
    });
    let all = declared.chain(granted).chain(rules).chain(namespaces);
    all.filter(|flaw| flaw.state.is_some() || flaw.unknown_grants).collect()
}

/// A registry without states, such as a self-hosted server, returns none.
fn out_of_order(state: ResourceState) -> Option<ResourceState> {
    Some(state).filter(|state| !is_in_order(state))
}

/// Whether a Namespace in this state neither calls nor is called, now or soon.
fn prevents_calls(state: &ResourceState) -> bool {
    let works =
        matches!(state, ResourceState::Updating | ResourceState::UpdateFailed | ResourceState::DeleteFailed);
    !works && !is_in_order(state)
}

/// Where a Namespace is the target or a caller of what the policy changes: at the Endpoint that names it first, else at a grant.
fn first_use<'p>(policy: &'p Policy, id: &NamespaceId) -> Option<(Span, &'p Reference)> {
    let named = |callers: &DeclaredCallers| {
        callers.namespaces.iter().find(|used| used.id == *id).map(|used| used.span)
    };
    let of_endpoint = |endpoint: &'p DeclaredEndpoint| {
        let target = endpoint.target.as_ref().filter(|declared| declared.target.namespace() == Some(id));
        let span = target.map(|declared| declared.span).or_else(|| named(endpoint.callers.as_ref()?))?;
        Some((span, &endpoint.instance))
    };
    let of_grant = |grant: &'p DeclaredAllowlist| Some((named(&grant.callers)?, &grant.instance));
    let endpoints = policy.endpoints.values().filter(|it| policy.may_change(&it.managed_by));
    let grants = policy.allowlists.values().flatten().filter(|_| policy.scope.is_none());
    endpoints.filter_map(of_endpoint).chain(grants.filter_map(of_grant)).next()
}

/// The flaws that the changes do not correct: writing an Endpoint again ends a failed or unfinished operation, and one that is
/// being deleted is created again.
#[must_use]
pub fn uncorrected(flaws: &[Flaw], planned: &[Planned]) -> Vec<Uncorrected> {
    let written: BTreeSet<_> = planned.iter().map(|planned| planned.change.endpoint()).collect();
    let remaining = flaws.iter().filter_map(|flaw| {
        let is_written = flaw.object == ManagedObject::Endpoint && written.contains(&*flaw.name);
        let state = flaw.state.as_ref().filter(|state| !(is_written && ends_with_a_write(state)));
        let state = state.map(|state| state.word().to_owned());
        (state.is_some() || flaw.unknown_grants).then(|| Uncorrected {
            object: flaw.object,
            name: flaw.name.clone(),
            state,
            unknown_grants: flaw.unknown_grants,
        })
    });
    let mut remaining: Vec<_> = remaining.collect();
    remaining.sort();
    remaining
}

fn ends_with_a_write(state: &ResourceState) -> bool {
    use ResourceState::{Activating, ActivationFailed, Deleting, UpdateFailed, Updating};
    matches!(state, Activating | ActivationFailed | Updating | UpdateFailed | Deleting)
}
