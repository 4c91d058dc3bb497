//! The calls on connectivity rules. A rule never changes: it is created and deleted, and Namespaces attach it.

use crate::client::{Registry, Written};
use crate::cloud::connectivity_rule::{AcceptedRule, RegisteredRule, RuleKind};
use crate::cloud::request::Request;
use crate::endpoint::ResourceState;
use crate::error::{Problem, RegistryError};
use crate::json;
use crate::operation::Operation;
use crate::operation::wait::find_accepted;
use serde_json::{Value, json};

const RULES: &str = "connectivity-rules";

impl Registry {
    /// Every connectivity rule of the account, by id.
    ///
    /// # Errors
    /// Any failure of the calls; permission denied below the role Developer.
    pub async fn connectivity_rules(&self) -> Result<Vec<RegisteredRule>, RegistryError> {
        let action = "list connectivity rules";
        let items = self.list(Request::get(action, &[RULES])?, "connectivityRules", "/id").await?;
        let read = items.into_iter().map(|json| rule(json, action));
        read.filter(|read| read.as_ref().map_or(true, RegisteredRule::exists)).collect()
    }

    /// The rule with this id, if it exists.
    ///
    /// # Errors
    /// Any other failure of the call.
    pub async fn connectivity_rule(&self, id: &str) -> Result<Option<RegisteredRule>, RegistryError> {
        let action = format!("read connectivity rule `{id}`");
        let mut response = match self.send(Request::get(action.as_str(), &[RULES, id])?).await {
            Ok(response) => response,
            Err(error) if error.is_not_found() => return Ok(None),
            Err(error) => return Err(error),
        };
        let read = rule(response.get_mut("connectivityRule").map(Value::take).unwrap_or_default(), &action)?;
        if read.id() != id {
            return Err(RegistryError::malformed_response(&action, "it describes another rule"));
        }
        Ok(Some(read).filter(|rule| rule.state() != ResourceState::Deleted))
    }

    /// Creates a rule. A call with the same `operation_id` is a retry.
    ///
    /// # Errors
    /// Any failure of the call; `AlreadyExists` when the account has a rule for the same connection.
    pub async fn create_connectivity_rule(
        &self,
        kind: &RuleKind,
        operation_id: &str,
    ) -> Result<AcceptedRule, RegistryError> {
        let action = format!("create {}", kind.describe());
        let body = json!({ "spec": kind.spec(), "asyncOperationId": operation_id });
        let sent = self.write(Request::post(action.as_str(), &[RULES], body)?).await;
        match sent.and_then(|written| created(written, &action)) {
            Err(error)
                if matches!(
                    error.problem(),
                    Problem::AlreadyExists(_) | Problem::MalformedResponse { .. }
                ) =>
            {
                Ok(self.rule_creation(kind, operation_id, &action).await.ok().flatten().ok_or(error)?)
            }
            answered => answered,
        }
    }

    /// Deletes a rule. `None` when it no longer exists.
    ///
    /// # Errors
    /// Any failure of the call: an outdated version, or a Namespace that it is attached to.
    pub async fn delete_connectivity_rule(
        &self,
        id: &str,
        resource_version: &str,
        operation_id: &str,
    ) -> Result<Option<Operation>, RegistryError> {
        let action = format!("delete connectivity rule `{id}`");
        let request = Request::delete(action.as_str(), &[RULES, id])?
            .with("resourceVersion", resource_version)
            .with("asyncOperationId", operation_id);
        match self.write(request).await.and_then(|written| written.operation(&action)) {
            Ok(operation) => Ok(Some(operation)),
            Err(error) if error.is_not_found() => Ok(None),
            // An earlier attempt may have been applied, so that the rule is being deleted.
            Err(error) => match find_accepted(self, operation_id, &action).await {
                Ok(Some(operation)) => Ok(Some(operation)),
                _ => Err(error),
            },
        }
    }

    /// The rule that an earlier attempt with this operation id created.
    async fn rule_creation(
        &self,
        kind: &RuleKind,
        operation_id: &str,
        action: &str,
    ) -> Result<Option<AcceptedRule>, RegistryError> {
        let Some(operation) = find_accepted(self, operation_id, action).await? else { return Ok(None) };
        let rules = self.connectivity_rules().await?;
        let own = rules.into_iter().find(|rule| rule.kind().is_same_connection(kind));
        Ok(own.map(|rule| AcceptedRule { rule_id: rule.id().to_owned(), operation }))
    }
}

fn rule(json: Value, action: &str) -> Result<RegisteredRule, RegistryError> {
    RegisteredRule::from_json(json).map_err(|reason| RegistryError::malformed_response(action, reason))
}

fn created(written: Written, action: &str) -> Result<AcceptedRule, RegistryError> {
    let rule_id = json::id(&written.response, "/connectivityRuleId")
        .map_err(|reason| RegistryError::malformed_response(action, format!("missing rule id: {reason}")))?;
    Ok(AcceptedRule { rule_id: rule_id.to_owned(), operation: written.operation(action)? })
}
