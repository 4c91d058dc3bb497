//! What each change of a plan finds in the account, decided before the first write: whether it is to be carried out, was
//! carried out before, or meets an object that is neither as the plan saw it nor as planned.

use super::{ApplyError, connectivity};
use crate::plan::{Attachment, Attributes, Change, Plan, Rule, RuleDeletion, chains};
use futures_util::{StreamExt, TryStreamExt, stream};
use registry::{
    EndpointChange, RegisteredEndpoint, RegisteredTarget, Registry, RegistryError, ResourceState,
    WriteRefused,
};
use serde::Serialize;
use std::collections::BTreeMap;

/// How many operations are looked up at a time.
const AT_ONCE: usize = 8;
/// How many failed attempts of one change are looked up.
const MAX_ATTEMPTS: usize = 50;

/// Whether earlier runs may have carried out changes of a plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PlanAge {
    /// The plan was made by this run: none of its operations exists.
    New,
    /// The plan was read from a file: the registry is asked for its operations.
    Saved,
}

/// What a change finds.
#[derive(Debug)]
pub(super) enum Finds {
    /// What the plan saw: it is carried out by an operation with this id.
    AsSeen(String),
    /// An operation of an earlier or concurrent run that is in progress, by its id.
    InProgress(String),
    /// Its result.
    AsPlanned,
    /// Anything else.
    Refused(ApplyError),
}

/// A plan compared with the account before the first write.
#[derive(Debug)]
pub struct Review {
    /// Every Endpoint.
    pub endpoints: Vec<RegisteredEndpoint>,
    /// By index of the plan's changes.
    pub(super) changes: Vec<Finds>,
    /// By index of the rules that the plan creates.
    pub(super) rules: Vec<Finds>,
    /// By index of the plan's attachments.
    pub(super) attachments: Vec<Finds>,
    /// By index of the rules that the plan deletes.
    pub(super) deletions: Vec<Finds>,
    pub(super) connectivity: connectivity::Held,
}

impl Review {
    /// Reads every object that the plan changes.
    ///
    /// # Errors
    /// When an object cannot be read.
    pub async fn of(plan: &Plan, age: PlanAge, registry: &Registry) -> Result<Self, RegistryError> {
        let endpoints = registry.endpoints().await?;
        let connectivity = connectivity::Held::read(plan, registry).await?;
        let names = Names::of(plan, &endpoints);
        let changes = plan.changes.iter().map(|change| (change, names.found(change)));
        let changes = resolve(plan, age, changes, registry).await?;
        let rules = plan.connectivity.create.iter().map(|rule| (rule, connectivity.finds_rule(rule)));
        let rules = resolve(plan, age, rules, registry).await?;
        let attachments = plan.connectivity.attachments.iter();
        let attachments = attachments.map(|it| (it, connectivity.finds_attachment(it)));
        let attachments = resolve(plan, age, attachments, registry).await?;
        let deletions = plan.connectivity.delete.iter().map(|it| (it, connectivity.finds_deletion(it)));
        let deletions = resolve(plan, age, deletions, registry).await?;
        let mut review = Self { endpoints, changes, rules, attachments, deletions, connectivity };
        review.stop_chains(plan);
        review.stop_attachments(plan);
        Ok(review)
    }

    /// Whether no change was carried out before.
    #[must_use]
    pub fn is_untouched(&self) -> bool {
        let all = self.changes.iter().chain(&self.rules).chain(&self.attachments).chain(&self.deletions);
        all.into_iter().all(|finds| matches!(finds, Finds::AsSeen(_)))
    }

    /// The changes that are still to be carried out.
    pub fn left<'p>(&self, plan: &'p Plan) -> impl Iterator<Item = &'p Change> {
        let changes = plan.changes.iter().zip(&self.changes);
        changes.filter(|(_, finds)| matches!(finds, Finds::AsSeen(_))).map(|(change, _)| change)
    }

    /// A name that is passed on is not freed when the change that takes it is refused: its callers would be cut off.
    fn stop_chains(&mut self, plan: &Plan) {
        for chain in chains(&plan.changes) {
            let is_refused = |at: &&usize| matches!(self.changes.get(**at), Some(Finds::Refused(_)));
            let Some(refused) = chain.iter().find(is_refused).and_then(|at| plan.changes.get(*at)) else {
                continue;
            };
            for at in chain {
                if let Some(finds @ Finds::AsSeen(_)) = self.changes.get_mut(at) {
                    *finds = Finds::Refused(ApplyError::Chain(refused.endpoint().to_owned()));
                }
            }
        }
    }

    /// A rule that is not created is not attached.
    fn stop_attachments(&mut self, plan: &Plan) {
        let rules = plan.connectivity.create.iter().zip(&self.rules);
        let refused: Vec<_> =
            rules.filter(|(_, finds)| matches!(finds, Finds::Refused(_))).map(|(rule, _)| rule).collect();
        for (attachment, finds) in plan.connectivity.attachments.iter().zip(&mut self.attachments) {
            if let Some(rule) = attachment.attach.iter().find(|rule| refused.contains(rule)) {
                *finds = Finds::Refused(ApplyError::NoRule(rule.shown()));
            }
        }
    }
}

/// What a look at the objects alone says of a change.
pub(super) enum Found {
    /// The result of the change, and the operation on it that is in progress.
    AsPlanned(Option<String>),
    AsSeen,
    Refused(ApplyError),
}

/// The kinds of changes, and how the registry is told that one of them was carried out and undone since.
pub(super) trait Revocable: Serialize {
    fn undone(&self) -> ApplyError;
}

impl Revocable for &Change {
    fn undone(&self) -> ApplyError {
        match self {
            Change::Create { .. } => ApplyError::Deleted,
            Change::Update { .. } | Change::Delete { .. } => ApplyError::Undone,
        }
    }
}

impl Revocable for &Rule {
    fn undone(&self) -> ApplyError {
        ApplyError::Deleted
    }
}

impl Revocable for &RuleDeletion {
    fn undone(&self) -> ApplyError {
        ApplyError::Undone
    }
}

impl Revocable for &Attachment {
    fn undone(&self) -> ApplyError {
        ApplyError::Undone
    }
}

/// Adds to what was found what is known of the operations of earlier runs.
async fn resolve<C: Revocable>(
    plan: &Plan,
    age: PlanAge,
    changes: impl Iterator<Item = (C, Found)>,
    registry: &Registry,
) -> Result<Vec<Finds>, RegistryError> {
    let finds = changes.map(|(change, found)| async move {
        Ok::<_, RegistryError>(match (found, age) {
            (Found::Refused(error), _) => Finds::Refused(error),
            (Found::AsPlanned(Some(operation)), _) => Finds::InProgress(operation),
            (Found::AsPlanned(None), _) => Finds::AsPlanned,
            (Found::AsSeen, PlanAge::New) => Finds::AsSeen(plan.operation_id(&change)),
            (Found::AsSeen, PlanAge::Saved) => attempted(plan, &change, registry).await?,
        })
    });
    // The order is kept.
    stream::iter(finds).buffered(AT_ONCE).try_collect().await
}

/// Looks for the operations of earlier runs. After one that failed, the change is made with another id.
async fn attempted<C: Revocable>(
    plan: &Plan,
    change: &C,
    registry: &Registry,
) -> Result<Finds, RegistryError> {
    let first = plan.operation_id(change);
    let mut id = first.clone();
    for attempt in 2..MAX_ATTEMPTS {
        match registry.find_operation(&id).await? {
            None => return Ok(Finds::AsSeen(id)),
            Some(operation) if operation.has_failed() => id = format!("{first}-{attempt}"),
            Some(operation) if operation.state.is_terminal() => return Ok(Finds::Refused(change.undone())),
            Some(operation) => return Ok(Finds::InProgress(operation.id)),
        }
    }
    Ok(Finds::AsSeen(id))
}

/// The Endpoints of the account, and the names that the plan passes on.
struct Names<'a> {
    by_id: BTreeMap<&'a str, &'a RegisteredEndpoint>,
    by_name: BTreeMap<&'a str, &'a RegisteredEndpoint>,
    /// The names that the plan takes from Endpoints, by their ids.
    freed: BTreeMap<&'a str, &'a str>,
}

impl<'a> Names<'a> {
    fn of(plan: &'a Plan, endpoints: &'a [RegisteredEndpoint]) -> Self {
        let freed = plan.changes.iter().filter_map(|change| match change {
            Change::Update { id, .. } => Some((id.as_str(), change.frees()?)),
            _ => None,
        });
        Self {
            by_id: endpoints.iter().map(|held| (held.id(), held)).collect(),
            by_name: endpoints.iter().map(|held| (held.name(), held)).collect(),
            freed: freed.collect(),
        }
    }

    fn found(&self, change: &Change) -> Found {
        match change {
            Change::Create { endpoint, .. } => self.creation(change, endpoint.as_str()),
            Change::Update { id, attributes, .. } => self.update(id, attributes),
            Change::Delete { id, .. } => self.deletion(id, change),
        }
    }

    /// An Endpoint that no longer exists is as planned.
    fn deletion(&self, id: &str, change: &Change) -> Found {
        let Some(held) = self.by_id.get(id) else {
            return Found::AsPlanned(None);
        };
        if is_leaving(held) {
            return Found::AsPlanned(held.operation_id().map(str::to_owned));
        }
        let expected = change.deletion().unwrap_or_default();
        match expected.conflict(held, &EndpointChange::default()) {
            Some(conflict) => Found::Refused(WriteRefused::Conflict { id: id.to_owned(), conflict }.into()),
            None => Found::AsSeen,
        }
    }

    fn creation(&self, change: &Change, name: &str) -> Found {
        let Some(held) = self.by_name.get(name) else { return Found::AsSeen };
        if is_leaving(held) {
            return Found::Refused(ApplyError::Leaving(name.to_owned()));
        }
        if self.is_freed(held) {
            return Found::AsSeen;
        }
        match difference_from(held, change) {
            None => as_planned(held),
            Some(difference) => Found::Refused(ApplyError::Exists(difference)),
        }
    }

    fn update(&self, id: &str, attributes: &Attributes) -> Found {
        let Some(held) = self.by_id.get(id) else {
            return Found::Refused(WriteRefused::Gone(id.to_owned()).into());
        };
        if is_leaving(held) {
            return Found::Refused(ApplyError::Leaving(held.name().to_owned()));
        }
        let change = attributes.change();
        if let Some(conflict) = attributes.expectation().conflict(held, &change) {
            return Found::Refused(WriteRefused::Conflict { id: id.to_owned(), conflict }.into());
        }
        if change.applied_to(held) == **held {
            return as_planned(held);
        }
        let new_name = change.name.as_ref().filter(|name| name.as_str() != held.name());
        let other = new_name.and_then(|name| self.by_name.get(name.as_str()));
        match other.filter(|other| !self.is_freed(other)) {
            Some(other) => Found::Refused(ApplyError::Taken(other.name().to_owned())),
            None => Found::AsSeen,
        }
    }

    /// Whether the plan renames an Endpoint.
    fn is_freed(&self, held: &RegisteredEndpoint) -> bool {
        self.freed.get(held.id()) == Some(&held.name())
    }
}

fn is_leaving(held: &RegisteredEndpoint) -> bool {
    matches!(held.state(), ResourceState::Deleting | ResourceState::Deleted)
}

fn as_planned(held: &RegisteredEndpoint) -> Found {
    match held.state() {
        state if state.is_in_progress() => Found::AsPlanned(held.operation_id().map(str::to_owned)),
        ResourceState::ActivationFailed | ResourceState::Suspended | ResourceState::Expired => {
            Found::Refused(ApplyError::State(held.state().word().to_owned()))
        }
        _ => Found::AsPlanned(None),
    }
}

/// The first attribute in which an Endpoint differs from what a creation makes, with its value.
pub(super) fn difference_from(held: &RegisteredEndpoint, creation: &Change) -> Option<String> {
    let new = creation.new_endpoint()?;
    let callers = crate::access::held::texts(&new.callers);
    if !held.target().is(&new.target) {
        let attribute = match held.target() {
            RegisteredTarget::External { .. } => "external_target",
            RegisteredTarget::Worker { .. } | RegisteredTarget::Unknown(_) => "worker_target",
        };
        return Some(format!("`{attribute}` is {}", held.target()));
    }
    if held.description().text() != new.description.as_deref() {
        return Some(format!("`description` is {}", held.description()));
    }
    let listed = held.callers();
    if listed != callers || held.has_unknown_policies() {
        let first: Vec<_> = listed.iter().take(20).map(String::as_str).collect();
        let first = if first.is_empty() { "empty".to_owned() } else { first.join(", ") };
        return Some(format!("`allowed_caller_namespaces` is {first}"));
    }
    None
}
