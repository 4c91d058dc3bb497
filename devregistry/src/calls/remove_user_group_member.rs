//! Removes a user from a Cloud group: Global Admin or Owner. The specification and its version do not change.

use crate::api::cloudservice::{RemoveUserGroupMemberRequest, RemoveUserGroupMemberResponse};
use crate::caller::Caller;
use crate::calls::group_membership::{self, Membership};
use crate::calls::rpc::Rpc;
use crate::entities::principal::Principal;
use crate::state::State;
use crate::status;
use tonic::Status;

pub(super) struct RemoveUserGroupMember;

impl Rpc for RemoveUserGroupMember {
    type Request = RemoveUserGroupMemberRequest;
    type Response = RemoveUserGroupMemberResponse;
    const NAME: &'static str = "RemoveUserGroupMember";

    fn answer(state: &mut State, caller: &Caller, request: Self::Request) -> Result<Self::Response, Status> {
        let membership = Membership {
            permission: "cloud.usergroup.removeMember",
            group: &request.group_id,
            member: request.member_id.as_ref(),
            operation: &request.async_operation_id,
        };
        let accepted = group_membership::change_members(state, caller, &request, &membership, remove)?;
        Ok(RemoveUserGroupMemberResponse { async_operation: Some(accepted.operation) })
    }
}

fn remove(_: &State, group: &mut Principal, user: &str) -> Result<(), Status> {
    let removed = group.members.remove(user);
    removed.map(drop).ok_or_else(|| status::not_found("member", user.escape_debug()))
}
