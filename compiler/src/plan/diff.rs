//! The changes that make the account match the policy.

use super::{Attributes, CallersChange, Change, HeldTarget};
use crate::diagnostic::source::Span;
use crate::evaluate::Reference;
use crate::facts::Facts;
use crate::plan::renames::Renames;
use crate::policy::demand::{Demand, Subject};
use crate::policy::{DeclaredEndpoint, Policy};
use registry::RegisteredEndpoint;
use schema::backend::Backend;
use schema::name::NamespaceId;
use schema::permission::Call;
use std::collections::{BTreeMap, BTreeSet};
use time::Date;

/// A change with its location in the policy and what its permission depends on.
#[derive(Clone, Debug)]
pub struct Planned {
    /// The change.
    pub change: Change,
    /// Its location in the policy.
    pub span: Span,
    /// The block instance.
    pub instance: Reference,
    /// The current target Namespace, if it is a Namespace of Temporal Cloud.
    from: Option<NamespaceId>,
    /// The new target Namespace.
    to: Option<NamespaceId>,
}

impl Planned {
    /// The old and the new target Namespace, if the change moves the Endpoint.
    #[must_use]
    pub fn retarget(&self) -> Option<(&NamespaceId, &NamespaceId)> {
        let (from, to) = (self.from.as_ref()?, self.to.as_ref()?);
        (from != to).then_some((from, to))
    }

    /// The permission that the change needs; `None` if the target is unknown.
    #[must_use]
    pub fn demand(&self) -> Option<Demand<'_>> {
        let to = self.to.as_ref()?;
        let call = match (&self.change, &self.from) {
            (Change::Create { .. }, _) => Call::CreateEndpoint { target: to },
            (Change::Update { .. }, from) => Call::UpdateEndpoint { from: from.as_ref().unwrap_or(to), to },
        };
        let (span, instance) = (Some(self.span), Some(&self.instance));
        Some(Demand { call, subject: Subject::Endpoint(self.change.endpoint()), span, instance })
    }
}

/// Compares a policy with the account: renames first, in the order in which names become free, then the rest by name.
#[must_use]
pub fn diff(policy: &Policy, facts: &Facts, today: Date) -> Vec<Planned> {
    let held = Renames::of(policy, facts);
    let declared = policy.endpoints.values();
    let declared =
        declared.filter_map(|endpoint| declared_change(endpoint, held.held(endpoint), policy, facts, today));
    let mut planned: Vec<_> = declared.chain(granted_elsewhere(policy, facts, today)).collect();
    planned.sort_by(|left, right| left.change.endpoint().cmp(right.change.endpoint()));
    let (renames, mut rest): (Vec<_>, Vec<_>) =
        planned.into_iter().partition(|it| it.change.rename().is_some());
    let mut ordered = by_freed_name(renames);
    ordered.append(&mut rest);
    ordered
}

fn declared_change(
    endpoint: &DeclaredEndpoint,
    held: Option<&RegisteredEndpoint>,
    policy: &Policy,
    facts: &Facts,
    today: Date,
) -> Option<Planned> {
    let declared = endpoint.target.as_ref()?;
    // Attributes that a self-hosted server lacks are neither compared nor sent.
    let callers = policy.callers(endpoint, today).filter(|_| policy.account.backend == Backend::Cloud);
    let planned = |change, from| {
        let (span, instance) = (declared.span, endpoint.instance.clone());
        Planned { change, span, instance, from, to: declared.target.namespace().cloned() }
    };
    let Some(held) = held else {
        let change = Change::create(endpoint, &declared.target, callers.unwrap_or_default());
        return Some(planned(change, None));
    };
    let attributes = Attributes::between(held, endpoint, &declared.target, callers);
    let from = held_namespace(held, facts);
    update(held, attributes).map(|change| planned(change, from))
}

/// Grants on Endpoints that the policy does not declare: they add callers and remove none.
fn granted_elsewhere(policy: &Policy, facts: &Facts, today: Date) -> Vec<Planned> {
    if policy.account.backend == Backend::SelfHosted {
        return Vec::new();
    }
    let elsewhere = policy.allowlists.iter().filter(|(name, _)| !policy.endpoints.contains_key(*name));
    let planned = elsewhere.filter_map(|(name, grants)| {
        let grants: Vec<_> = grants.iter().filter(|grant| grant.grants_on(today)).collect();
        let held = facts.endpoints.get(name.as_str())?;
        let wanted = grants.iter().flat_map(|grant| &grant.callers.namespaces).map(|used| used.id.clone());
        let already = held.callers();
        let added: BTreeSet<_> = wanted.filter(|caller| !already.contains(&caller.to_string())).collect();
        let callers = (!added.is_empty()).then_some(CallersChange::Add(added));
        let change = update(held, Attributes { callers, ..Attributes::default() })?;
        let target = held_namespace(held, facts);
        let first = grants.first()?;
        let (span, instance) = (first.endpoint.span, first.instance.clone());
        Some(Planned { change, span, instance, from: target.clone(), to: target })
    });
    planned.collect()
}

fn update(held: &RegisteredEndpoint, attributes: Attributes) -> Option<Change> {
    if attributes.is_empty() {
        return None;
    }
    Some(Change::Update {
        endpoint: held.name().to_owned(),
        id: held.id().to_owned(),
        resource_version: held.resource_version().to_owned(),
        attributes,
    })
}

fn held_namespace(held: &RegisteredEndpoint, facts: &Facts) -> Option<NamespaceId> {
    facts.namespace_id(HeldTarget::held(held.target())?.namespace()?)
}

/// Sorts each rename after the one that frees its name. There is no cycle: each chain ends at a free name.
fn by_freed_name(renames: Vec<Planned>) -> Vec<Planned> {
    let froms: Vec<_> = renames.iter().map(|it| it.change.endpoint().to_owned()).collect();
    let freed: BTreeMap<_, _> = froms.iter().enumerate().map(|(at, from)| (from.as_str(), at)).collect();
    let mut waiting: Vec<_> = renames.into_iter().map(Some).collect();
    let mut ordered = Vec::with_capacity(waiting.len());
    for start in 0..waiting.len() {
        let mut chain = Vec::new();
        let mut next = Some(start);
        while let Some(renamed) = next.and_then(|at| waiting.get_mut(at)?.take()) {
            next = renamed.change.rename().and_then(|(_, to)| freed.get(to).copied());
            chain.push(renamed);
        }
        ordered.extend(chain.into_iter().rev());
    }
    ordered
}
