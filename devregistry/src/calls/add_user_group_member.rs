//! Adds a user to a Cloud group: Global Admin or Owner. The specification and its version stay.

use crate::api::cloudservice::{AddUserGroupMemberRequest, AddUserGroupMemberResponse};
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

pub(super) struct AddUserGroupMember;

impl Rpc for AddUserGroupMember {
    type Request = AddUserGroupMemberRequest;
    type Response = AddUserGroupMemberResponse;
    const NAME: &'static str = "AddUserGroupMember";

    fn answer(state: &mut State, caller: &Caller, request: Self::Request) -> Result<Self::Response, Status> {
        let accepted = accept(state, caller, &request)?;
        Ok(AddUserGroupMemberResponse { async_operation: Some(accepted.operation) })
    }
}

fn accept(
    state: &mut State,
    caller: &Caller,
    request: &AddUserGroupMemberRequest,
) -> Result<Accepted, Status> {
    caller.require_or(Call::ManageAccount, "cloud.usergroup.addMember", Object::Account)?;
    let (id, operation_id) = (&request.group_id, request.async_operation_id.as_str());
    let missing = refusal::missing("user group", id.escape_debug());
    let held = state.principals.groups.get(id);
    let held = match state.find(caller, (request, operation_id), held, missing, |_| Ok(()))? {
        ControlFlow::Continue(found) => found,
        ControlFlow::Break(accepted) => return Ok(accepted),
    };
    held.idle()?;
    let user = user_group::member(&held.content, request.member_id.as_ref())?;
    if !state.principals.users.contains_key(user) {
        return Err(refusal::missing("user", user.escape_debug()));
    }
    let mut next = held.content.clone();
    if next.members.insert(user.to_owned(), state.now()).is_some() {
        return Err(Status::already_exists(format!("user `{user}` is a member of the group already")));
    }
    let operation = Operation::new(request, operation_id, Kind::UserGroup.of(id), Ending::Active);
    Ok(state.accept(caller, operation, |state, operation| {
        let now = state.now();
        if let Some(held) = state.principals.groups.get_mut(id) {
            held.amend(operation, next, now);
        }
    }))
}
