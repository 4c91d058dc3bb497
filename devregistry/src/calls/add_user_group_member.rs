//! Adds a user to a Cloud group: Global Admin or Owner. The specification and its version do not change.

use crate::api::cloudservice::{AddUserGroupMemberRequest, AddUserGroupMemberResponse};
use crate::caller::Caller;
use crate::calls::group_membership::{self, Membership};
use crate::calls::rpc::Rpc;
use crate::entities::principal::Principal;
use crate::state::State;
use crate::status;
use tonic::Status;

pub(super) struct AddUserGroupMember;

impl Rpc for AddUserGroupMember {
    type Request = AddUserGroupMemberRequest;
    type Response = AddUserGroupMemberResponse;
    const NAME: &'static str = "AddUserGroupMember";

    fn answer(state: &mut State, caller: &Caller, request: Self::Request) -> Result<Self::Response, Status> {
        let membership = Membership {
            permission: "cloud.usergroup.addMember",
            group: &request.group_id,
            member: request.member_id.as_ref(),
            operation: &request.async_operation_id,
        };
        let group = state.principals.groups.get(&request.group_id);
        if group.is_some_and(|group| group.content.grant.rights().is_owner()) {
            state.require_owner_maker(caller)?;
        }
        let accepted = group_membership::change_members(state, caller, &request, &membership, add)?;
        Ok(AddUserGroupMemberResponse { async_operation: Some(accepted.operation) })
    }
}

fn add(state: &State, group: &mut Principal, user: &str) -> Result<(), Status> {
    if !state.principals.users.contains_key(user) {
        return Err(status::not_found("user", user.escape_debug()));
    }
    if group.members.insert(user.to_owned(), state.now()).is_some() {
        return Err(Status::already_exists(format!("user `{user}` is a member of the group already")));
    }
    Ok(())
}
