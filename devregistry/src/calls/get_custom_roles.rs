//! The custom roles, by id.

use crate::api::cloudservice::{GetCustomRolesRequest, GetCustomRolesResponse};
use crate::caller::Caller;
use crate::calls::page::Page;
use crate::calls::rpc::Rpc;
use crate::entities::custom_role::message;
use crate::state::State;
use schema::permission::Call;
use tonic::Status;

pub(super) struct GetCustomRoles;

impl Rpc for GetCustomRoles {
    type Request = GetCustomRolesRequest;
    type Response = GetCustomRolesResponse;
    const NAME: &'static str = "GetCustomRoles";

    fn answer(state: &mut State, caller: &Caller, request: Self::Request) -> Result<Self::Response, Status> {
        caller.require(Call::ReadAccount)?;
        let page = Page::parse(Self::NAME, request.page_size, &request.page_token)?;
        let items = state.custom_roles.iter().map(|(id, held)| (id.as_str().into(), held));
        let (custom_roles, next_page_token) = page.cut(items, message);
        Ok(GetCustomRolesResponse { custom_roles, next_page_token })
    }
}
