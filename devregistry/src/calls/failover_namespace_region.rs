//! Makes a Namespace active in the region of another replica: Namespace Admin. It is active there as soon as the
//! request is accepted. The specification and its version do not change.

use crate::api::cloudservice::{FailoverNamespaceRegionRequest, FailoverNamespaceRegionResponse};
use crate::caller::Caller;
use crate::calls::rpc::Rpc;
use crate::operations::{Kind, Operation, Outcome};
use crate::state::{Accepted, State};
use std::ops::ControlFlow;
use tonic::Status;

pub(super) struct FailoverNamespaceRegion;

impl Rpc for FailoverNamespaceRegion {
    type Request = FailoverNamespaceRegionRequest;
    type Response = FailoverNamespaceRegionResponse;
    const NAME: &'static str = "FailoverNamespaceRegion";

    fn answer(state: &mut State, caller: &Caller, request: Self::Request) -> Result<Self::Response, Status> {
        let accepted = accept(state, caller, &request)?;
        Ok(FailoverNamespaceRegionResponse { async_operation: Some(accepted.operation) })
    }
}

fn accept(
    state: &mut State,
    caller: &Caller,
    request: &FailoverNamespaceRegionRequest,
) -> Result<Accepted, Status> {
    let operation_id = request.async_operation_id.as_str();
    let named = (request.namespace.as_str(), "cloud.namespace.failoverRegion");
    let (id, held) = match state.find_namespace(caller, (request, operation_id), named)? {
        ControlFlow::Continue(found) => found,
        ControlFlow::Break(accepted) => return Ok(accepted),
    };
    held.idle()?;
    let next = held.content.failed_over(&request.region)?;
    let operation =
        Operation::new(request, operation_id, Kind::Namespace.of(id.to_string()), Outcome::Active);
    Ok(state.accept(caller, operation, |state, operation| {
        let now = state.now();
        if let Some(held) = state.namespaces.get_mut(&id) {
            held.amend(operation, next, now);
        }
    }))
}
