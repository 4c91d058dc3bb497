//! Reads an operation: who may read the object that it changes, and who started it.

use crate::api::cloudservice::{GetAsyncOperationRequest, GetAsyncOperationResponse};
use crate::caller::Caller;
use crate::calls::rpc::Rpc;
use crate::entities::custom_role::Object;
use crate::operations::{Kind, Subject};
use crate::settings::OperationReaders;
use crate::state::State;
use crate::status;
use schema::name::NamespaceId;
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
        if state.settings.operation_readers == OperationReaders::OfObject && operation.by != caller.id {
            require_reader(state, caller, &operation.subject)?;
        }
        Ok(GetAsyncOperationResponse { async_operation: Some(operation.message(state.clock.now())) })
    }
}

/// Refuses a caller that may not read the object of an operation.
fn require_reader(state: &State, caller: &Caller, subject: &Subject) -> Result<(), Status> {
    let id = subject.id.as_str();
    match subject.kind {
        Kind::Endpoint => {
            caller.require_or(Call::ReadEndpoints, "cloud.nexusendpoint.get", Object::Endpoint(id))
        }
        Kind::Namespace => {
            let namespace: NamespaceId = id.parse().map_err(|_| status::permission_denied())?;
            let object = Object::Namespace(id);
            caller.require_or(Call::ReadNamespace(&namespace), "cloud.namespace.get", object)
        }
        Kind::ConnectivityRule => {
            let object = Object::ConnectivityRule(id);
            caller.require_or(Call::ReadConnectivityRules, "cloud.connectivityrule.get", object)
        }
        Kind::ApiKey => match state.keys.get(id) {
            Some(key) => state.require_key_owner(caller, &key.content.owner),
            None => caller.require(Call::ManageAccount),
        },
        Kind::Account | Kind::CustomRole | Kind::ServiceAccount | Kind::User | Kind::UserGroup => {
            caller.require(Call::ReadAccount)
        }
    }
}
