//! Adds a replica: Namespace Admin. It is ADDING until the operation ends.

use crate::api::cloudservice::{AddNamespaceRegionRequest, AddNamespaceRegionResponse};
use crate::caller::Caller;
use crate::calls::rpc::Rpc;
use crate::operations::{Kind, Operation, Outcome};
use crate::state::{Accepted, State};
use std::ops::ControlFlow;
use tonic::Status;

pub(super) struct AddNamespaceRegion;

impl Rpc for AddNamespaceRegion {
    type Request = AddNamespaceRegionRequest;
    type Response = AddNamespaceRegionResponse;
    const NAME: &'static str = "AddNamespaceRegion";

    fn answer(state: &mut State, caller: &Caller, request: Self::Request) -> Result<Self::Response, Status> {
        let accepted = accept(state, caller, &request)?;
        Ok(AddNamespaceRegionResponse { async_operation: Some(accepted.operation) })
    }
}

fn accept(
    state: &mut State,
    caller: &Caller,
    request: &AddNamespaceRegionRequest,
) -> Result<Accepted, Status> {
    let operation_id = request.async_operation_id.as_str();
    let named = (request.namespace.as_str(), "cloud.namespace.addRegion");
    let (id, held) = match state.find_namespace(caller, (request, operation_id), named)? {
        ControlFlow::Continue(found) => found,
        ControlFlow::Break(accepted) => return Ok(accepted),
    };
    held.accept_write(&request.resource_version, &state.settings)?;
    let mut regions = held.content.replicas.regions();
    regions.push(request.region.clone());
    let next = held.content.moved(&regions)?;
    let operation =
        Operation::new(request, operation_id, Kind::Namespace.of(id.to_string()), Outcome::Active);
    Ok(state.accept(caller, operation, |state, operation| {
        let now = state.now();
        if let Some(held) = state.namespaces.get_mut(&id) {
            held.update(operation, next, now);
        }
    }))
}
