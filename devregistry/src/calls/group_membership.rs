//! Changes of the members of a Cloud group, shared by the RPCs that add and remove one.

use crate::api::identity::user_group_member_id::MemberType;
use crate::api::identity::{UserGroupMemberId, user_group_spec::GroupType};
use crate::caller::Caller;
use crate::entities::custom_role::Object;
use crate::entities::principal::Principal;
use crate::operations::{Kind, Operation, Outcome};
use crate::state::{Accepted, State};
use crate::status::{self, bad_request};
use prost::{Message, Name};
use schema::permission::Call;
use std::ops::ControlFlow;
use tonic::Status;

/// A request to add or remove a member of a Cloud group.
pub(crate) struct Membership<'a> {
    /// The action of a custom role that allows the request.
    pub(crate) permission: &'static str,
    pub(crate) group: &'a String,
    pub(crate) member: Option<&'a UserGroupMemberId>,
    pub(crate) operation: &'a str,
}

/// Changes the members of a Cloud group, for a Global Admin or Owner.
pub(crate) fn change_members<R>(
    state: &mut State,
    caller: &Caller,
    request: &R,
    membership: &Membership<'_>,
    change: impl FnOnce(&State, &mut Principal, &str) -> Result<(), Status>,
) -> Result<Accepted, Status>
where
    R: Message + Name + Default + PartialEq,
{
    caller.require_or(Call::ManageAccount, membership.permission, Object::Account)?;
    let id = membership.group;
    let missing = status::not_found("user group", id.escape_debug());
    let held = state.principals.groups.get(id);
    let held = match state.find(caller, (request, membership.operation), held, missing, |_| Ok(()))? {
        ControlFlow::Continue(found) => found,
        ControlFlow::Break(accepted) => return Ok(accepted),
    };
    held.idle()?;
    let user = member(&held.content, membership.member)?;
    let mut next = held.content.clone();
    change(state, &mut next, user)?;
    let operation = Operation::new(request, membership.operation, Kind::UserGroup.of(id), Outcome::Active);
    Ok(state.accept(caller, operation, |state, operation| {
        let now = state.now();
        if let Some(held) = state.principals.groups.get_mut(id) {
            held.amend(operation, next, now);
        }
    }))
}

/// The user in a request about a Cloud group.
fn member<'a>(group: &Principal, member: Option<&'a UserGroupMemberId>) -> Result<&'a str, Status> {
    if !matches!(group.group_type, Some(GroupType::CloudGroup(_))) {
        return Err(bad_request("only the members of a Cloud group can be managed"));
    }
    match member.and_then(|member| member.member_type.as_ref()) {
        Some(MemberType::UserId(user)) => Ok(user),
        None => Err(bad_request("`member_id.user_id` is required")),
    }
}
