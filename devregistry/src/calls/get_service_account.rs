//! One service account.

use crate::api::cloudservice::{GetServiceAccountRequest, GetServiceAccountResponse};
use crate::caller::Caller;
use crate::calls::rpc::Rpc;
use crate::entities::service_account::message;
use crate::state::State;
use crate::status;
use schema::permission::Call;
use tonic::Status;

pub(super) struct GetServiceAccount;

impl Rpc for GetServiceAccount {
    type Request = GetServiceAccountRequest;
    type Response = GetServiceAccountResponse;
    const NAME: &'static str = "GetServiceAccount";

    fn answer(state: &mut State, caller: &Caller, request: Self::Request) -> Result<Self::Response, Status> {
        caller.require(Call::ReadAccount)?;
        let id = &request.service_account_id;
        let found = state
            .principals
            .service_accounts
            .get(id)
            .ok_or_else(|| status::not_found("service account", id))?;
        Ok(GetServiceAccountResponse { service_account: Some(message(id, found)) })
    }
}
