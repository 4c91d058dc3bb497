//! One connectivity rule: Developer or higher.

use crate::api::cloudservice::{GetConnectivityRuleRequest, GetConnectivityRuleResponse};
use crate::caller::Caller;
use crate::calls::rpc::Rpc;
use crate::entities::connectivity_rule::message;
use crate::entities::custom_role::Object;
use crate::state::State;
use crate::status;
use schema::permission::Call;
use tonic::Status;

pub(super) struct GetConnectivityRule;

impl Rpc for GetConnectivityRule {
    type Request = GetConnectivityRuleRequest;
    type Response = GetConnectivityRuleResponse;
    const NAME: &'static str = "GetConnectivityRule";

    fn answer(state: &mut State, caller: &Caller, request: Self::Request) -> Result<Self::Response, Status> {
        let object = Object::ConnectivityRule(&request.connectivity_rule_id);
        caller.require_or(Call::ReadConnectivityRules, "cloud.connectivityrule.get", object)?;
        let id = &request.connectivity_rule_id;
        let found =
            state.rules.get(id).ok_or_else(|| status::not_found("connectivity rule", id.escape_debug()))?;
        Ok(GetConnectivityRuleResponse { connectivity_rule: Some(message(id, found)) })
    }
}
