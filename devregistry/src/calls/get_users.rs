//! The users, by id; filters by e-mail address and by a Namespace that they can reach.

use crate::api::cloudservice::{GetUsersRequest, GetUsersResponse};
use crate::caller::Caller;
use crate::calls::page::Page;
use crate::calls::rpc::Rpc;
use crate::entities::principal::Principal;
use crate::entities::user::message;
use crate::state::State;
use schema::permission::Call;
use tonic::Status;

pub(super) struct GetUsers;

impl Rpc for GetUsers {
    type Request = GetUsersRequest;
    type Response = GetUsersResponse;
    const NAME: &'static str = "GetUsers";

    fn answer(state: &mut State, caller: &Caller, request: Self::Request) -> Result<Self::Response, Status> {
        caller.require(Call::ReadAccount)?;
        let page = Page::parse(Self::NAME, request.page_size, &request.page_token)?;
        let email = request.email.to_lowercase();
        let matches = |held: &Principal| {
            (email.is_empty() || held.name.name() == email)
                && (request.namespace.is_empty() || held.grant.reaches(&request.namespace))
        };
        let found = state.principals.users.iter().filter(|(_, held)| matches(&held.content));
        let items = found.map(|(id, held)| (id.as_str().into(), held));
        let (users, next_page_token) = page.cut(items, message);
        Ok(GetUsersResponse { users, next_page_token })
    }
}
