//! Applies a plan: renames one by one in the plan's order, then all other Endpoints concurrently, then connectivity. A failure
//! does not stop the other changes, and nothing that was changed elsewhere since the plan was created is overwritten.

mod connectivity;

use crate::plan::{Attachment, Attributes, Change, Plan, Rule};
use futures_util::StreamExt;
use futures_util::stream;
use registry::{AttachmentRefused, NewEndpoint, OperationError, Registry, RegistryError, WriteRefused};
use schema::backend::Backend;
use std::future::pending;
use thiserror::Error;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// Temporal Cloud allows an account ten concurrent asynchronous operations; some are left to other clients.
const AT_ONCE: usize = 8;

/// Why a change failed, or may have failed.
#[derive(Debug, Error)]
pub enum ApplyError {
    /// The registry returned the creation of an earlier run of the same plan.
    #[error("an earlier run of this plan created it, and it was deleted since")]
    Deleted,
    /// The plan attaches a rule that does not exist or whose creation failed.
    #[error("no connectivity rule for {0}")]
    NoRule(String),
    /// Attaching or detaching was refused.
    #[error(transparent)]
    Attachment(#[from] AttachmentRefused),
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
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Done {
    /// By this run.
    Now,
    /// Already as planned.
    Before,
}

/// Applies a plan. Calls `progress` after each change.
pub async fn apply<'p>(
    plan: &'p Plan,
    registry: &Registry,
    mut progress: impl FnMut(&Outcome<'p>),
) -> Vec<Outcome<'p>> {
    let mut outcomes = Vec::with_capacity(plan.len());
    let (renames, rest): (Vec<_>, Vec<_>) = plan.changes.iter().partition(|change| change.rename().is_some());
    for change in renames {
        let outcome = carry_out(plan, change, registry).await;
        progress(&outcome);
        outcomes.push(outcome);
    }
    let mut running =
        stream::iter(rest).map(|change| carry_out(plan, change, registry)).buffer_unordered(AT_ONCE);
    while let Some(outcome) = running.next().await {
        progress(&outcome);
        outcomes.push(outcome);
    }
    drop(running);
    connectivity::apply(plan, registry, |outcome| {
        progress(&outcome);
        outcomes.push(outcome);
    })
    .await;
    outcomes
}

async fn carry_out<'p>(plan: &Plan, change: &'p Change, registry: &Registry) -> Outcome<'p> {
    let operation_id = plan.operation_id(change);
    let result = match change {
        Change::Create { .. } => create(change, registry, &operation_id).await,
        Change::Update { id, attributes, .. } => update(id, attributes, registry, &operation_id).await,
    };
    Outcome { step: Step::Endpoint(change), result }
}

/// Sends a write, with the timeout of an operation.
async fn in_time<T>(registry: &Registry, write: impl Future<Output = T>) -> T {
    let deadline = Instant::now() + registry.retry_policy().operation_timeout;
    registry::with_deadline(deadline, &CancellationToken::new(), write).await
}

async fn create(change: &Change, registry: &Registry, operation_id: &str) -> Result<Done, ApplyError> {
    let Some(new) = change.new_endpoint() else { return Ok(Done::Before) };
    let accepted = match in_time(registry, registry.create_endpoint(&new, operation_id)).await {
        Err(error) if error.is_already_exists() && registry.backend() == Backend::SelfHosted => {
            return created_before(&new, registry, error).await;
        }
        accepted => accepted?,
    };
    // A completed operation may be that of an earlier run.
    let may_be_old = accepted.operation.state.is_terminal() && registry.backend() == Backend::Cloud;
    registry
        .await_operation(accepted.operation, registry.retry_policy().operation_timeout, pending())
        .await?;
    if may_be_old && registry.endpoint(&accepted.endpoint_id).await?.is_none() {
        return Err(ApplyError::Deleted);
    }
    Ok(Done::Now)
}

/// Self-hosted Temporal has no operation ids to recognise a plan that is applied again: an Endpoint that is as planned counts
/// as created before.
async fn created_before(
    new: &NewEndpoint,
    registry: &Registry,
    refused: RegistryError,
) -> Result<Done, ApplyError> {
    let found = registry.endpoint_named(&new.name).await?;
    let as_planned = found.is_some_and(|found| {
        found.target().is(&new.target) && found.description().text() == new.description.as_deref()
    });
    if as_planned { Ok(Done::Before) } else { Err(refused.into()) }
}

async fn update(
    id: &str,
    attributes: &Attributes,
    registry: &Registry,
    operation_id: &str,
) -> Result<Done, ApplyError> {
    let (change, expected) = (attributes.change(), attributes.expectation());
    let sent = registry.update_endpoint_guarded(id, &expected, &change, operation_id);
    match in_time(registry, sent).await? {
        Some(operation) => {
            let limit = registry.retry_policy().operation_timeout;
            Ok(registry.await_operation(operation, limit, pending()).await.map(|()| Done::Now)?)
        }
        None => Ok(Done::Before),
    }
}
