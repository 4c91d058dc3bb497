//! Deletes a connectivity rule: Global Admin or Owner. Refused while it is attached to a Namespace, whose exposure
//! would change.

use crate::api::cloudservice::{DeleteConnectivityRuleRequest, DeleteConnectivityRuleResponse};
use crate::caller::Caller;
use crate::calls::rpc::Rpc;
use crate::entities::custom_role::Object;
use crate::operations::{Kind, Operation, Outcome};
use crate::state::{Accepted, State};
use crate::status;
use schema::permission::Call;
use std::ops::ControlFlow;
use tonic::Status;

pub(super) struct DeleteConnectivityRule;

impl Rpc for DeleteConnectivityRule {
    type Request = DeleteConnectivityRuleRequest;
    type Response = DeleteConnectivityRuleResponse;
    const NAME: &'static str = "DeleteConnectivityRule";

    fn answer(state: &mut State, caller: &Caller, request: Self::Request) -> Result<Self::Response, Status> {
        let accepted = accept(state, caller, &request)?;
        Ok(DeleteConnectivityRuleResponse { async_operation: Some(accepted.operation) })
    }
}

fn accept(
    state: &mut State,
    caller: &Caller,
    request: &DeleteConnectivityRuleRequest,
) -> Result<Accepted, Status> {
    let object = Object::ConnectivityRule(&request.connectivity_rule_id);
    caller.require_or(Call::ManageConnectivityRules, "cloud.connectivityrule.delete", object)?;
    let (id, operation_id) = (&request.connectivity_rule_id, request.async_operation_id.as_str());
    let missing = status::not_found("connectivity rule", id.escape_debug());
    let held = state.rules.get(id);
    let held = match state.find(caller, (request, operation_id), held, missing, |_| Ok(()))? {
        ControlFlow::Continue(found) => found,
        ControlFlow::Break(accepted) => return Ok(accepted),
    };
    held.accept_write(&request.resource_version, &state.settings)?;
    if let Some(namespace) = state.namespaces.iter().find(|(_, held)| held.content.rules().contains(id)) {
        let message = format!("connectivity rule `{id}` is attached to namespace `{}`", namespace.0);
        return Err(status::failed_precondition(message));
    }
    let operation = Operation::new(request, operation_id, Kind::ConnectivityRule.of(id), Outcome::Deleted);
    Ok(state.accept(caller, operation, |state, operation| {
        if let Some(held) = state.rules.get_mut(id) {
            held.delete(operation);
        }
    }))
}
