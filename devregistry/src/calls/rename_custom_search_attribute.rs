//! Renames a search attribute: Namespace Admin. The version of the specification does not change, so that an update
//! with it is still accepted.

use crate::api::cloudservice::{RenameCustomSearchAttributeRequest, RenameCustomSearchAttributeResponse};
use crate::caller::Caller;
use crate::calls::rpc::Rpc;
use crate::operations::{Kind, Operation, Outcome};
use crate::state::{Accepted, State};
use std::ops::ControlFlow;
use tonic::Status;

pub(super) struct RenameCustomSearchAttribute;

impl Rpc for RenameCustomSearchAttribute {
    type Request = RenameCustomSearchAttributeRequest;
    type Response = RenameCustomSearchAttributeResponse;
    const NAME: &'static str = "RenameCustomSearchAttribute";

    fn answer(state: &mut State, caller: &Caller, request: Self::Request) -> Result<Self::Response, Status> {
        let accepted = accept(state, caller, &request)?;
        Ok(RenameCustomSearchAttributeResponse { async_operation: Some(accepted.operation) })
    }
}

fn accept(
    state: &mut State,
    caller: &Caller,
    request: &RenameCustomSearchAttributeRequest,
) -> Result<Accepted, Status> {
    let operation_id = request.async_operation_id.as_str();
    let named = (request.namespace.as_str(), "cloud.namespace.renameCustomSearchAttribute");
    let (id, held) = match state.find_namespace(caller, (request, operation_id), named)? {
        ControlFlow::Continue(found) => found,
        ControlFlow::Break(accepted) => return Ok(accepted),
    };
    held.accept_write(&request.resource_version, &state.settings)?;
    let (from, to) =
        (&request.existing_custom_search_attribute_name, &request.new_custom_search_attribute_name);
    let next = held.content.renamed_attribute(from, to)?;
    let operation =
        Operation::new(request, operation_id, Kind::Namespace.of(id.to_string()), Outcome::Active);
    Ok(state.accept(caller, operation, |state, operation| {
        let now = state.now();
        if let Some(held) = state.namespaces.get_mut(&id) {
            held.amend(operation, next, now);
        }
    }))
}
