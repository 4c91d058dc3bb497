//! Creates a group: Global Admin or Owner. Names are unique; SCIM groups cannot be created.

use crate::api::cloudservice::{CreateUserGroupRequest, CreateUserGroupResponse};
use crate::caller::Caller;
use crate::calls::rpc::Rpc;
use crate::entities::custom_role::Object;
use crate::entities::id;
use crate::entities::resource::Resource;
use crate::entities::user_group;
use crate::operations::{Kind, Operation, Outcome};
use crate::state::{Accepted, State};
use crate::status;
use schema::permission::Call;
use tonic::Status;

pub(super) struct CreateUserGroup;

impl Rpc for CreateUserGroup {
    type Request = CreateUserGroupRequest;
    type Response = CreateUserGroupResponse;
    const NAME: &'static str = "CreateUserGroup";

    fn answer(state: &mut State, caller: &Caller, request: Self::Request) -> Result<Self::Response, Status> {
        let Accepted { subject, operation } = accept(state, caller, &request)?;
        Ok(CreateUserGroupResponse { group_id: subject, async_operation: Some(operation) })
    }
}

fn accept(state: &mut State, caller: &Caller, request: &CreateUserGroupRequest) -> Result<Accepted, Status> {
    caller.require_or(Call::ManageAccount, "cloud.usergroup.create", Object::Account)?;
    if let Some(accepted) = state.replay(request, &request.async_operation_id)? {
        return Ok(accepted);
    }
    let group = user_group::created(request.spec.as_ref())?;
    state.check_grant(caller, &group.grant, None)?;
    if state.principals.id_of(&group.name).is_some() {
        return Err(status::already_exists("user group", group.name.name()));
    }
    let id = id::random();
    let subject = Kind::UserGroup.of(id.clone());
    let operation = Operation::new(request, &request.async_operation_id, subject, Outcome::Active);
    Ok(state.accept(caller, operation, |state, operation| {
        let now = state.now();
        state.principals.groups.insert(id, Resource::created_by(operation, group, now));
    }))
}
