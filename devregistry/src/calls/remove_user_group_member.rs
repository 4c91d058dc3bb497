//! Takes a user out of a Cloud group: Global Admin or Owner. The specification and its version stay.

use crate::api::cloudservice::{RemoveUserGroupMemberRequest, RemoveUserGroupMemberResponse};
use crate::call::Rpc;
use crate::caller::Caller;
use crate::custom_role::Object;
use crate::operation::{Ending, Kind, Operation};
use crate::refusal;
use crate::state::{Accepted, State};
use crate::user_group;
use schema::permission::Call;
use std::ops::ControlFlow;
use tonic::Status;

pub(super) struct RemoveUserGroupMember;

impl Rpc for RemoveUserGroupMember {
    type Request = RemoveUserGroupMemberRequest;
    type Response = RemoveUserGroupMemberResponse;
    const NAME: &'static str = "RemoveUserGroupMember";

    fn answer(state: &mut State, caller: &Caller, request: Self::Request) -> Result<Self::Response, Status> {
        let accepted = accept(state, caller, &request)?;
        Ok(RemoveUserGroupMemberResponse { async_operation: Some(accepted.operation) })
    }
}

fn accept(
    state: &mut State,
    caller: &Caller,
    request: &RemoveUserGroupMemberRequest,
) -> Result<Accepted, Status> {
    caller.require_or(Call::ManageAccount, "cloud.usergroup.removeMember", Object::Account)?;
    let (id, operation_id) = (&request.group_id, request.async_operation_id.as_str());
    let missing = refusal::missing("user group", id.escape_debug());
    let held = state.principals.groups.get(id);
    let held = match state.find(caller, (request, operation_id), held, missing, |_| Ok(()))? {
        ControlFlow::Continue(found) => found,
        ControlFlow::Break(accepted) => return Ok(accepted),
    };
    held.idle()?;
    let user = user_group::member(&held.content, request.member_id.as_ref())?;
    let mut next = held.content.clone();
    if next.members.remove(user).is_none() {
        return Err(refusal::missing("member", user.escape_debug()));
    }
    let operation = Operation::new(request, operation_id, Kind::UserGroup.of(id), Ending::Active);
    Ok(state.accept(caller, operation, |state, operation| {
        let now = state.now();
        if let Some(held) = state.principals.groups.get_mut(id) {
            held.amend(operation, next, now);
        }
    }))
}
