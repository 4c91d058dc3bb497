//! Deletes a user: Global Admin or Owner. Its API keys and memberships are deleted.

use crate::api::cloudservice::{DeleteUserRequest, DeleteUserResponse};
use crate::caller::Caller;
use crate::calls::rpc::Rpc;
use crate::entities::custom_role::Object;
use crate::operations::{Kind, Operation, Outcome};
use crate::state::{Accepted, State};
use crate::status;
use schema::permission::Call;
use std::ops::ControlFlow;
use tonic::Status;

pub(super) struct DeleteUser;

impl Rpc for DeleteUser {
    type Request = DeleteUserRequest;
    type Response = DeleteUserResponse;
    const NAME: &'static str = "DeleteUser";

    fn answer(state: &mut State, caller: &Caller, request: Self::Request) -> Result<Self::Response, Status> {
        let accepted = accept(state, caller, &request)?;
        Ok(DeleteUserResponse { async_operation: Some(accepted.operation) })
    }
}

fn accept(state: &mut State, caller: &Caller, request: &DeleteUserRequest) -> Result<Accepted, Status> {
    caller.require_or(Call::ManageAccount, "cloud.user.delete", Object::Account)?;
    let (id, operation_id) = (&request.user_id, request.async_operation_id.as_str());
    let missing = status::not_found("user", id.escape_debug());
    let held = state.principals.users.get(id);
    let held = match state.find(caller, (request, operation_id), held, missing, |_| Ok(()))? {
        ControlFlow::Continue(found) => found,
        ControlFlow::Break(accepted) => return Ok(accepted),
    };
    held.accept_write(&request.resource_version, &state.settings)?;
    let operation = Operation::new(request, operation_id, Kind::User.of(id), Outcome::Deleted);
    Ok(state.accept(caller, operation, |state, operation| {
        if let Some(held) = state.principals.users.get_mut(id) {
            held.delete(operation);
        }
    }))
}
