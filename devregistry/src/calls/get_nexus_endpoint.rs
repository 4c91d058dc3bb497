//! One Endpoint.

use crate::api::cloudservice::{GetNexusEndpointRequest, GetNexusEndpointResponse};
use crate::caller::Caller;
use crate::calls::rpc::Rpc;
use crate::entities::custom_role::Object;
use crate::entities::endpoint::message;
use crate::state::State;
use crate::status;
use schema::permission::Call;
use tonic::Status;

pub(super) struct GetNexusEndpoint;

impl Rpc for GetNexusEndpoint {
    type Request = GetNexusEndpointRequest;
    type Response = GetNexusEndpointResponse;
    const NAME: &'static str = "GetNexusEndpoint";

    fn answer(state: &mut State, caller: &Caller, request: Self::Request) -> Result<Self::Response, Status> {
        let object = Object::Endpoint(&request.endpoint_id);
        caller.require_or(Call::ReadEndpoints, "cloud.nexusendpoint.get", object)?;
        let id = &request.endpoint_id;
        let found = state.endpoints.get(id).ok_or_else(|| status::not_found("nexus endpoint", id))?;
        Ok(GetNexusEndpointResponse { endpoint: Some(message(id, found)) })
    }
}
