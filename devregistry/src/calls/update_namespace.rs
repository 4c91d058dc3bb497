//! Replaces a Namespace's specification: Namespace Admin.

use crate::api::cloudservice::{UpdateNamespaceRequest, UpdateNamespaceResponse};
use crate::call::Rpc;
use crate::caller::Caller;
use crate::operation::{Ending, Operation, Subject};
use crate::refusal;
use crate::state::{Accepted, State};
use schema::name::NamespaceId;
use schema::permission::Call;
use tonic::Status;

pub(super) struct UpdateNamespace;

impl Rpc for UpdateNamespace {
    type Request = UpdateNamespaceRequest;
    type Response = UpdateNamespaceResponse;
    const NAME: &'static str = "UpdateNamespace";

    fn answer(state: &mut State, caller: &Caller, request: Self::Request) -> Result<Self::Response, Status> {
        let accepted = accept(state, caller, &request)?;
        Ok(UpdateNamespaceResponse { async_operation: Some(accepted.operation) })
    }
}

fn accept(state: &mut State, caller: &Caller, request: &UpdateNamespaceRequest) -> Result<Accepted, Status> {
    let missing = || caller.missing_namespace(&request.namespace);
    let id: NamespaceId = request.namespace.parse().map_err(|_| missing())?;
    let operation_id = &request.async_operation_id;
    let Some(held) = state.namespaces.get(&id) else {
        return state.replay_gone(caller, request, operation_id, missing());
    };
    caller.require(Call::ManageNamespace(&id))?;
    if let Some(accepted) = state.replay(request, operation_id)? {
        return Ok(accepted);
    }
    held.accept_write(&request.resource_version, &state.settings)?;
    let namespace = held.content.replaced_by(request.spec.clone())?;
    if held.content.says_the_same(&namespace) {
        return Err(refusal::bad_request("nothing to change"));
    }
    let operation = Operation::new(request, operation_id, Subject::Namespace(id.clone()), Ending::Active);
    Ok(state.accept(caller, operation, |state, operation| {
        let now = state.now();
        if let Some(held) = state.namespaces.get_mut(&id) {
            held.update(operation, namespace, now);
        }
    }))
}
