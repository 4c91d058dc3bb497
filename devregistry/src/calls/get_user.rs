//! One user.

use crate::api::cloudservice::{GetUserRequest, GetUserResponse};
use crate::caller::Caller;
use crate::calls::rpc::Rpc;
use crate::entities::user::message;
use crate::state::State;
use crate::status;
use schema::permission::Call;
use tonic::Status;

pub(super) struct GetUser;

impl Rpc for GetUser {
    type Request = GetUserRequest;
    type Response = GetUserResponse;
    const NAME: &'static str = "GetUser";

    fn answer(state: &mut State, caller: &Caller, request: Self::Request) -> Result<Self::Response, Status> {
        caller.require(Call::ReadAccount)?;
        let id = &request.user_id;
        let found = state.principals.users.get(id).ok_or_else(|| status::not_found("user", id))?;
        Ok(GetUserResponse { user: Some(message(id, found)) })
    }
}
