//! What a policy deletes: the objects of `removed` blocks, and with `unmanaged = "delete"` all that it neither declares nor
//! ignores.

use super::held::{HeldEndpoint, HeldEndpoints};
use super::renames::Renames;
use crate::diagnostic::source::Span;
use crate::evaluate::Reference;
use crate::facts::Facts;
use crate::policy::Policy;
use registry::{RegisteredEndpoint, RegisteredRule};
use schema::privatelink::PrivateConnection;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Why an object is deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum DeletionCause {
    /// A `removed` block names it.
    Removed,
    /// The policy does not declare it, and sets `unmanaged = "delete"`.
    Unmanaged,
}

/// A deletion with the location that asks for it.
#[derive(Clone, Debug)]
pub struct Deletion<T> {
    /// The object.
    pub object: T,
    /// Why it is deleted.
    pub cause: DeletionCause,
    /// The `removed` block, or the attribute `unmanaged`.
    pub span: Span,
    /// The block.
    pub instance: Reference,
}

/// The Endpoints that a policy deletes, by name. What could not be read may declare what looks unmanaged.
#[must_use]
pub fn deleted_endpoints<'h>(policy: &Policy, held: &'h HeldEndpoints) -> Vec<Deletion<&'h HeldEndpoint>> {
    let renames = Renames::among(policy, |name| held.by_name.contains_key(name));
    let removed = policy.removed.iter().filter_map(|block| {
        let name = block.endpoint()?;
        let is_kept = policy.endpoints.contains_key(name)
            || policy.allowlists.contains_key(name)
            || renames.taker(name.as_str()).is_some();
        let object = held.by_name.get(name.as_str()).filter(|_| !is_kept)?;
        let (span, instance) = (block.span, block.instance.clone());
        Some(Deletion { object, cause: DeletionCause::Removed, span, instance })
    });
    let unmanaged = policy.account.unmanaged.deletion().filter(|_| policy.whole);
    let unmanaged = unmanaged.into_iter().flat_map(|(span, instance)| {
        let names = unmanaged_names(policy, held.by_name.keys().map(String::as_str));
        let objects = names.into_iter().filter_map(|name| held.by_name.get(name));
        let deletion =
            |object| Deletion { object, cause: DeletionCause::Unmanaged, span, instance: instance.clone() };
        objects.map(deletion).collect::<Vec<_>>()
    });
    let mut deleted: Vec<_> = removed.chain(unmanaged).collect();
    deleted.sort_by(|left, right| left.object.name.cmp(&right.object.name));
    deleted
}

/// The rules of private connections that a policy deletes.
#[must_use]
pub fn deleted_rules<'f>(
    policy: &Policy,
    facts: &'f Facts,
) -> Vec<Deletion<(&'f RegisteredRule, PrivateConnection)>> {
    let declared = declared_rules(policy, facts);
    let removed = facts.connectivity.private_rules().filter_map(|(rule, connection)| {
        let block = policy.removed_privatelink(&connection.connection_id)?;
        let (span, instance) = (block.span, block.instance.clone());
        let is_declared = declared.contains(rule.id());
        let deletion = Deletion { object: (rule, connection), cause: DeletionCause::Removed, span, instance };
        (!is_declared).then_some(deletion)
    });
    let unmanaged = policy.account.unmanaged.deletion().filter(|_| policy.whole);
    let unmanaged = unmanaged.into_iter().flat_map(|(span, instance)| {
        let deletion =
            |object| Deletion { object, cause: DeletionCause::Unmanaged, span, instance: instance.clone() };
        unmanaged_privatelinks(policy, facts).into_iter().map(deletion).collect::<Vec<_>>()
    });
    removed.chain(unmanaged).collect()
}

/// Which of these Endpoints the policy neither declares, removes nor ignores.
#[must_use]
pub fn unmanaged_names<'n>(policy: &Policy, existing: impl Iterator<Item = &'n str>) -> Vec<&'n str> {
    let existing: BTreeSet<&str> = existing.collect();
    let renames = Renames::among(policy, |name| existing.contains(name));
    let removed = policy.removed.iter().filter_map(|block| block.endpoint());
    let named = policy.endpoints.keys().chain(policy.allowlists.keys()).chain(removed);
    let named: BTreeSet<&str> = named.map(AsRef::as_ref).collect();
    let is_named = |name: &str| named.contains(name) || renames.taker(name).is_some();
    let unmanaged = existing.iter().filter(|name| !is_named(name) && !policy.ignores_endpoint(name));
    unmanaged.copied().collect()
}

/// The account's Endpoints that the policy neither declares, removes nor ignores, by name.
#[must_use]
pub fn unmanaged_endpoints<'f>(policy: &Policy, facts: &'f Facts) -> Vec<&'f RegisteredEndpoint> {
    let names = unmanaged_names(policy, facts.endpoints.keys().map(String::as_str));
    names.into_iter().filter_map(|name| facts.endpoints.get(name)).collect()
}

/// The account's private rules that the policy neither declares, removes nor ignores, with their connections.
#[must_use]
pub fn unmanaged_privatelinks<'f>(
    policy: &Policy,
    facts: &'f Facts,
) -> Vec<(&'f RegisteredRule, PrivateConnection)> {
    let declared = declared_rules(policy, facts);
    let is_named = |rule: &RegisteredRule, PrivateConnection { connection_id, .. }: &PrivateConnection| {
        declared.contains(rule.id())
            || policy.removed_privatelink(connection_id).is_some()
            || policy.ignores_privatelink(connection_id)
    };
    let rules = facts.connectivity.private_rules();
    rules.filter(|(rule, connection)| !is_named(rule, connection)).collect()
}

fn declared_rules<'f>(policy: &Policy, facts: &'f Facts) -> BTreeSet<&'f str> {
    let declared = policy.privatelinks.iter().filter_map(|it| it.connection.as_ref());
    facts.connectivity.rules_of(declared.map(|used| &used.id))
}
