//! Replaces a Namespace's specification: Namespace Admin. Also attaches and detaches connectivity rules, as a set, and
//! adds and removes replicas.

use crate::api::cloudservice::{UpdateNamespaceRequest, UpdateNamespaceResponse};
use crate::caller::Caller;
use crate::calls::rpc::Rpc;
use crate::operations::{Kind, Operation, Outcome};
use crate::state::{Accepted, State};
use crate::status;
use std::ops::ControlFlow;
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
    let operation_id = request.async_operation_id.as_str();
    let named = (request.namespace.as_str(), "cloud.namespace.update");
    let (id, held) = match state.find_namespace(caller, (request, operation_id), named)? {
        ControlFlow::Continue(found) => found,
        ControlFlow::Break(accepted) => return Ok(accepted),
    };
    held.accept_write(&request.resource_version, &state.settings)?;
    let next = held.content.replaced_by(request.spec.clone())?;
    if held.content.is_equivalent(&next) {
        return Err(status::bad_request("nothing to change"));
    }
    state.check_attachments(next.rules(), &next.replicas.regions())?;
    let operation =
        Operation::new(request, operation_id, Kind::Namespace.of(id.to_string()), Outcome::Active);
    Ok(state.accept(caller, operation, |state, operation| {
        let now = state.now();
        if let Some(held) = state.namespaces.get_mut(&id) {
            held.update(operation, next, now);
        }
    }))
}
