//! Applies a plan. Every object is read before the first write, and a change is carried out only where it is as the plan saw
//! it. Names are passed on in order, a caller is put on an Endpoint before it is taken off another, and all else is carried out
//! concurrently; connectivity follows. A failure does not stop the changes that do not depend on it.

mod connectivity;
mod proof;
mod review;

pub use proof::{NotProven, prove};
pub use review::{PlanAge, Review};

use crate::access::held::HeldEndpoint;
use crate::plan::{Attachment, Attributes, Change, Plan, Rule, RuleDeletion, chains, waves};
use futures_util::{Stream, StreamExt, stream};
use registry::{
    AttachmentRefused, NewEndpoint, Operation, OperationError, Registry, RegistryError, WriteId, WriteRefused,
};
use review::{Finds, difference_from};
use std::collections::VecDeque;
use std::future::pending;
use thiserror::Error;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// Temporal Cloud allows an account ten concurrent asynchronous operations; some are left to other clients.
const AT_ONCE: usize = 8;

/// Why a change failed, or may have failed.
#[derive(Debug, Error)]
pub enum ApplyError {
    /// An earlier run of the same plan created it.
    #[error("an earlier run of this plan created it, and it was deleted since")]
    Deleted,
    /// An earlier run of the same plan carried the change out.
    #[error("an earlier run of this plan changed it, and it was changed back since")]
    Undone,
    /// Another Endpoint has the name of one to create.
    #[error("an endpoint of this name already exists and is not as planned: {0}")]
    Exists(String),
    /// Another Endpoint has the new name.
    #[error("another endpoint has the name `{0}` since the plan was made")]
    Taken(String),
    /// It is about to go.
    #[error("endpoint `{0}` is being deleted")]
    Leaving(String),
    /// It has the planned specification, and does not work.
    #[error("it is as planned, and its state is {0}")]
    State(String),
    /// A change that passes a name on to or from this one was not carried out.
    #[error("its name is passed on together with that of endpoint `{0}`, which was not changed")]
    Chain(String),
    /// The plan attaches a rule that does not exist or whose creation failed.
    #[error("no connectivity rule for {0}")]
    NoRule(String),
    /// Attaching or detaching was refused.
    #[error(transparent)]
    Attachment(#[from] AttachmentRefused),
    /// The record of the apply cannot be written, without which nothing is sent.
    #[error("the record cannot be written: {0}")]
    Unrecorded(String),
    /// The registry refused it.
    #[error(transparent)]
    Registry(#[from] RegistryError),
    /// Something changed after the plan was made.
    #[error(transparent)]
    Refused(#[from] WriteRefused),
    /// The request was accepted, and its operation failed or is unknown.
    #[error(transparent)]
    Unfinished(#[from] OperationError),
}

/// One change of a plan.
#[derive(Clone, Copy, Debug)]
pub enum Step<'p> {
    /// A change of an Endpoint.
    Endpoint(&'p Change),
    /// A connectivity rule to create.
    Rule(&'p Rule),
    /// A change of a Namespace's attachments.
    Attachment(&'p Attachment),
    /// A connectivity rule to delete.
    DeletedRule(&'p RuleDeletion),
}

impl<'p> Step<'p> {
    /// Every change of a plan, in the order of the plan.
    pub fn all(plan: &'p Plan) -> impl Iterator<Item = Self> {
        let endpoints = plan.changes.iter().map(Step::Endpoint);
        let rules = plan.connectivity.create.iter().map(Step::Rule);
        let attachments = plan.connectivity.attachments.iter().map(Step::Attachment);
        let deletions = plan.connectivity.delete.iter().map(Step::DeletedRule);
        endpoints.chain(rules).chain(attachments).chain(deletions)
    }

    /// Whether both are the same change of the same plan.
    #[must_use]
    pub fn is(&self, other: &Step) -> bool {
        match (self, other) {
            (Step::Endpoint(left), Step::Endpoint(right)) => std::ptr::eq(*left, *right),
            (Step::Rule(left), Step::Rule(right)) => std::ptr::eq(*left, *right),
            (Step::Attachment(left), Step::Attachment(right)) => std::ptr::eq(*left, *right),
            (Step::DeletedRule(left), Step::DeletedRule(right)) => std::ptr::eq(*left, *right),
            _ => false,
        }
    }
}

/// Is told of a change before its write is sent, with the id of the operation; nothing is sent after an error.
pub type Announce<'a> = &'a dyn Fn(&Step, &str) -> Result<(), String>;

/// Tells of a change before its write is sent.
fn announce(step: Step, id: &WriteId, announce: Announce) -> Result<(), ApplyError> {
    let (WriteId::Exact(id) | WriteId::PerVersion(id)) = id;
    announce(&step, id).map_err(ApplyError::Unrecorded)
}

/// The outcome of a change.
#[derive(Debug)]
pub struct Outcome<'p> {
    /// The change.
    pub step: Step<'p>,
    /// Whether it was applied.
    pub result: Result<Done, ApplyError>,
}

/// How a change was applied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Done {
    /// By this run.
    Now {
        /// The id of the operation; empty where the registry has no operations.
        operation: String,
    },
    /// Already as planned.
    Before,
}

/// Applies a plan as it was reviewed. Calls `announced` before each write, and `progress` after each change. Once `stop` is cancelled, changes in progress are
/// finished and no other is started: those have no outcome.
pub async fn apply<'p>(
    plan: &'p Plan,
    review: Review,
    registry: &Registry,
    stop: &CancellationToken,
    announced: Announce<'_>,
    mut progress: impl FnMut(&Outcome<'p>),
) -> Vec<Outcome<'p>> {
    let Review { endpoints, changes, rules, attachments, deletions, connectivity } = review;
    let mut outcomes = Vec::with_capacity(plan.len());
    let mut finds: Vec<_> = changes.into_iter().map(Some).collect();
    let held: Vec<_> = endpoints.iter().map(HeldEndpoint::registered).collect();
    let held = held.iter().map(|endpoint| (endpoint.id.as_str(), endpoint)).collect();
    for wave in waves(chains(&plan.changes), &plan.changes, &held) {
        let chains: Vec<VecDeque<_>> = wave
            .into_iter()
            .map(|chain| {
                let step = |at: usize| Some((plan.changes.get(at)?, finds.get_mut(at)?.take()?));
                chain.into_iter().filter_map(step).collect()
            })
            .collect();
        let running =
            stream::iter(chains).map(|chain| Box::pin(carry_out(plan, chain, registry, stop, announced)));
        let mut running = running.flatten_unordered(AT_ONCE);
        while let Some(outcome) = running.next().await {
            progress(&outcome);
            outcomes.push(outcome);
        }
    }
    let finds = (rules, attachments, deletions);
    connectivity::apply(plan, connectivity, finds, registry, stop, announced, |outcome| {
        progress(&outcome);
        outcomes.push(outcome);
    })
    .await;
    outcomes
}

/// Carries a chain of changes out, one after the other; after a failure no name is passed on.
fn carry_out<'p>(
    plan: &'p Plan,
    chain: VecDeque<(&'p Change, Finds)>,
    registry: &Registry,
    stop: &CancellationToken,
    announced: Announce<'_>,
) -> impl Stream<Item = Outcome<'p>> {
    stream::unfold((chain, None), move |(mut chain, failed): (_, Option<String>)| async move {
        if stop.is_cancelled() {
            return None;
        }
        let (change, finds) = chain.pop_front()?;
        let result = match (finds, &failed) {
            (Finds::AsSeen(_), Some(failed)) => Err(ApplyError::Chain(failed.clone())),
            (finds, _) => step(plan, change, finds, registry, announced).await,
        };
        let failed = failed.or_else(|| result.is_err().then(|| change.endpoint().to_owned()));
        Some((Outcome { step: Step::Endpoint(change), result }, (chain, failed)))
    })
}

async fn step(
    plan: &Plan,
    change: &Change,
    finds: Finds,
    registry: &Registry,
    announced: Announce<'_>,
) -> Result<Done, ApplyError> {
    let id = match finds {
        Finds::Refused(error) => return Err(error),
        Finds::AsPlanned => return Ok(Done::Before),
        Finds::AsSeen(id) => WriteId::Exact(id),
        Finds::InProgress(operation) => {
            await_earlier(&operation, registry).await?;
            WriteId::PerVersion(plan.operation_id(change))
        }
    };
    // The Endpoint of an earlier run is looked at, and not created again.
    if !matches!((change, &id), (Change::Create { .. }, WriteId::PerVersion(_))) {
        announce(Step::Endpoint(change), &id, announced)?;
    }
    match change {
        Change::Update { id: endpoint, attributes, .. } => update(endpoint, attributes, registry, id).await,
        Change::Delete { id: endpoint, .. } => delete(endpoint, change, registry, id).await,
        Change::Create { .. } => match (change.new_endpoint(), id) {
            (Some(new), WriteId::Exact(id)) => create(change, &new, registry, &id).await,
            _ => created_elsewhere(change, registry)
                .await
                .map_err(|error| error.unwrap_or(ApplyError::Deleted)),
        },
    }
}

/// Waits for the operation of an earlier or concurrent run. What it did is read from its object.
async fn await_earlier(operation: &str, registry: &Registry) -> Result<(), ApplyError> {
    let operation = registry.operation(operation).await?;
    match registry.await_operation(operation, registry.retry_policy().operation_timeout, pending()).await {
        Ok(()) | Err(OperationError::Failed { .. }) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// Waits for the operation that carries a change out.
async fn completed(operation: Operation, registry: &Registry) -> Result<Done, ApplyError> {
    let (id, limit) = (operation.id.clone(), registry.retry_policy().operation_timeout);
    registry.await_operation(operation, limit, pending()).await?;
    Ok(Done::Now { operation: id })
}

/// Sends a write, with the timeout of an operation.
async fn in_time<T>(registry: &Registry, write: impl Future<Output = T>) -> T {
    let deadline = Instant::now() + registry.retry_policy().operation_timeout;
    registry::with_deadline(deadline, &CancellationToken::new(), write).await
}

async fn create(
    change: &Change,
    new: &NewEndpoint,
    registry: &Registry,
    operation_id: &str,
) -> Result<Done, ApplyError> {
    let accepted = match in_time(registry, registry.create_endpoint(new, operation_id)).await {
        // Another run was faster, or made the Endpoint otherwise.
        Err(error) if error.is_already_exists() => {
            let found = created_elsewhere(change, registry).await;
            return found.map_err(|different| different.unwrap_or_else(|| error.into()));
        }
        accepted => accepted?,
    };
    completed(accepted.operation, registry).await
}

/// Whether there is an Endpoint as planned, once the operation on it has ended. The error is `None` where there is no Endpoint
/// of that name.
async fn created_elsewhere(change: &Change, registry: &Registry) -> Result<Done, Option<ApplyError>> {
    let failed = |error: RegistryError| Some(ApplyError::from(error));
    let Some(new) = change.new_endpoint() else { return Ok(Done::Before) };
    let find = || async { registry.endpoint_named(&new.name).await.map_err(failed) };
    let mut found = find().await?;
    if let Some(operation) =
        found.as_ref().filter(|it| it.state().is_in_progress()).and_then(|it| it.operation_id())
    {
        await_earlier(operation, registry).await.map_err(Some)?;
        found = find().await?;
    }
    let found = found.ok_or(None)?;
    match difference_from(&found, change) {
        None => Ok(Done::Before),
        Some(difference) => Err(Some(ApplyError::Exists(difference))),
    }
}

/// An Endpoint that no longer exists is as planned.
async fn delete(
    endpoint: &str,
    change: &Change,
    registry: &Registry,
    id: WriteId,
) -> Result<Done, ApplyError> {
    let expected = change.deletion().unwrap_or_default();
    let (WriteId::Exact(id) | WriteId::PerVersion(id)) = id;
    match in_time(registry, registry.delete_endpoint_guarded(endpoint, &expected, &id)).await {
        Ok(operation) => completed(operation, registry).await,
        Err(WriteRefused::Gone(_)) => Ok(Done::Before),
        Err(refused) => Err(refused.into()),
    }
}

async fn update(
    id: &str,
    attributes: &Attributes,
    registry: &Registry,
    operation_id: WriteId,
) -> Result<Done, ApplyError> {
    let (change, expected) = (attributes.change(), attributes.expectation());
    let sent = registry.update_endpoint_guarded(id, &expected, &change, operation_id);
    match in_time(registry, sent).await? {
        Some(operation) => completed(operation, registry).await,
        None => Ok(Done::Before),
    }
}
