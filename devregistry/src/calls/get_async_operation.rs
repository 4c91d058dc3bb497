//! How far an operation has come. Any account role may ask for any operation of the account.

use crate::api::cloudservice::{GetAsyncOperationRequest, GetAsyncOperationResponse};
use crate::caller::Caller;
use crate::calls::rpc::Rpc;
use crate::refusal;
use crate::state::State;
use schema::permission::Call;
use tonic::Status;

pub(super) struct GetAsyncOperation;

impl Rpc for GetAsyncOperation {
    type Request = GetAsyncOperationRequest;
    type Response = GetAsyncOperationResponse;
    const NAME: &'static str = "GetAsyncOperation";

    fn answer(state: &mut State, caller: &Caller, request: Self::Request) -> Result<Self::Response, Status> {
        caller.require(Call::ReadAccount)?;
        let id = &request.async_operation_id;
        let operation = state.operations.get(id).ok_or_else(|| refusal::missing("async operation", id))?;
        Ok(GetAsyncOperationResponse { async_operation: Some(operation.message(state.clock.now())) })
    }
}
