//! Replaces a user's access: Global Admin or Owner.

use crate::api::cloudservice::{UpdateUserRequest, UpdateUserResponse};
use crate::caller::Caller;
use crate::calls::rpc::Rpc;
use crate::entities::user;
use crate::operations::{Kind, Operation, Outcome};
use crate::state::{Accepted, State};
use crate::status;
use schema::permission::Call;
use std::ops::ControlFlow;
use tonic::Status;

pub(super) struct UpdateUser;

impl Rpc for UpdateUser {
    type Request = UpdateUserRequest;
    type Response = UpdateUserResponse;
    const NAME: &'static str = "UpdateUser";

    fn answer(state: &mut State, caller: &Caller, request: Self::Request) -> Result<Self::Response, Status> {
        let accepted = accept(state, caller, &request)?;
        Ok(UpdateUserResponse { async_operation: Some(accepted.operation) })
    }
}

fn accept(state: &mut State, caller: &Caller, request: &UpdateUserRequest) -> Result<Accepted, Status> {
    caller.require(Call::ManageAccount)?;
    let (id, operation_id) = (&request.user_id, request.async_operation_id.as_str());
    let missing = status::not_found("user", id.escape_debug());
    let held = state.principals.users.get(id);
    let held = match state.find(caller, (request, operation_id), held, missing, |_| Ok(()))? {
        ControlFlow::Continue(found) => found,
        ControlFlow::Break(accepted) => return Ok(accepted),
    };
    held.accept_write(&request.resource_version, &state.settings)?;
    let next = user::replaced(&held.content, request.spec.as_ref())?;
    if held.content.is_equivalent(&next) {
        return Err(status::bad_request("nothing to change"));
    }
    state.check_grant(caller, &next.grant, Some(&held.content.grant))?;
    let operation = Operation::new(request, operation_id, Kind::User.of(id), Outcome::Active);
    Ok(state.accept(caller, operation, |state, operation| {
        let now = state.now();
        if let Some(held) = state.principals.users.get_mut(id) {
            held.update(operation, next, now);
        }
    }))
}
