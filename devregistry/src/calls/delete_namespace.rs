//! Deletes a Namespace: Namespace Admin. Refused while it is protected and, by default, while an Endpoint targets it.
//! It stays on allowlists. Grants on it and its own service accounts are
//! deleted.

use crate::api::cloudservice::{DeleteNamespaceRequest, DeleteNamespaceResponse};
use crate::caller::Caller;
use crate::calls::rpc::Rpc;
use crate::operations::{Kind, Operation, Outcome};
use crate::settings::TargetedNamespace;
use crate::state::{Accepted, State};
use crate::status;
use schema::name::NamespaceId;
use std::ops::ControlFlow;
use tonic::Status;

pub(super) struct DeleteNamespace;

impl Rpc for DeleteNamespace {
    type Request = DeleteNamespaceRequest;
    type Response = DeleteNamespaceResponse;
    const NAME: &'static str = "DeleteNamespace";

    fn answer(state: &mut State, caller: &Caller, request: Self::Request) -> Result<Self::Response, Status> {
        let accepted = accept(state, caller, &request)?;
        Ok(DeleteNamespaceResponse { async_operation: Some(accepted.operation) })
    }
}

fn accept(state: &mut State, caller: &Caller, request: &DeleteNamespaceRequest) -> Result<Accepted, Status> {
    let operation_id = request.async_operation_id.as_str();
    let named = (request.namespace.as_str(), "cloud.namespace.delete");
    let (id, held) = match state.find_namespace(caller, (request, operation_id), named)? {
        ControlFlow::Continue(found) => found,
        ControlFlow::Break(accepted) => return Ok(accepted),
    };
    held.accept_write(&request.resource_version, &state.settings)?;
    if held.content.protected() {
        return Err(status::failed_precondition(format!("namespace `{id}` has delete protection enabled")));
    }
    not_targeted(state, &id)?;
    let operation =
        Operation::new(request, operation_id, Kind::Namespace.of(id.to_string()), Outcome::Deleted);
    Ok(state.accept(caller, operation, |state, operation| {
        if let Some(held) = state.namespaces.get_mut(&id) {
            held.delete(operation);
        }
    }))
}

fn not_targeted(state: &State, id: &NamespaceId) -> Result<(), Status> {
    if state.settings.targeted_namespace == TargetedNamespace::Deleted {
        return Ok(());
    }
    match state.endpoints.named("").find(|(_, endpoint)| endpoint.content.target == *id) {
        Some((_, endpoint)) => {
            let name = &endpoint.content.name;
            Err(status::failed_precondition(format!(
                "namespace `{id}` is the target of nexus endpoint `{name}`"
            )))
        }
        None => Ok(()),
    }
}
