//! Deletes a custom role: permissions as for creating one. Refused while it is assigned.

use crate::api::cloudservice::{DeleteCustomRoleRequest, DeleteCustomRoleResponse};
use crate::caller::Caller;
use crate::calls::rpc::Rpc;
use crate::entities::custom_role::Object;
use crate::operations::{Kind, Operation, Outcome};
use crate::state::{Accepted, State};
use crate::status;
use schema::permission::Call;
use std::ops::ControlFlow;
use tonic::Status;

pub(super) struct DeleteCustomRole;

impl Rpc for DeleteCustomRole {
    type Request = DeleteCustomRoleRequest;
    type Response = DeleteCustomRoleResponse;
    const NAME: &'static str = "DeleteCustomRole";

    fn answer(state: &mut State, caller: &Caller, request: Self::Request) -> Result<Self::Response, Status> {
        let accepted = accept(state, caller, &request)?;
        Ok(DeleteCustomRoleResponse { async_operation: Some(accepted.operation) })
    }
}

fn accept(state: &mut State, caller: &Caller, request: &DeleteCustomRoleRequest) -> Result<Accepted, Status> {
    let object = Object::CustomRole(&request.role_id);
    caller.require_or(Call::ManageCustomRoles, "cloud.customrole.delete", object)?;
    let (id, operation_id) = (&request.role_id, request.async_operation_id.as_str());
    let missing = status::not_found("custom role", id.escape_debug());
    let held = state.custom_roles.get(id);
    let held = match state.find(caller, (request, operation_id), held, missing, |_| Ok(()))? {
        ControlFlow::Continue(found) => found,
        ControlFlow::Break(accepted) => return Ok(accepted),
    };
    held.accept_write(&request.resource_version, &state.settings)?;
    if let Some(holder) = state.principals.all().find(|held| held.grant.custom_roles().any(|role| role == id))
    {
        let message = format!("custom role `{id}` is assigned to `{}`", holder.name);
        return Err(status::failed_precondition(message));
    }
    let operation = Operation::new(request, operation_id, Kind::CustomRole.of(id), Outcome::Deleted);
    Ok(state.accept(caller, operation, |state, operation| {
        if let Some(held) = state.custom_roles.get_mut(id) {
            held.delete(operation);
        }
    }))
}
