//! The access of principals to a Namespace, shared by the RPCs that read and set it.

use crate::api::identity::NamespaceAccess;
use crate::caller::Caller;
use crate::entities::grant::{Grant, parse_permission, show_permission};
use crate::entities::principal::Principal;
use crate::entities::resource::Resource;
use crate::operations::{Kind, Operation, Outcome};
use crate::state::{Accepted, State};
use crate::status;
use prost::{Message, Name};
use schema::name::{NamespaceId, PrincipalKind};
use schema::permission::Call;
use std::ops::ControlFlow;
use tonic::Status;

/// A request to set a principal's access to a Namespace.
#[derive(Debug)]
pub(crate) struct Change<'a> {
    pub(crate) kind: PrincipalKind,
    /// The action of a custom role that allows the request.
    pub(crate) action: &'static str,
    pub(crate) namespace: &'a str,
    pub(crate) id: &'a String,
    pub(crate) access: Option<&'a NamespaceAccess>,
    pub(crate) resource_version: &'a str,
    pub(crate) operation_id: &'a str,
}

/// Sets or removes a principal's access to a Namespace.
pub(crate) fn set<R>(
    state: &mut State,
    caller: &Caller,
    request: &R,
    change: &Change<'_>,
) -> Result<Accepted, Status>
where
    R: Message + Name + Default + PartialEq,
{
    let named = (change.namespace, change.action);
    let namespace = match state.find_namespace(caller, (request, change.operation_id), named)? {
        ControlFlow::Continue((namespace, _)) => namespace,
        ControlFlow::Break(accepted) => return Ok(accepted),
    };
    let (kind, noun) = kind(change.kind);
    let held = state.principals.of(change.kind).get(change.id);
    let held = held.ok_or_else(|| status::not_found(noun, change.id.escape_debug()))?;
    held.accept_write(change.resource_version, &state.settings)?;
    let grant = held.content.grant.with(&namespace, parse_permission(change.access)?)?;
    if grant == held.content.grant {
        return Err(status::bad_request("nothing to change"));
    }
    let next = held.content.with(grant);
    let operation = Operation::new(request, change.operation_id, kind.of(change.id), Outcome::Active);
    Ok(state.accept(caller, operation, |state, operation| {
        let now = state.now();
        if let Some(held) = state.principals.of_mut(change.kind).get_mut(change.id) {
            held.update(operation, next, now);
        }
    }))
}

/// A principal with access to a Namespace.
#[derive(Debug)]
pub(crate) struct Assigned<'a> {
    pub(crate) principal: &'a Resource<Principal>,
    /// Its permission on the Namespace.
    pub(crate) access: Option<NamespaceAccess>,
    /// Whether the account role gives access as well.
    pub(crate) inherited: bool,
}

/// The principals of a kind with access to a Namespace, by id. Requires Namespace Read or a custom role with `action`.
pub(crate) fn list<'a>(
    state: &'a State,
    caller: &Caller,
    kind: PrincipalKind,
    (namespace, action): (&str, &str),
) -> Result<Vec<(&'a String, Assigned<'a>)>, Status> {
    let missing = || caller.missing_namespace(namespace);
    let id: NamespaceId = namespace.parse().map_err(|_| missing())?;
    caller.require_or(
        Call::ReadNamespace(&id),
        action,
        crate::entities::custom_role::Object::Namespace(namespace),
    )?;
    state.namespaces.get(&id).ok_or_else(missing)?;
    let assigned = |principal: &'a Resource<Principal>| {
        let grant: &Grant = &principal.content.grant;
        let (access, inherited) = (grant.on(&id).map(show_permission), grant.rights().administer_account());
        (access.is_some() || inherited).then_some(Assigned { principal, access, inherited })
    };
    Ok(state.principals.of(kind).iter().filter_map(|(id, held)| Some((id, assigned(held)?))).collect())
}

fn kind(kind: PrincipalKind) -> (Kind, &'static str) {
    match kind {
        PrincipalKind::Group => (Kind::UserGroup, "user group"),
        PrincipalKind::ServiceAccount => (Kind::ServiceAccount, "service account"),
        PrincipalKind::User => (Kind::User, "user"),
    }
}
