//! Reads the account. Its metrics have an address while they are enabled.

use crate::api::account::{Account, Metrics};
use crate::api::cloudservice::{GetAccountRequest, GetAccountResponse};
use crate::caller::Caller;
use crate::calls::rpc::Rpc;
use crate::state::State;
use crate::status;
use schema::permission::Call;
use tonic::Status;

pub(super) struct GetAccount;

impl Rpc for GetAccount {
    type Request = GetAccountRequest;
    type Response = GetAccountResponse;
    const NAME: &'static str = "GetAccount";

    fn answer(state: &mut State, caller: &Caller, _: Self::Request) -> Result<Self::Response, Status> {
        caller.require(Call::ReadAccount)?;
        let id = state.id.to_string();
        let held = state.account.get(&id).ok_or_else(|| status::not_found("account", &id))?;
        let enabled = held.content.metrics.is_some();
        let account = Account {
            spec: Some(held.content.clone()),
            resource_version: held.version.clone(),
            state: held.state.into(),
            async_operation_id: held.operation.clone(),
            metrics: enabled.then(|| Metrics { uri: format!("https://{id}.tmprl.cloud/prometheus") }),
            id,
        };
        Ok(GetAccountResponse { account: Some(account) })
    }
}
