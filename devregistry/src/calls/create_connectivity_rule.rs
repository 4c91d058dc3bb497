//! Creates a connectivity rule: Global Admin or Owner. An account has one public rule, one rule for each private
//! connection, and a limited number of private rules.

use crate::api::cloudservice::{CreateConnectivityRuleRequest, CreateConnectivityRuleResponse};
use crate::caller::Caller;
use crate::calls::rpc::Rpc;
use crate::entities::connectivity_rule::Rule;
use crate::entities::custom_role::Object;
use crate::entities::id;
use crate::entities::resource::Resource;
use crate::operations::{Kind, Operation, Outcome};
use crate::state::{Accepted, State};
use crate::status;
use schema::permission::Call;
use tonic::Status;

pub(super) struct CreateConnectivityRule;

impl Rpc for CreateConnectivityRule {
    type Request = CreateConnectivityRuleRequest;
    type Response = CreateConnectivityRuleResponse;
    const NAME: &'static str = "CreateConnectivityRule";

    fn answer(state: &mut State, caller: &Caller, request: Self::Request) -> Result<Self::Response, Status> {
        let Accepted { subject, operation } = accept(state, caller, &request)?;
        Ok(CreateConnectivityRuleResponse { connectivity_rule_id: subject, async_operation: Some(operation) })
    }
}

fn accept(
    state: &mut State,
    caller: &Caller,
    request: &CreateConnectivityRuleRequest,
) -> Result<Accepted, Status> {
    caller.require_or(Call::ManageConnectivityRules, "cloud.connectivityrule.create", Object::Account)?;
    if let Some(accepted) = state.replay(request, &request.async_operation_id)? {
        return Ok(accepted);
    }
    let rule = Rule::parse(request.spec.clone())?;
    check(state, &rule)?;
    let id = id::random();
    let subject = Kind::ConnectivityRule.of(id.clone());
    let operation = Operation::new(request, &request.async_operation_id, subject, Outcome::Active);
    Ok(state.accept(caller, operation, |state, operation| {
        let now = state.now();
        state.rules.insert(id, Resource::created_by(operation, rule, now));
    }))
}

fn check(state: &State, rule: &Rule) -> Result<(), Status> {
    if let Some((id, _)) = state.rules.iter().find(|(_, held)| held.content.duplicates(rule)) {
        let message = format!("connectivity rule `{id}` is for the same connection already");
        return Err(Status::already_exists(message));
    }
    let limit = state.limits.privatelinks_per_account;
    let private = state.rules.values().filter(|held| held.content.is_private()).count();
    if rule.is_private() && private >= limit {
        let message = format!("the account has {limit} private connectivity rules, as many as it may have");
        return Err(status::with_code(state.settings.limit_reached, message));
    }
    Ok(())
}
