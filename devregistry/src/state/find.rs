//! Finds the object of a write: it exists, the caller may write it, and the request is not a repeated one.

use crate::caller::Caller;
use crate::entities::custom_role::Object;
use crate::entities::namespace::Namespace;
use crate::entities::resource::Resource;
use crate::state::{Accepted, State};
use prost::{Message, Name};
use schema::name::NamespaceId;
use schema::permission::Call;
use std::ops::ControlFlow;
use tonic::Status;

/// What was found, or the response to a repeated request.
pub(crate) type Found<T> = Result<ControlFlow<Accepted, T>, Status>;

impl State {
    /// The object of a request: `held`, or the error `missing` if there is none. `allowed` checks the permission to write it.
    pub(crate) fn find<'a, C, R>(
        &self,
        caller: &Caller,
        (request, operation_id): (&R, &str),
        held: Option<&'a Resource<C>>,
        missing: Status,
        allowed: impl FnOnce(&C) -> Result<(), Status>,
    ) -> Found<&'a Resource<C>>
    where
        R: Message + Name + Default + PartialEq,
    {
        let Some(held) = held else {
            return self.replay_deleted(caller, request, operation_id, missing).map(ControlFlow::Break);
        };
        allowed(&held.content)?;
        let replayed = self.replay(request, operation_id)?;
        Ok(replayed.map_or(ControlFlow::Continue(held), ControlFlow::Break))
    }

    /// The Namespace of a request. Requires Namespace Admin or a custom role with `action`.
    pub(crate) fn find_namespace<R>(
        &self,
        caller: &Caller,
        (request, operation_id): (&R, &str),
        (id, action): (&str, &str),
    ) -> Found<(NamespaceId, &Resource<Namespace>)>
    where
        R: Message + Name + Default + PartialEq,
    {
        let missing = || caller.missing_namespace(id);
        let id: NamespaceId = id.parse().map_err(|_| missing())?;
        let Some(held) = self.namespaces.get(&id) else {
            return self.replay_deleted(caller, request, operation_id, missing()).map(ControlFlow::Break);
        };
        caller.require_or(Call::ManageNamespace(&id), action, Object::Namespace(&id.to_string()))?;
        let replayed = self.replay(request, operation_id)?;
        Ok(replayed.map_or_else(|| ControlFlow::Continue((id, held)), ControlFlow::Break))
    }
}
