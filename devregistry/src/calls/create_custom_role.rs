//! Creates a custom role: Owner, or a principal with a custom role that allows it. Names need not be unique.

use crate::api::cloudservice::{CreateCustomRoleRequest, CreateCustomRoleResponse};
use crate::caller::Caller;
use crate::calls::rpc::Rpc;
use crate::entities::custom_role::{Object, PER_ACCOUNT, Role};
use crate::entities::id;
use crate::entities::resource::Resource;
use crate::operations::{Kind, Operation, Outcome};
use crate::state::{Accepted, State};
use crate::status;
use schema::permission::Call;
use tonic::Status;

pub(super) struct CreateCustomRole;

impl Rpc for CreateCustomRole {
    type Request = CreateCustomRoleRequest;
    type Response = CreateCustomRoleResponse;
    const NAME: &'static str = "CreateCustomRole";

    fn answer(state: &mut State, caller: &Caller, request: Self::Request) -> Result<Self::Response, Status> {
        let Accepted { subject, operation } = accept(state, caller, &request)?;
        Ok(CreateCustomRoleResponse { role_id: subject, async_operation: Some(operation) })
    }
}

fn accept(state: &mut State, caller: &Caller, request: &CreateCustomRoleRequest) -> Result<Accepted, Status> {
    caller.require_or(Call::ManageCustomRoles, "cloud.customrole.create", Object::Account)?;
    if let Some(accepted) = state.replay(request, &request.async_operation_id)? {
        return Ok(accepted);
    }
    let role = Role::parse(request.spec.clone())?;
    if state.custom_roles.len() >= PER_ACCOUNT {
        let message = format!("the account has {PER_ACCOUNT} custom roles, as many as it may have");
        return Err(status::with_code(state.settings.limit_reached, message));
    }
    let id = id::random();
    let subject = Kind::CustomRole.of(id.clone());
    let operation = Operation::new(request, &request.async_operation_id, subject, Outcome::Active);
    Ok(state.accept(caller, operation, |state, operation| {
        let now = state.now();
        state.custom_roles.insert(id, Resource::created_by(operation, role, now));
    }))
}
