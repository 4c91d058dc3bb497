//! Applies the connectivity changes of a plan: first the new rules, then each Namespace in one request, then the rules that
//! are deleted.

use super::review::{Finds, Found};
use super::{Announce, ApplyError, Done, Outcome, Step, announce, await_earlier, completed, in_time};
use crate::plan::{Attachment, Plan, Rule, RuleDeletion};
use registry::{AttachmentChange, Registry, RegistryError, RuleKind, WriteId};
use schema::name::NamespaceId;
use std::collections::{BTreeMap, BTreeSet};
use tokio_util::sync::CancellationToken;

/// The rules of the account with their ids, and the rules of the Namespaces that a plan changes.
#[derive(Clone, Debug, Default)]
pub(super) struct Held {
    rules: Vec<(RuleKind, String)>,
    attached: BTreeMap<NamespaceId, BTreeSet<String>>,
}

impl Held {
    pub(super) async fn read(plan: &Plan, registry: &Registry) -> Result<Self, RegistryError> {
        let mut held = Self::default();
        if plan.connectivity.is_empty() {
            return Ok(held);
        }
        let rules = registry.connectivity_rules().await?;
        held.rules = rules.iter().map(|rule| (rule.kind(), rule.id().to_owned())).collect();
        for Attachment { namespace, .. } in &plan.connectivity.attachments {
            held.attached.insert(namespace.clone(), registry.attached_rules(namespace).await?);
        }
        Ok(held)
    }

    pub(super) fn finds_rule(&self, rule: &Rule) -> Found {
        if self.id(rule).is_some() { Found::AsPlanned(None) } else { Found::AsSeen }
    }

    pub(super) fn finds_deletion(&self, deletion: &RuleDeletion) -> Found {
        let exists = self.rules.iter().any(|(_, id)| *id == deletion.id);
        if exists { Found::AsSeen } else { Found::AsPlanned(None) }
    }

    pub(super) fn finds_attachment(&self, attachment: &Attachment) -> Found {
        // A rule that is still to be created has no id, but closes a Namespace like any other.
        let id = |rule: &Rule| self.id(rule).unwrap_or_else(|| rule.shown());
        let attach = attachment.attach.iter().map(id).collect();
        let detach = attachment.detach.iter().filter_map(|rule| self.id(rule)).collect();
        let change = AttachmentChange { attach, detach };
        let Some(attached) = self.attached.get(&attachment.namespace) else { return Found::AsSeen };
        if change.is_made(attached) {
            return Found::AsPlanned(None);
        }
        match change.refusal(&attachment.namespace, attached, &attachment.planned_on) {
            Some(refused) => Found::Refused(refused.into()),
            None => Found::AsSeen,
        }
    }

    /// The part of an attachment that is not made yet; `None` for nothing.
    pub(super) fn left(&self, attachment: &Attachment) -> Option<Attachment> {
        let attached = self.attached.get(&attachment.namespace);
        let is_attached =
            |rule: &Rule| self.id(rule).zip(attached).is_some_and(|(id, attached)| attached.contains(&id));
        let attach: BTreeSet<_> =
            attachment.attach.iter().filter(|rule| !is_attached(rule)).cloned().collect();
        let detach: BTreeSet<_> =
            attachment.detach.iter().filter(|rule| is_attached(rule)).cloned().collect();
        let (namespace, planned_on) = (attachment.namespace.clone(), BTreeSet::new());
        let is_left = !attach.is_empty() || !detach.is_empty();
        is_left.then_some(Attachment { namespace, attach, detach, planned_on })
    }

    pub(super) fn id(&self, rule: &Rule) -> Option<String> {
        let wanted = rule.kind();
        self.rules.iter().find(|(kind, _)| kind.is_same_connection(&wanted)).map(|(_, id)| id.clone())
    }

    async fn create(&mut self, rule: &Rule, id: &str, registry: &Registry) -> Result<Done, ApplyError> {
        let kind = rule.kind();
        let accepted = in_time(registry, registry.create_connectivity_rule(&kind, id)).await?;
        let done = completed(accepted.operation, registry).await?;
        self.rules.push((kind, accepted.rule_id));
        Ok(done)
    }

    async fn read_rules(&mut self, registry: &Registry) -> Result<(), RegistryError> {
        let rules = registry.connectivity_rules().await?;
        self.rules = rules.iter().map(|rule| (rule.kind(), rule.id().to_owned())).collect();
        Ok(())
    }

    /// The ids of these rules, or the first of them that does not exist.
    fn all(&self, rules: &BTreeSet<Rule>) -> Result<BTreeSet<String>, String> {
        rules.iter().map(|rule| self.id(rule).ok_or_else(|| rule.shown())).collect()
    }
}

/// Applies the changes one by one; a failure does not stop the others.
pub(super) async fn apply<'p>(
    plan: &'p Plan,
    mut held: Held,
    (rules, attachments, deletions): (Vec<Finds>, Vec<Finds>, Vec<Finds>),
    registry: &Registry,
    stop: &CancellationToken,
    announced: Announce<'_>,
    mut progress: impl FnMut(Outcome<'p>),
) {
    for (rule, finds) in plan.connectivity.create.iter().zip(rules) {
        if stop.is_cancelled() {
            return;
        }
        let result = create(rule, finds, &mut held, registry, announced).await;
        progress(Outcome { step: Step::Rule(rule), result });
    }
    for (attachment, finds) in plan.connectivity.attachments.iter().zip(attachments) {
        if stop.is_cancelled() {
            return;
        }
        let result = attach(plan, attachment, finds, &held, registry, announced).await;
        progress(Outcome { step: Step::Attachment(attachment), result });
    }
    for (deletion, finds) in plan.connectivity.delete.iter().zip(deletions) {
        if stop.is_cancelled() {
            return;
        }
        let result = delete(deletion, finds, registry, announced).await;
        progress(Outcome { step: Step::DeletedRule(deletion), result });
    }
}

/// The registry refuses to delete a rule that is attached: one that a Namespace took since the plan was made, too.
async fn delete(
    deletion: &RuleDeletion,
    finds: Finds,
    registry: &Registry,
    announced: Announce<'_>,
) -> Result<Done, ApplyError> {
    let id = match finds {
        Finds::Refused(error) => return Err(error),
        Finds::AsPlanned => return Ok(Done::Before),
        Finds::InProgress(operation) => {
            await_earlier(&operation, registry).await?;
            operation
        }
        Finds::AsSeen(id) => id,
    };
    let Some(held) = registry.connectivity_rule(&deletion.id).await? else { return Ok(Done::Before) };
    announced(&Step::DeletedRule(deletion), &id).map_err(ApplyError::Unrecorded)?;
    let sent = registry.delete_connectivity_rule(held.id(), held.resource_version(), &id);
    match in_time(registry, sent).await? {
        Some(operation) => completed(operation, registry).await,
        None => Ok(Done::Before),
    }
}

async fn create(
    rule: &Rule,
    finds: Finds,
    held: &mut Held,
    registry: &Registry,
    announced: Announce<'_>,
) -> Result<Done, ApplyError> {
    if let Finds::AsSeen(id) = &finds {
        announced(&Step::Rule(rule), id).map_err(ApplyError::Unrecorded)?;
    }
    match finds {
        Finds::Refused(error) => return Err(error),
        Finds::AsPlanned => return Ok(Done::Before),
        Finds::InProgress(operation) => await_earlier(&operation, registry).await?,
        Finds::AsSeen(id) => match held.create(rule, &id, registry).await {
            // Another run was faster.
            Err(ApplyError::Registry(error)) if error.is_already_exists() => {}
            created => return created,
        },
    }
    held.read_rules(registry).await?;
    held.id(rule).map(|_| Done::Before).ok_or_else(|| ApplyError::NoRule(rule.shown()))
}

async fn attach(
    plan: &Plan,
    attachment: &Attachment,
    finds: Finds,
    held: &Held,
    registry: &Registry,
    announced: Announce<'_>,
) -> Result<Done, ApplyError> {
    let id = match finds {
        Finds::Refused(error) => return Err(error),
        Finds::AsPlanned => return Ok(Done::Before),
        Finds::AsSeen(id) => WriteId::Exact(id),
        Finds::InProgress(operation) => {
            await_earlier(&operation, registry).await?;
            WriteId::PerVersion(plan.operation_id(attachment))
        }
    };
    // A deleted rule is not attached.
    let detach = attachment.detach.iter().filter_map(|rule| held.id(rule)).collect();
    let change =
        AttachmentChange { attach: held.all(&attachment.attach).map_err(ApplyError::NoRule)?, detach };
    announce(Step::Attachment(attachment), &id, announced)?;
    let sent = registry.change_attachments(&attachment.namespace, &change, &attachment.planned_on, id);
    match in_time(registry, sent).await? {
        Some(operation) => completed(operation, registry).await,
        None => Ok(Done::Before),
    }
}
