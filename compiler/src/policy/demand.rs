//! The calls on the registry that managing what a policy declares takes.

use super::{DeclaredEndpoint, DeclaredPrivatelink, Policy};
use crate::diagnostic::source::Span;
use crate::evaluate::Reference;
use schema::account::Target;
use schema::permission::Call;

/// What a call is about, as messages name it.
#[derive(Clone, Copy, Debug)]
pub enum Subject<'p> {
    /// The Endpoint of this name.
    Endpoint(&'p str),
    /// The private connection of this id.
    Privatelink(&'p str),
}

/// One call on the registry and the place of the policy that asks for it.
#[derive(Clone, Debug)]
pub struct Demand<'p> {
    /// The call.
    pub call: Call<'p>,
    /// What it is about.
    pub subject: Subject<'p>,
    /// Where the target is named, or else the block's header.
    pub span: Option<Span>,
    /// The block instance.
    pub instance: Option<&'p Reference>,
}

/// What managing every declared object takes, where the account's state is not known.
pub fn demands(policy: &Policy) -> impl Iterator<Item = Demand<'_>> {
    let endpoints = policy.endpoints.values().filter_map(demand);
    endpoints.chain(policy.privatelinks.iter().flat_map(connectivity_demands))
}

/// What managing a declared private connection takes: its rule, and what it is attached to.
pub fn connectivity_demands(privatelink: &DeclaredPrivatelink) -> impl Iterator<Item = Demand<'_>> {
    let id = privatelink.connection.as_ref().map_or("", |connection| &connection.id.connection_id);
    let demand = move |call, span| {
        let (subject, instance) = (Subject::Privatelink(id), Some(&privatelink.instance));
        Demand { call, subject, span: Some(span), instance }
    };
    let rule = demand(Call::ManageConnectivityRules, privatelink.span);
    let attached =
        privatelink.namespaces.iter().map(move |used| demand(Call::ManageNamespace(&used.id), used.span));
    std::iter::once(rule).chain(attached)
}

/// What managing a declared Endpoint takes.
#[must_use]
pub fn demand(endpoint: &DeclaredEndpoint) -> Option<Demand<'_>> {
    let declared = endpoint.target.as_ref()?;
    let Target::Worker { namespace, .. } = &declared.target else { return None };
    let call = Call::CreateEndpoint { target: namespace };
    let (span, instance) = (Some(declared.span), Some(&endpoint.instance));
    Some(Demand { call, subject: Subject::Endpoint(endpoint.name.as_str()), span, instance })
}
