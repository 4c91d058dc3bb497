//! Creates an Endpoint: Developer or higher, and Namespace Admin on the target.

use crate::api::cloudservice::{CreateNexusEndpointRequest, CreateNexusEndpointResponse};
use crate::caller::Caller;
use crate::calls::rpc::Rpc;
use crate::entities::custom_role::Object;
use crate::entities::endpoint::Endpoint;
use crate::entities::id;
use crate::entities::resource::Resource;
use crate::operations::{Kind, Operation, Outcome};
use crate::state::{Accepted, State};
use crate::status;
use schema::permission::Call;
use tonic::Status;

pub(super) struct CreateNexusEndpoint;

impl Rpc for CreateNexusEndpoint {
    type Request = CreateNexusEndpointRequest;
    type Response = CreateNexusEndpointResponse;
    const NAME: &'static str = "CreateNexusEndpoint";

    fn answer(state: &mut State, caller: &Caller, request: Self::Request) -> Result<Self::Response, Status> {
        let Accepted { subject, operation } = accept(state, caller, &request)?;
        Ok(CreateNexusEndpointResponse { endpoint_id: subject, async_operation: Some(operation) })
    }
}

fn accept(
    state: &mut State,
    caller: &Caller,
    request: &CreateNexusEndpointRequest,
) -> Result<Accepted, Status> {
    let action = "cloud.nexusendpoint.create";
    caller.require_developer_or(action, Object::Account)?;
    let endpoint = Endpoint::parse(request.spec.clone())?;
    let target = &endpoint.target;
    caller.require_or(Call::CreateEndpoint { target }, action, Object::Account)?;
    if !caller.may(Call::CreateEndpoint { target }) {
        state.require_target(caller, target)?;
    }
    if let Some(accepted) = state.replay(request, &request.async_operation_id)? {
        return Ok(accepted);
    }
    let id = id::random();
    state.check_endpoint(&id, &endpoint, None)?;
    room_for_one_more(state)?;
    let subject = Kind::Endpoint.of(id.clone());
    let operation = Operation::new(request, &request.async_operation_id, subject, Outcome::Active);
    Ok(state.accept(caller, operation, |state, operation| {
        let endpoint = Resource::created_by(operation, endpoint, state.now());
        state.endpoints.insert(id, endpoint);
    }))
}

fn room_for_one_more(state: &State) -> Result<(), Status> {
    let limit = state.limits.endpoints;
    if state.endpoints.len() < limit {
        return Ok(());
    }
    let message = format!("the account has {limit} nexus endpoints, as many as it may have");
    Err(status::with_code(state.settings.limit_reached, message))
}
