//! One user group.

use crate::api::cloudservice::{GetUserGroupRequest, GetUserGroupResponse};
use crate::caller::Caller;
use crate::calls::rpc::Rpc;
use crate::entities::user_group::message;
use crate::state::State;
use crate::status;
use schema::permission::Call;
use tonic::Status;

pub(super) struct GetUserGroup;

impl Rpc for GetUserGroup {
    type Request = GetUserGroupRequest;
    type Response = GetUserGroupResponse;
    const NAME: &'static str = "GetUserGroup";

    fn answer(state: &mut State, caller: &Caller, request: Self::Request) -> Result<Self::Response, Status> {
        caller.require(Call::ReadAccount)?;
        let id = &request.group_id;
        let found = state.principals.groups.get(id).ok_or_else(|| status::not_found("user group", id))?;
        Ok(GetUserGroupResponse { group: Some(message(id, found)) })
    }
}
