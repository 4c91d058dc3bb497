//! Removes a replica that is not the active one: Namespace Admin. It is REMOVING until the operation ends. Refused
//! while a connectivity rule of that region is attached.

use crate::api::cloudservice::{DeleteNamespaceRegionRequest, DeleteNamespaceRegionResponse};
use crate::caller::Caller;
use crate::calls::rpc::Rpc;
use crate::operations::{Kind, Operation, Outcome};
use crate::state::{Accepted, State};
use crate::status;
use std::ops::ControlFlow;
use tonic::Status;

pub(super) struct DeleteNamespaceRegion;

impl Rpc for DeleteNamespaceRegion {
    type Request = DeleteNamespaceRegionRequest;
    type Response = DeleteNamespaceRegionResponse;
    const NAME: &'static str = "DeleteNamespaceRegion";

    fn answer(state: &mut State, caller: &Caller, request: Self::Request) -> Result<Self::Response, Status> {
        let accepted = accept(state, caller, &request)?;
        Ok(DeleteNamespaceRegionResponse { async_operation: Some(accepted.operation) })
    }
}

fn accept(
    state: &mut State,
    caller: &Caller,
    request: &DeleteNamespaceRegionRequest,
) -> Result<Accepted, Status> {
    let operation_id = request.async_operation_id.as_str();
    let named = (request.namespace.as_str(), "cloud.namespace.deleteRegion");
    let (id, held) = match state.find_namespace(caller, (request, operation_id), named)? {
        ControlFlow::Continue(found) => found,
        ControlFlow::Break(accepted) => return Ok(accepted),
    };
    held.accept_write(&request.resource_version, &state.settings)?;
    let mut regions = held.content.replicas.regions();
    let before = regions.len();
    regions.retain(|region| *region != request.region);
    if regions.len() == before {
        let region = request.region.escape_debug();
        return Err(status::bad_request(format!("the namespace has no replica in region `{region}`")));
    }
    let next = held.content.moved(&regions)?;
    state.check_attachments(next.rules(), &regions)?;
    let operation =
        Operation::new(request, operation_id, Kind::Namespace.of(id.to_string()), Outcome::Active);
    Ok(state.accept(caller, operation, |state, operation| {
        let now = state.now();
        if let Some(held) = state.namespaces.get_mut(&id) {
            held.update(operation, next, now);
        }
    }))
}
