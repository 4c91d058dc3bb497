//! Deletes an API key: permissions as for creating one.

use crate::api::cloudservice::{DeleteApiKeyRequest, DeleteApiKeyResponse};
use crate::caller::Caller;
use crate::calls::rpc::Rpc;
use crate::entities::api_key::{self, Key};
use crate::operations::{Kind, Operation, Outcome};
use crate::state::{Accepted, State};
use std::ops::ControlFlow;
use tonic::Status;

pub(super) struct DeleteApiKey;

impl Rpc for DeleteApiKey {
    type Request = DeleteApiKeyRequest;
    type Response = DeleteApiKeyResponse;
    const NAME: &'static str = "DeleteApiKey";

    fn answer(state: &mut State, caller: &Caller, request: Self::Request) -> Result<Self::Response, Status> {
        let accepted = accept(state, caller, &request)?;
        Ok(DeleteApiKeyResponse { async_operation: Some(accepted.operation) })
    }
}

fn accept(state: &mut State, caller: &Caller, request: &DeleteApiKeyRequest) -> Result<Accepted, Status> {
    let (id, operation_id) = (&request.key_id, request.async_operation_id.as_str());
    let missing = api_key::missing(caller, id);
    let allowed = |held: &Key| state.require_key_owner(caller, &held.owner);
    let held = match state.find(caller, (request, operation_id), state.keys.get(id), missing, allowed)? {
        ControlFlow::Continue(found) => found,
        ControlFlow::Break(accepted) => return Ok(accepted),
    };
    held.accept_write(&request.resource_version, &state.settings)?;
    let operation = Operation::new(request, operation_id, Kind::ApiKey.of(id), Outcome::Deleted);
    Ok(state.accept(caller, operation, |state, operation| {
        if let Some(held) = state.keys.get_mut(id) {
            held.delete(operation);
        }
    }))
}
