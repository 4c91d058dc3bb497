//! Deletes an Endpoint: Developer or higher, and Namespace Admin on the target.

use crate::api::cloudservice::{DeleteNexusEndpointRequest, DeleteNexusEndpointResponse};
use crate::caller::Caller;
use crate::calls::rpc::Rpc;
use crate::entities::custom_role::Object;
use crate::operations::{Kind, Operation, Outcome};
use crate::state::{Accepted, State};
use crate::status;
use schema::permission::Call;
use tonic::Status;

pub(super) struct DeleteNexusEndpoint;

impl Rpc for DeleteNexusEndpoint {
    type Request = DeleteNexusEndpointRequest;
    type Response = DeleteNexusEndpointResponse;
    const NAME: &'static str = "DeleteNexusEndpoint";

    fn answer(state: &mut State, caller: &Caller, request: Self::Request) -> Result<Self::Response, Status> {
        let accepted = accept(state, caller, &request)?;
        Ok(DeleteNexusEndpointResponse { async_operation: Some(accepted.operation) })
    }
}

fn accept(
    state: &mut State,
    caller: &Caller,
    request: &DeleteNexusEndpointRequest,
) -> Result<Accepted, Status> {
    let (action, object) = ("cloud.nexusendpoint.delete", Object::Endpoint(&request.endpoint_id));
    caller.require_developer_or(action, object)?;
    let (id, operation_id) = (&request.endpoint_id, &request.async_operation_id);
    let Some(held) = state.endpoints.get(id) else {
        return state.replay_deleted(caller, request, operation_id, status::not_found("nexus endpoint", id));
    };
    caller.require_or(Call::DeleteEndpoint { target: &held.content.target }, action, object)?;
    if let Some(accepted) = state.replay(request, operation_id)? {
        return Ok(accepted);
    }
    held.accept_write(&request.resource_version, &state.settings)?;
    let operation = Operation::new(request, operation_id, Kind::Endpoint.of(id), Outcome::Deleted);
    Ok(state.accept(caller, operation, |state, operation| state.endpoints.delete(id, operation)))
}
