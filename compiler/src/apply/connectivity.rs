//! Applies the connectivity changes of a plan: first the rules, then each Namespace in one request.

use super::{ApplyError, Done, Outcome, Step, in_time};
use crate::plan::{Attachment, Plan, Rule};
use registry::{AttachmentChange, Registry, RuleKind};
use std::collections::BTreeSet;
use std::future::pending;

/// Applies the changes one by one; a failure does not stop the others.
pub(super) async fn apply<'p>(plan: &'p Plan, registry: &Registry, mut progress: impl FnMut(Outcome<'p>)) {
    if plan.connectivity.is_empty() {
        return;
    }
    let rules = plan.connectivity.create.iter();
    let attachments = plan.connectivity.attachments.iter();
    let mut ids = match Ids::read(registry).await {
        Ok(ids) => ids,
        Err(error) => {
            for step in rules.map(Step::Rule).chain(attachments.map(Step::Attachment)) {
                progress(Outcome { step, result: Err(error.clone().into()) });
            }
            return;
        }
    };
    for rule in rules {
        let result = ids.create(plan, rule, registry).await;
        progress(Outcome { step: Step::Rule(rule), result });
    }
    for attachment in attachments {
        let result = attach(plan, attachment, &ids, registry).await;
        progress(Outcome { step: Step::Attachment(attachment), result });
    }
}

/// The rules of the account, with their ids.
struct Ids(Vec<(RuleKind, String)>);

impl Ids {
    async fn read(registry: &Registry) -> Result<Self, registry::RegistryError> {
        let rules = registry.connectivity_rules().await?;
        Ok(Self(rules.iter().map(|rule| (rule.kind(), rule.id().to_owned())).collect()))
    }

    fn of(&self, rule: &Rule) -> Option<String> {
        let wanted = rule.kind();
        self.0.iter().find(|(kind, _)| kind.is_same_connection(&wanted)).map(|(_, id)| id.clone())
    }

    async fn create(&mut self, plan: &Plan, rule: &Rule, registry: &Registry) -> Result<Done, ApplyError> {
        if self.of(rule).is_some() {
            return Ok(Done::Before);
        }
        let (kind, operation_id) = (rule.kind(), plan.operation_id(rule));
        let sent = in_time(registry, registry.create_connectivity_rule(&kind, &operation_id));
        let accepted = sent.await?;
        // A completed operation may be that of an earlier run.
        let may_be_old = accepted.operation.state.is_terminal();
        registry
            .await_operation(accepted.operation, registry.retry_policy().operation_timeout, pending())
            .await?;
        if may_be_old && registry.connectivity_rule(&accepted.rule_id).await?.is_none() {
            return Err(ApplyError::Deleted);
        }
        self.0.push((rule.kind(), accepted.rule_id));
        Ok(Done::Now)
    }

    /// The ids of these rules, or the first of them that does not exist.
    fn all(&self, rules: &BTreeSet<Rule>) -> Result<BTreeSet<String>, String> {
        rules.iter().map(|rule| self.of(rule).ok_or_else(|| rule.shown())).collect()
    }
}

async fn attach(
    plan: &Plan,
    attachment: &Attachment,
    ids: &Ids,
    registry: &Registry,
) -> Result<Done, ApplyError> {
    // A deleted rule is not attached.
    let detach = attachment.detach.iter().filter_map(|rule| ids.of(rule)).collect();
    let change =
        AttachmentChange { attach: ids.all(&attachment.attach).map_err(ApplyError::NoRule)?, detach };
    let id = plan.operation_id(attachment);
    let sent = registry.change_attachments(&attachment.namespace, &change, &attachment.planned_on, &id);
    match in_time(registry, sent).await? {
        Some(operation) => {
            let limit = registry.retry_policy().operation_timeout;
            Ok(registry.await_operation(operation, limit, pending()).await.map(|()| Done::Now)?)
        }
        None => Ok(Done::Before),
    }
}
