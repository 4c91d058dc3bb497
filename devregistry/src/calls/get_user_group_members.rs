//! A group's users, by id.

use crate::api::cloudservice::{GetUserGroupMembersRequest, GetUserGroupMembersResponse};
use crate::api::identity::{UserGroupMember, UserGroupMemberId, user_group_member_id::MemberType};
use crate::caller::Caller;
use crate::calls::page::Page;
use crate::calls::rpc::Rpc;
use crate::state::State;
use crate::status;
use schema::permission::Call;
use tonic::Status;

pub(super) struct GetUserGroupMembers;

impl Rpc for GetUserGroupMembers {
    type Request = GetUserGroupMembersRequest;
    type Response = GetUserGroupMembersResponse;
    const NAME: &'static str = "GetUserGroupMembers";

    fn answer(state: &mut State, caller: &Caller, request: Self::Request) -> Result<Self::Response, Status> {
        caller.require(Call::ReadAccount)?;
        let id = &request.group_id;
        let group = state.principals.groups.get(id).ok_or_else(|| status::not_found("user group", id))?;
        let page = Page::parse(Self::NAME, request.page_size, &request.page_token)?;
        let items = group.content.members.iter().map(|(user, since)| (user.as_str().into(), since));
        let (members, next_page_token) = page.cut(items, |user, since| UserGroupMember {
            member_id: Some(UserGroupMemberId { member_type: Some(MemberType::UserId(user.to_owned())) }),
            created_time: Some(*since),
        });
        Ok(GetUserGroupMembersResponse { members, next_page_token })
    }
}
