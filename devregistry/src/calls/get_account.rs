//! The account itself.

use crate::api::ResourceState;
use crate::api::account::{Account, AccountSpec};
use crate::api::cloudservice::{GetAccountRequest, GetAccountResponse};
use crate::call::Rpc;
use crate::caller::Caller;
use crate::state::State;
use schema::permission::Call;
use tonic::Status;

pub(super) struct GetAccount;

impl Rpc for GetAccount {
    type Request = GetAccountRequest;
    type Response = GetAccountResponse;
    const NAME: &'static str = "GetAccount";

    fn answer(state: &mut State, caller: &Caller, _: Self::Request) -> Result<Self::Response, Status> {
        caller.require(Call::ReadAccount)?;
        let account = Account {
            id: state.id.to_string(),
            spec: Some(AccountSpec::default()),
            resource_version: state.version.clone(),
            state: ResourceState::Active.into(),
            ..Account::default()
        };
        Ok(GetAccountResponse { account: Some(account) })
    }
}
