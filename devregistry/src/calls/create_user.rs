//! Invites a user: Global Admin or Owner. E-mail addresses are unique and converted to lowercase.

use crate::api::cloudservice::{CreateUserRequest, CreateUserResponse};
use crate::caller::Caller;
use crate::calls::rpc::Rpc;
use crate::entities::custom_role::Object;
use crate::entities::id;
use crate::entities::resource::Resource;
use crate::entities::user;
use crate::operations::{Kind, Operation, Outcome};
use crate::state::{Accepted, State};
use crate::status;
use schema::permission::Call;
use tonic::Status;

pub(super) struct CreateUser;

impl Rpc for CreateUser {
    type Request = CreateUserRequest;
    type Response = CreateUserResponse;
    const NAME: &'static str = "CreateUser";

    fn answer(state: &mut State, caller: &Caller, request: Self::Request) -> Result<Self::Response, Status> {
        let Accepted { subject, operation } = accept(state, caller, &request)?;
        Ok(CreateUserResponse { user_id: subject, async_operation: Some(operation) })
    }
}

fn accept(state: &mut State, caller: &Caller, request: &CreateUserRequest) -> Result<Accepted, Status> {
    caller.require_or(Call::ManageAccount, "cloud.user.create", Object::Account)?;
    if let Some(accepted) = state.replay(request, &request.async_operation_id)? {
        return Ok(accepted);
    }
    let user = user::invited(request.spec.as_ref(), state.now())?;
    state.check_grant(caller, &user.grant, None)?;
    if state.principals.id_of(&user.name).is_some() {
        return Err(status::already_exists("user", user.name.name()));
    }
    let id = id::random();
    let subject = Kind::User.of(id.clone());
    let operation = Operation::new(request, &request.async_operation_id, subject, Outcome::Active);
    Ok(state.accept(caller, operation, |state, operation| {
        let now = state.now();
        state.principals.users.insert(id, Resource::created_by(operation, user, now));
    }))
}
