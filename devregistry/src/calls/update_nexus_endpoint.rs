//! Replaces an Endpoint's specification: permissions as for creating one, on the old and the new target. The new
//! specification is visible at once; the state says UPDATING until the operation is over.

use crate::api::cloudservice::{UpdateNexusEndpointRequest, UpdateNexusEndpointResponse};
use crate::caller::Caller;
use crate::calls::rpc::Rpc;
use crate::entities::custom_role::Object;
use crate::entities::endpoint::Endpoint;
use crate::operations::{Kind, Operation, Outcome};
use crate::state::{Accepted, State};
use crate::status;
use schema::permission::Call;
use tonic::Status;

pub(super) struct UpdateNexusEndpoint;

impl Rpc for UpdateNexusEndpoint {
    type Request = UpdateNexusEndpointRequest;
    type Response = UpdateNexusEndpointResponse;
    const NAME: &'static str = "UpdateNexusEndpoint";

    fn answer(state: &mut State, caller: &Caller, request: Self::Request) -> Result<Self::Response, Status> {
        let accepted = accept(state, caller, &request)?;
        Ok(UpdateNexusEndpointResponse { async_operation: Some(accepted.operation) })
    }
}

fn accept(
    state: &mut State,
    caller: &Caller,
    request: &UpdateNexusEndpointRequest,
) -> Result<Accepted, Status> {
    let (action, object) = ("cloud.nexusendpoint.update", Object::Endpoint(&request.endpoint_id));
    caller.require_developer_or(action, object)?;
    let (id, operation_id) = (&request.endpoint_id, &request.async_operation_id);
    let Some(held) = state.endpoints.get(id) else {
        return state.replay_deleted(caller, request, operation_id, status::not_found("nexus endpoint", id));
    };
    let from = &held.content.target;
    caller.require_or(Call::UpdateEndpoint { from, to: from }, action, object)?;
    let endpoint = Endpoint::parse(request.spec.clone())?;
    let to = &endpoint.target;
    caller.require_or(Call::UpdateEndpoint { from, to }, action, object)?;
    if from != to && !caller.may(Call::UpdateEndpoint { from, to }) {
        state.require_target(caller, to)?;
    }
    if let Some(accepted) = state.replay(request, operation_id)? {
        return Ok(accepted);
    }
    held.accept_write(&request.resource_version, &state.settings)?;
    if held.content.is_equivalent(&endpoint) {
        return Err(status::bad_request("nothing to change"));
    }
    state.check_endpoint(id, &endpoint, Some(&held.content))?;
    let operation = Operation::new(request, operation_id, Kind::Endpoint.of(id), Outcome::Active);
    Ok(state.accept(caller, operation, |state, operation| {
        let now = state.now();
        state.endpoints.update(id, operation, endpoint, now);
    }))
}
