//! One custom role.

use crate::api::cloudservice::{GetCustomRoleRequest, GetCustomRoleResponse};
use crate::caller::Caller;
use crate::calls::rpc::Rpc;
use crate::entities::custom_role::message;
use crate::state::State;
use crate::status;
use schema::permission::Call;
use tonic::Status;

pub(super) struct GetCustomRole;

impl Rpc for GetCustomRole {
    type Request = GetCustomRoleRequest;
    type Response = GetCustomRoleResponse;
    const NAME: &'static str = "GetCustomRole";

    fn answer(state: &mut State, caller: &Caller, request: Self::Request) -> Result<Self::Response, Status> {
        caller.require(Call::ReadAccount)?;
        let id = &request.role_id;
        let found =
            state.custom_roles.get(id).ok_or_else(|| status::not_found("custom role", id.escape_debug()))?;
        Ok(GetCustomRoleResponse { custom_role: Some(message(id, found)) })
    }
}
