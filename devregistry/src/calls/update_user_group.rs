//! Replaces a group's specification: Global Admin or Owner. Its members do not change.

use crate::api::cloudservice::{UpdateUserGroupRequest, UpdateUserGroupResponse};
use crate::caller::Caller;
use crate::calls::rpc::Rpc;
use crate::entities::user_group;
use crate::operations::{Kind, Operation, Outcome};
use crate::state::{Accepted, State};
use crate::status;
use schema::permission::Call;
use std::ops::ControlFlow;
use tonic::Status;

pub(super) struct UpdateUserGroup;

impl Rpc for UpdateUserGroup {
    type Request = UpdateUserGroupRequest;
    type Response = UpdateUserGroupResponse;
    const NAME: &'static str = "UpdateUserGroup";

    fn answer(state: &mut State, caller: &Caller, request: Self::Request) -> Result<Self::Response, Status> {
        let accepted = accept(state, caller, &request)?;
        Ok(UpdateUserGroupResponse { async_operation: Some(accepted.operation) })
    }
}

fn accept(state: &mut State, caller: &Caller, request: &UpdateUserGroupRequest) -> Result<Accepted, Status> {
    caller.require(Call::ManageAccount)?;
    let (id, operation_id) = (&request.group_id, request.async_operation_id.as_str());
    let missing = status::not_found("user group", id.escape_debug());
    let held = state.principals.groups.get(id);
    let held = match state.find(caller, (request, operation_id), held, missing, |_| Ok(()))? {
        ControlFlow::Continue(found) => found,
        ControlFlow::Break(accepted) => return Ok(accepted),
    };
    held.accept_write(&request.resource_version, &state.settings)?;
    let next = user_group::replaced(&held.content, request.spec.as_ref())?;
    if held.content.is_equivalent(&next) {
        return Err(status::bad_request("nothing to change"));
    }
    state.check_grant(caller, &next.grant, Some(&held.content.grant))?;
    if state.principals.id_of(&next.name).is_some_and(|holder| holder != id) {
        return Err(status::already_exists("user group", next.name.name()));
    }
    let operation = Operation::new(request, operation_id, Kind::UserGroup.of(id), Outcome::Active);
    Ok(state.accept(caller, operation, |state, operation| {
        let now = state.now();
        if let Some(held) = state.principals.groups.get_mut(id) {
            held.update(operation, next, now);
        }
    }))
}
