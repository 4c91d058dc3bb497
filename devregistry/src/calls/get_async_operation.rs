//! Reads an operation: any account role.

use crate::api::cloudservice::{GetAsyncOperationRequest, GetAsyncOperationResponse};
use crate::caller::Caller;
use crate::calls::rpc::Rpc;
use crate::state::State;
use crate::status;
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
        let operation = state.operations.get(id).ok_or_else(|| status::not_found("async operation", id))?;
        Ok(GetAsyncOperationResponse { async_operation: Some(operation.message(state.clock.now())) })
    }
}
