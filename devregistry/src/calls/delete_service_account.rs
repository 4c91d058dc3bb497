//! Deletes a service account: permissions as for creating one. Its API keys are deleted.

use crate::api::cloudservice::{DeleteServiceAccountRequest, DeleteServiceAccountResponse};
use crate::caller::Caller;
use crate::calls::rpc::Rpc;
use crate::entities::service_account;
use crate::operations::{Kind, Operation, Outcome};
use crate::state::{Accepted, State};
use crate::status;
use std::ops::ControlFlow;
use tonic::Status;

pub(super) struct DeleteServiceAccount;

impl Rpc for DeleteServiceAccount {
    type Request = DeleteServiceAccountRequest;
    type Response = DeleteServiceAccountResponse;
    const NAME: &'static str = "DeleteServiceAccount";

    fn answer(state: &mut State, caller: &Caller, request: Self::Request) -> Result<Self::Response, Status> {
        let accepted = accept(state, caller, &request)?;
        Ok(DeleteServiceAccountResponse { async_operation: Some(accepted.operation) })
    }
}

fn accept(
    state: &mut State,
    caller: &Caller,
    request: &DeleteServiceAccountRequest,
) -> Result<Accepted, Status> {
    let (id, operation_id) = (&request.service_account_id, request.async_operation_id.as_str());
    let missing = status::not_found("service account", id.escape_debug());
    let held = state.principals.service_accounts.get(id);
    let held = match state
        .find(caller, (request, operation_id), held, missing, |held| service_account::require(caller, held))?
    {
        ControlFlow::Continue(found) => found,
        ControlFlow::Break(accepted) => return Ok(accepted),
    };
    held.accept_write(&request.resource_version, &state.settings)?;
    let operation = Operation::new(request, operation_id, Kind::ServiceAccount.of(id), Outcome::Deleted);
    Ok(state.accept(caller, operation, |state, operation| {
        if let Some(held) = state.principals.service_accounts.get_mut(id) {
            held.delete(operation);
        }
    }))
}
