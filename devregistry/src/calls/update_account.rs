//! Replaces the account's specification: Global Admin or Owner.

use crate::api::cloudservice::{UpdateAccountRequest, UpdateAccountResponse};
use crate::caller::Caller;
use crate::calls::rpc::Rpc;
use crate::entities::custom_role::Object;
use crate::operations::{Kind, Operation, Outcome};
use crate::state::{Accepted, State};
use crate::status;
use schema::permission::Call;
use std::ops::ControlFlow;
use tonic::Status;

pub(super) struct UpdateAccount;

impl Rpc for UpdateAccount {
    type Request = UpdateAccountRequest;
    type Response = UpdateAccountResponse;
    const NAME: &'static str = "UpdateAccount";

    fn answer(state: &mut State, caller: &Caller, request: Self::Request) -> Result<Self::Response, Status> {
        let accepted = accept(state, caller, &request)?;
        Ok(UpdateAccountResponse { async_operation: Some(accepted.operation) })
    }
}

fn accept(state: &mut State, caller: &Caller, request: &UpdateAccountRequest) -> Result<Accepted, Status> {
    caller.require_or(Call::ManageAccount, "cloud.account.update", Object::Account)?;
    let (id, operation_id) = (state.id.to_string(), request.async_operation_id.as_str());
    let missing = status::not_found("account", &id);
    let held =
        match state.find(caller, (request, operation_id), state.account.get(&id), missing, |_| Ok(()))? {
            ControlFlow::Continue(found) => found,
            ControlFlow::Break(accepted) => return Ok(accepted),
        };
    held.accept_write(&request.resource_version, &state.settings)?;
    let next = request.spec.clone().ok_or_else(|| status::bad_request("`spec` is required"))?;
    if held.content == next {
        return Err(status::bad_request("nothing to change"));
    }
    let operation = Operation::new(request, operation_id, Kind::Account.of(&id), Outcome::Active);
    Ok(state.accept(caller, operation, |state, operation| {
        let now = state.now();
        if let Some(held) = state.account.get_mut(&id) {
            held.update(operation, next, now);
        }
    }))
}
