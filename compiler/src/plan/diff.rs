//! The changes that make the account match the policy.

use super::{Attributes, CallersChange, Change};
use crate::access::deletion::deleted_endpoints;
use crate::access::held::{HeldEndpoint, HeldEndpoints};
use crate::access::renames::Renames;
use crate::diagnostic::source::Span;
use crate::evaluate::Reference;
use crate::facts::Facts;
use crate::policy::demand::{Demand, Subject};
use crate::policy::{DeclaredAllowlist, DeclaredEndpoint, Policy};
use schema::name::{EndpointName, NamespaceId};
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
        let call = match (&self.change, &self.from, &self.to) {
            (Change::Create { .. }, _, Some(to)) => Call::CreateEndpoint { target: to },
            (Change::Update { .. }, from, Some(to)) => {
                Call::UpdateEndpoint { from: from.as_ref().unwrap_or(to), to }
            }
            (Change::Delete { .. }, Some(target), _) => Call::DeleteEndpoint { target },
            _ => return None,
        };
        let (span, instance) = (Some(self.span), Some(&self.instance));
        Some(Demand { call, subject: Subject::Endpoint(self.change.endpoint()), span, instance })
    }
}

/// Compares a policy with the account of the facts.
#[must_use]
pub fn diff(policy: &Policy, facts: &Facts, today: Date) -> Vec<Planned> {
    changes(policy, &HeldEndpoints::of_facts(facts), today)
}

/// Compares a policy with the Endpoints that exist: renames first, in the order in which names become free, then the rest by
/// name, and deletions at the end.
#[must_use]
pub fn changes(policy: &Policy, held: &HeldEndpoints, today: Date) -> Vec<Planned> {
    changes_among(policy, held, today, |_| true)
}

/// Like [`changes`], without those declared Endpoints that are not compared.
#[must_use]
pub fn changes_among(
    policy: &Policy,
    held: &HeldEndpoints,
    today: Date,
    is_compared: impl Fn(&EndpointName) -> bool,
) -> Vec<Planned> {
    let renames = Renames::among(policy, |name| held.by_name.contains_key(name));
    let compared = policy.endpoints.values().filter(|endpoint| is_compared(&endpoint.name));
    let declared = compared.filter_map(|endpoint| {
        let current = renames.current_name(endpoint).and_then(|name| held.by_name.get(name.as_str()));
        declared_change(endpoint, current, policy, held, today)
    });
    let mut planned: Vec<_> = declared.chain(granted_elsewhere(policy, held, today)).collect();
    planned.sort_by(|left, right| left.change.endpoint().cmp(right.change.endpoint()));
    let (renames, mut rest): (Vec<_>, Vec<_>) =
        planned.into_iter().partition(|it| it.change.rename().is_some());
    let mut ordered = by_freed_name(renames);
    ordered.append(&mut rest);
    ordered.extend(deletions(policy, held));
    ordered
}

fn deletions(policy: &Policy, held: &HeldEndpoints) -> Vec<Planned> {
    let planned = deleted_endpoints(policy, held).into_iter().map(|deletion| {
        let (change, from) = (Change::delete(&deletion), held.target_namespace(deletion.object));
        Planned { change, span: deletion.span, instance: deletion.instance, from, to: None }
    });
    planned.collect()
}

/// The Endpoints after changes.
#[must_use]
pub fn after<'c>(held: &HeldEndpoints, changes: impl IntoIterator<Item = &'c Change>) -> HeldEndpoints {
    let mut after = held.clone();
    let mut changed = Vec::new();
    for change in changes {
        changed.extend(change.after(after.by_name.remove(change.endpoint())));
    }
    after.by_name.extend(changed.into_iter().map(|endpoint| (endpoint.name.clone(), endpoint)));
    after
}

fn declared_change(
    endpoint: &DeclaredEndpoint,
    current: Option<&HeldEndpoint>,
    policy: &Policy,
    held: &HeldEndpoints,
    today: Date,
) -> Option<Planned> {
    let declared = endpoint.target.as_ref()?;
    // Attributes that a self-hosted server lacks are neither compared nor sent.
    let callers = policy.callers(endpoint, today).filter(|_| held.has_allowlists);
    let planned = |change, from| {
        let (span, instance) = (declared.span, endpoint.instance.clone());
        Planned { change, span, instance, from, to: declared.target.namespace().cloned() }
    };
    let Some(current) = current else {
        let change = Change::create(endpoint, &declared.target, callers.unwrap_or_default());
        return Some(planned(change, None));
    };
    let attributes = Attributes::between(current, endpoint, &declared.target, callers);
    let from = held.target_namespace(current);
    update(current, attributes).map(|change| planned(change, from))
}

/// Grants on Endpoints that the policy does not declare: they add the callers that the policy names, remove them when their
/// grants have expired, and leave all others.
fn granted_elsewhere(policy: &Policy, held: &HeldEndpoints, today: Date) -> Vec<Planned> {
    if !held.has_allowlists {
        return Vec::new();
    }
    let elsewhere = policy.allowlists.iter().filter(|(name, _)| !policy.endpoints.contains_key(*name));
    let planned = elsewhere.filter_map(|(name, grants)| {
        let current = held.by_name.get(name.as_str())?;
        let (granting, expired): (Vec<_>, Vec<_>) = grants.iter().partition(|grant| grant.grants_on(today));
        let callers = |grants: &[&DeclaredAllowlist]| -> BTreeSet<NamespaceId> {
            let uses = grants.iter().flat_map(|grant| &grant.callers.namespaces);
            uses.map(|used| used.id.clone()).collect()
        };
        let (granted, ended) = (callers(&granting), callers(&expired));
        let is_listed = |caller: &&NamespaceId| current.callers.contains(&caller.to_string());
        let add: BTreeSet<_> = granted.iter().filter(|caller| !is_listed(caller)).cloned().collect();
        let remove: BTreeSet<_> = ended.difference(&granted).filter(is_listed).cloned().collect();
        let first = if add.is_empty() { expired.first()? } else { granting.first()? };
        let callers =
            (!add.is_empty() || !remove.is_empty()).then_some(CallersChange::Entries { add, remove });
        let change = update(current, Attributes { callers, ..Attributes::default() })?;
        let target = held.target_namespace(current);
        let (span, instance) = (first.endpoint.span, first.instance.clone());
        Some(Planned { change, span, instance, from: target.clone(), to: target })
    });
    planned.collect()
}

fn update(held: &HeldEndpoint, attributes: Attributes) -> Option<Change> {
    if attributes.is_empty() {
        return None;
    }
    Some(Change::Update {
        endpoint: held.name.clone(),
        id: held.id.clone(),
        resource_version: held.resource_version.clone(),
        attributes,
    })
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
