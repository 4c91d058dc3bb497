//! The facts of an account once the operations on what a policy manages have ended.

use super::{ParsedPolicy, PipelineError};
use crate::facts::{self, Credential, Facts};
use crate::policy::Policy;
use registry::{RegisteredEndpoint, Registry};
use std::collections::BTreeSet;
use std::future::pending;
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// How long to wait before an Endpoint is read again whose operation the registry does not name.
const PAUSE: Duration = Duration::from_secs(1);

/// The account's facts. Operations in progress on Endpoints that the policy names are awaited, at most as long as any
/// operation is: what has not ended by then is reported with its state. `progress` gets a line before that.
pub(super) async fn facts(
    parsed: &ParsedPolicy,
    registry: &Registry,
    credential: Option<&Credential>,
    mut progress: impl FnMut(&str),
) -> Result<Facts, PipelineError> {
    let mut facts = facts::facts(registry, credential).await?;
    if !all(&facts).any(is_busy) {
        return Ok(facts);
    }
    let (policy, _) = parsed.compile(Some(&facts));
    let named = named(&policy);
    let deadline = Instant::now() + registry.retry_policy().operation_timeout;
    while Instant::now() < deadline {
        let busy: Vec<_> = all(&facts).filter(|it| is_busy(it) && named.contains(it.name())).collect();
        if busy.is_empty() {
            break;
        }
        for endpoint in busy {
            progress(&format!("waiting for endpoint {} ({})", endpoint.name(), endpoint.state().word()));
            await_end(endpoint, registry, deadline).await?;
        }
        facts = facts::facts(registry, credential).await?;
    }
    Ok(facts)
}

fn all(facts: &Facts) -> impl Iterator<Item = &RegisteredEndpoint> {
    facts.endpoints.values().chain(facts.deleting.values())
}

fn is_busy(endpoint: &RegisteredEndpoint) -> bool {
    endpoint.state().is_in_progress()
}

/// The names of the Endpoints that a policy changes or needs the names of.
fn named(policy: &Policy) -> BTreeSet<String> {
    let declared = policy.endpoints.values();
    let old = declared.clone().filter_map(|it| it.renamed_from.as_ref()).map(|used| used.id.to_string());
    let granted = policy.allowlists.keys().map(ToString::to_string);
    declared.map(|it| it.name.to_string()).chain(old).chain(granted).collect()
}

/// Waits for the operation on an Endpoint. How it ends is read from the Endpoint afterwards.
async fn await_end(
    endpoint: &RegisteredEndpoint,
    registry: &Registry,
    deadline: Instant,
) -> Result<(), PipelineError> {
    let left = deadline.saturating_duration_since(Instant::now());
    let Some(id) = endpoint.operation_id() else {
        sleep(PAUSE.min(left)).await;
        return Ok(());
    };
    let operation = registry.operation(id).await?;
    if operation.state.is_terminal() {
        sleep(PAUSE.min(left)).await;
    } else {
        let _ = registry.await_operation(operation, left, pending()).await;
    }
    Ok(())
}
