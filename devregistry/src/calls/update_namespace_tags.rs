//! Sets and removes tags of a Namespace: Global Admin or Owner. Removing a missing tag is no error; a request
//! that changes nothing is refused. The specification and its version do not change.

use crate::api::cloudservice::{UpdateNamespaceTagsRequest, UpdateNamespaceTagsResponse};
use crate::caller::Caller;
use crate::calls::rpc::Rpc;
use crate::entities::custom_role::Object;
use crate::operations::{Kind, Operation, Outcome};
use crate::state::{Accepted, State};
use crate::status;
use schema::name::NamespaceId;
use schema::permission::Call;
use std::ops::ControlFlow;
use tonic::Status;

pub(super) struct UpdateNamespaceTags;

impl Rpc for UpdateNamespaceTags {
    type Request = UpdateNamespaceTagsRequest;
    type Response = UpdateNamespaceTagsResponse;
    const NAME: &'static str = "UpdateNamespaceTags";

    fn answer(state: &mut State, caller: &Caller, request: Self::Request) -> Result<Self::Response, Status> {
        let accepted = accept(state, caller, &request)?;
        Ok(UpdateNamespaceTagsResponse { async_operation: Some(accepted.operation) })
    }
}

fn accept(
    state: &mut State,
    caller: &Caller,
    request: &UpdateNamespaceTagsRequest,
) -> Result<Accepted, Status> {
    let missing = || caller.missing_namespace(&request.namespace);
    let id: NamespaceId = request.namespace.parse().map_err(|_| missing())?;
    caller.require_or(
        Call::TagNamespace,
        "cloud.namespace.updateTags",
        Object::Namespace(&request.namespace),
    )?;
    let operation_id = &request.async_operation_id;
    let held = state.namespaces.get(&id);
    let held = match state.find(caller, (request, operation_id), held, missing(), |_| Ok(()))? {
        ControlFlow::Continue(found) => found,
        ControlFlow::Break(accepted) => return Ok(accepted),
    };
    held.idle()?;
    let mut tags = held.content.tags.clone();
    request.tags_to_remove.iter().for_each(|key| drop(tags.remove(key)));
    tags.extend(request.tags_to_upsert.clone());
    if tags == held.content.tags && request.tags_to_remove.is_empty() {
        return Err(status::bad_request("nothing to change"));
    }
    let next = held.content.tagged(tags)?;
    let operation =
        Operation::new(request, operation_id, Kind::Namespace.of(id.to_string()), Outcome::Active);
    Ok(state.accept(caller, operation, |state, operation| {
        let now = state.now();
        if let Some(held) = state.namespaces.get_mut(&id) {
            held.amend(operation, next, now);
        }
    }))
}
