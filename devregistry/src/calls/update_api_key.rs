//! Replaces an API key's specification: permissions as for creating one. A key that is disabled or expired
//! cannot be used.

use crate::api::cloudservice::{UpdateApiKeyRequest, UpdateApiKeyResponse};
use crate::caller::Caller;
use crate::calls::rpc::Rpc;
use crate::entities::api_key::{self, Key};
use crate::operations::{Kind, Operation, Outcome};
use crate::state::{Accepted, State};
use crate::status;
use std::ops::ControlFlow;
use tonic::Status;

pub(super) struct UpdateApiKey;

impl Rpc for UpdateApiKey {
    type Request = UpdateApiKeyRequest;
    type Response = UpdateApiKeyResponse;
    const NAME: &'static str = "UpdateApiKey";

    fn answer(state: &mut State, caller: &Caller, request: Self::Request) -> Result<Self::Response, Status> {
        let accepted = accept(state, caller, &request)?;
        Ok(UpdateApiKeyResponse { async_operation: Some(accepted.operation) })
    }
}

fn accept(state: &mut State, caller: &Caller, request: &UpdateApiKeyRequest) -> Result<Accepted, Status> {
    let (id, operation_id) = (&request.key_id, request.async_operation_id.as_str());
    let missing = api_key::missing(caller, id);
    let allowed = |held: &Key| state.require_key_owner(caller, &held.owner);
    let held = match state.find(caller, (request, operation_id), state.keys.get(id), missing, allowed)? {
        ControlFlow::Continue(found) => found,
        ControlFlow::Break(accepted) => return Ok(accepted),
    };
    held.accept_write(&request.resource_version, &state.settings)?;
    let next = held.content.replaced_by(request.spec.clone())?;
    if held.content.spec == next.spec {
        return Err(status::bad_request("nothing to change"));
    }
    if held.content.spec.expiry_time != next.spec.expiry_time {
        next.expires_after(state.clock.now())?;
    }
    let operation = Operation::new(request, operation_id, Kind::ApiKey.of(id), Outcome::Active);
    Ok(state.accept(caller, operation, |state, operation| {
        let now = state.now();
        if let Some(held) = state.keys.get_mut(id) {
            held.update(operation, next, now);
        }
    }))
}
