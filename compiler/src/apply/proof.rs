//! Whether a saved plan is what its policy says: its changes are those of a plan that was just made from the policy, or what is
//! left of it when a part was carried out before.

use super::Review;
use super::review::Finds;
use crate::access::held::HeldEndpoint;
use crate::plan::{Attachment, Change, Plan, Rule, RuleDeletion};
use std::collections::BTreeMap;

/// The first difference between a saved plan and the plan of its policy.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotProven {
    /// A change that only the file has.
    #[error("the policy does not change {0} so")]
    NotInPolicy(String),
    /// A change that only the policy makes.
    #[error("the policy also changes {0}")]
    NotInPlan(String),
    /// The stated difference of access.
    #[error("the calls and managers that it says are gained and lost are not those of its changes")]
    Access,
}

/// Proves that a saved plan follows from the policy that `fresh` was just made from.
///
/// # Errors
/// The first difference.
pub fn prove(plan: &Plan, review: &Review, fresh: &Plan) -> Result<(), NotProven> {
    let (saved, made) = (left(plan, review), Parts::of(&fresh.changes, fresh));
    saved.is_same(&made)?;
    if review.is_untouched() && plan.access != fresh.access {
        return Err(NotProven::Access);
    }
    Ok(())
}

/// The changes of a plan, by name, in a form in which they can be compared.
#[derive(Default)]
struct Parts {
    changes: BTreeMap<String, Change>,
    rules: BTreeMap<String, Rule>,
    attachments: BTreeMap<String, Attachment>,
    deletions: BTreeMap<String, RuleDeletion>,
}

impl Parts {
    fn of(changes: &[Change], plan: &Plan) -> Self {
        let mut parts = Self::default();
        changes.iter().for_each(|change| parts.add(change.clone()));
        for rule in &plan.connectivity.create {
            parts.rules.insert(rule.shown(), rule.clone());
        }
        for attachment in &plan.connectivity.attachments {
            let attachment = Attachment { planned_on: Default::default(), ..attachment.clone() };
            parts.attachments.insert(attachment.namespace.to_string(), attachment);
        }
        for deletion in &plan.connectivity.delete {
            parts.deletions.insert(deletion.rule.shown(), deletion.clone());
        }
        parts
    }

    fn add(&mut self, change: Change) {
        let change = match change {
            Change::Update { endpoint, id, attributes, .. } => {
                Change::Update { endpoint, id, resource_version: String::new(), attributes }
            }
            Change::Delete { endpoint, id, target, callers, cause, .. } => {
                Change::Delete { endpoint, id, resource_version: String::new(), target, callers, cause }
            }
            created @ Change::Create { .. } => created,
        };
        let kind = match change {
            Change::Create { .. } => "a new endpoint",
            Change::Update { .. } => "endpoint",
            Change::Delete { .. } => "the deletion of endpoint",
        };
        self.changes.insert(format!("{kind} `{}`", change.endpoint()), change);
    }

    fn is_same(&self, fresh: &Self) -> Result<(), NotProven> {
        same(&self.changes, &fresh.changes, "")?;
        same(&self.rules, &fresh.rules, "the connectivity rule for ")?;
        same(&self.attachments, &fresh.attachments, "the connectivity of ")?;
        same(&self.deletions, &fresh.deletions, "the deletion of the connectivity rule for ")
    }
}

fn same<T: PartialEq>(
    saved: &BTreeMap<String, T>,
    fresh: &BTreeMap<String, T>,
    kind: &str,
) -> Result<(), NotProven> {
    if let Some((name, _)) = saved.iter().find(|(name, change)| fresh.get(*name) != Some(change)) {
        return Err(NotProven::NotInPolicy(format!("{kind}{name}")));
    }
    match fresh.keys().find(|name| !saved.contains_key(*name)) {
        Some(name) => Err(NotProven::NotInPlan(format!("{kind}{name}"))),
        None => Ok(()),
    }
}

/// What is left of a saved plan.
fn left(plan: &Plan, review: &Review) -> Parts {
    let mut parts = Parts::default();
    for change in &plan.changes {
        let found = review.endpoints.iter().find(|held| match change {
            Change::Create { endpoint, .. } => held.name() == endpoint.as_str(),
            Change::Update { id, .. } | Change::Delete { id, .. } => held.id() == id,
        });
        let is_made = |held| super::difference_from(held, change).is_none();
        match (change, found) {
            (Change::Create { .. }, Some(held)) if is_made(held) => {}
            (Change::Delete { .. }, None) => {}
            (Change::Update { .. }, Some(held)) => {
                change.left(&HeldEndpoint::registered(held)).into_iter().for_each(|left| parts.add(left));
            }
            _ => parts.add(change.clone()),
        }
    }
    for rule in plan.connectivity.create.iter().filter(|rule| review.connectivity.id(rule).is_none()) {
        parts.rules.insert(rule.shown(), rule.clone());
    }
    for attachment in plan.connectivity.attachments.iter().filter_map(|it| review.connectivity.left(it)) {
        parts.attachments.insert(attachment.namespace.to_string(), attachment);
    }
    for (deletion, finds) in plan.connectivity.delete.iter().zip(&review.deletions) {
        if !matches!(finds, Finds::AsPlanned) {
            parts.deletions.insert(deletion.rule.shown(), deletion.clone());
        }
    }
    parts
}
