//! The service accounts, by id.

use crate::api::cloudservice::{GetServiceAccountsRequest, GetServiceAccountsResponse};
use crate::caller::Caller;
use crate::calls::page::Page;
use crate::calls::rpc::Rpc;
use crate::entities::service_account::message;
use crate::state::State;
use schema::permission::Call;
use tonic::Status;

pub(super) struct GetServiceAccounts;

impl Rpc for GetServiceAccounts {
    type Request = GetServiceAccountsRequest;
    type Response = GetServiceAccountsResponse;
    const NAME: &'static str = "GetServiceAccounts";

    fn answer(state: &mut State, caller: &Caller, request: Self::Request) -> Result<Self::Response, Status> {
        caller.require(Call::ReadAccount)?;
        let page = Page::parse(Self::NAME, request.page_size, &request.page_token)?;
        let items = state.principals.service_accounts.iter().map(|(id, held)| (id.as_str().into(), held));
        let (service_account, next_page_token) = page.cut(items, message);
        Ok(GetServiceAccountsResponse { service_account, next_page_token })
    }
}
