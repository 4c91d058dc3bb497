//! Replaces a service account's specification: permissions as for creating one. Its Namespace cannot
//! change.

use crate::api::cloudservice::{UpdateServiceAccountRequest, UpdateServiceAccountResponse};
use crate::caller::Caller;
use crate::calls::rpc::Rpc;
use crate::entities::service_account;
use crate::operations::{Kind, Operation, Outcome};
use crate::state::{Accepted, State};
use crate::status;
use std::ops::ControlFlow;
use tonic::Status;

pub(super) struct UpdateServiceAccount;

impl Rpc for UpdateServiceAccount {
    type Request = UpdateServiceAccountRequest;
    type Response = UpdateServiceAccountResponse;
    const NAME: &'static str = "UpdateServiceAccount";

    fn answer(state: &mut State, caller: &Caller, request: Self::Request) -> Result<Self::Response, Status> {
        let accepted = accept(state, caller, &request)?;
        Ok(UpdateServiceAccountResponse { async_operation: Some(accepted.operation) })
    }
}

fn accept(
    state: &mut State,
    caller: &Caller,
    request: &UpdateServiceAccountRequest,
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
    let next = service_account::replaced(&held.content, request.spec.as_ref())?;
    if held.content.is_equivalent(&next) {
        return Err(status::bad_request("nothing to change"));
    }
    state.check_grant(caller, &next.grant, Some(&held.content.grant))?;
    if state.principals.id_of(&next.name).is_some_and(|holder| holder != id) {
        return Err(status::already_exists("service account", next.name.name()));
    }
    let operation = Operation::new(request, operation_id, Kind::ServiceAccount.of(id), Outcome::Active);
    Ok(state.accept(caller, operation, |state, operation| {
        let now = state.now();
        if let Some(held) = state.principals.service_accounts.get_mut(id) {
            held.update(operation, next, now);
        }
    }))
}
