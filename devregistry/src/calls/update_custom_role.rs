//! Replaces a custom role's specification: permissions as for creating one. It takes effect at once.

use crate::api::cloudservice::{UpdateCustomRoleRequest, UpdateCustomRoleResponse};
use crate::caller::Caller;
use crate::calls::rpc::Rpc;
use crate::entities::custom_role::{Object, Role};
use crate::operations::{Kind, Operation, Outcome};
use crate::state::{Accepted, State};
use crate::status;
use schema::permission::Call;
use std::ops::ControlFlow;
use tonic::Status;

pub(super) struct UpdateCustomRole;

impl Rpc for UpdateCustomRole {
    type Request = UpdateCustomRoleRequest;
    type Response = UpdateCustomRoleResponse;
    const NAME: &'static str = "UpdateCustomRole";

    fn answer(state: &mut State, caller: &Caller, request: Self::Request) -> Result<Self::Response, Status> {
        let accepted = accept(state, caller, &request)?;
        Ok(UpdateCustomRoleResponse { async_operation: Some(accepted.operation) })
    }
}

fn accept(state: &mut State, caller: &Caller, request: &UpdateCustomRoleRequest) -> Result<Accepted, Status> {
    let object = Object::CustomRole(&request.role_id);
    caller.require_or(Call::ManageCustomRoles, "cloud.customrole.update", object)?;
    let (id, operation_id) = (&request.role_id, request.async_operation_id.as_str());
    let missing = status::not_found("custom role", id.escape_debug());
    let held = state.custom_roles.get(id);
    let held = match state.find(caller, (request, operation_id), held, missing, |_| Ok(()))? {
        ControlFlow::Continue(found) => found,
        ControlFlow::Break(accepted) => return Ok(accepted),
    };
    held.accept_write(&request.resource_version, &state.settings)?;
    let next = Role::parse(request.spec.clone())?;
    if held.content == next {
        return Err(status::bad_request("nothing to change"));
    }
    let operation = Operation::new(request, operation_id, Kind::CustomRole.of(id), Outcome::Active);
    Ok(state.accept(caller, operation, |state, operation| {
        let now = state.now();
        if let Some(held) = state.custom_roles.get_mut(id) {
            held.update(operation, next, now);
        }
    }))
}
