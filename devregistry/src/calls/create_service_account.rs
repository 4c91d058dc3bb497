//! Creates a service account: Global Admin or Owner, or for one of a single Namespace its Namespace Admin. Names are
//! unique.

use crate::api::cloudservice::{CreateServiceAccountRequest, CreateServiceAccountResponse};
use crate::caller::Caller;
use crate::calls::rpc::Rpc;
use crate::entities::id;
use crate::entities::resource::Resource;
use crate::entities::service_account;
use crate::operations::{Kind, Operation, Outcome};
use crate::state::{Accepted, State};
use crate::status;
use schema::permission::Call;
use tonic::Status;

pub(super) struct CreateServiceAccount;

impl Rpc for CreateServiceAccount {
    type Request = CreateServiceAccountRequest;
    type Response = CreateServiceAccountResponse;
    const NAME: &'static str = "CreateServiceAccount";

    fn answer(state: &mut State, caller: &Caller, request: Self::Request) -> Result<Self::Response, Status> {
        let Accepted { subject, operation } = accept(state, caller, &request)?;
        Ok(CreateServiceAccountResponse { service_account_id: subject, async_operation: Some(operation) })
    }
}

fn accept(
    state: &mut State,
    caller: &Caller,
    request: &CreateServiceAccountRequest,
) -> Result<Accepted, Status> {
    let scope = request.spec.as_ref().and_then(|spec| spec.namespace_scoped_access.as_ref());
    if scope.is_none() {
        caller.require(Call::ManageAccount)?;
    }
    let account = service_account::parse(request.spec.as_ref())?;
    service_account::require(caller, &account)?;
    if let Some(accepted) = state.replay(request, &request.async_operation_id)? {
        return Ok(accepted);
    }
    state.check_grant(caller, &account.grant, None)?;
    if state.principals.id_of(&account.name).is_some() {
        return Err(status::already_exists("service account", account.name.name()));
    }
    let id = id::random();
    let subject = Kind::ServiceAccount.of(id.clone());
    let operation = Operation::new(request, &request.async_operation_id, subject, Outcome::Active);
    Ok(state.accept(caller, operation, |state, operation| {
        let now = state.now();
        state.principals.service_accounts.insert(id, Resource::created_by(operation, account, now));
    }))
}
