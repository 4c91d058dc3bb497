//! An Endpoint whose resource address changes without a `moved` block. With `create_before_destroy`, Terraform creates the new
//! one first, which cannot have the same name: the new address takes over the existing Endpoint, and it is not deleted.

use registry::{
    CallersChange, Description, DescriptionChange, EndpointChange, Expectation, NewEndpoint,
    RegisteredEndpoint, ResourceState, WriteRefused,
};
use tfplugin::{Answer, Context, Value};

use super::model::{self, CALLERS};
use super::{conflict, outcome};
use crate::account::Account;
use crate::claims::{Claim, InstanceId, ManagedObject, PlannedAction};
use crate::diagnostics::failure;
use crate::diagnostics::warnings;
use crate::wait::Wait;

/// Updates the Endpoint that another instance releases to the planned values, and returns the state; `None` if no instance
/// releases it, or if it is being deleted.
pub(super) async fn take_over(
    cx: &Context,
    account: &Account,
    (private, planned, new): (&[u8], &Value, &NewEndpoint),
    wait: &Wait<'_>,
) -> Answer<Option<Value>> {
    let (claims, registry) = (account.claims(), account.registry());
    let Some(instance) = InstanceId::of(private) else { return Ok(None) };
    let Ok(Some(known)) = registry.endpoint_named(&new.name).await else { return Ok(None) };
    // A concurrent deletion waits for the result.
    let _lock = claims.lock_object(known.id()).await;
    let Ok(Some(found)) = registry.endpoint(known.id()).await else { return Ok(None) };
    let cannot_take_over =
        found.state() == ResourceState::Deleting || found.description() == Description::Opaque;
    if cannot_take_over || claims.planned_action(found.id()) != PlannedAction::Release {
        return Ok(None);
    }
    let state = planned.clone().with("id", found.id());
    let Some(released) = claims.take_over(&instance, found.id(), super::managed_objects(&state)) else {
        return Ok(None);
    };
    let done = write(cx, account, (&released, found, new, planned), wait).await;
    if !matches!(done, Ok(true)) {
        claims.abandon_takeover(&instance);
    }
    Ok(done?.then_some(state))
}

/// Returns `false` if the Endpoint was deleted.
async fn write(
    cx: &Context,
    account: &Account,
    (released, found, new, planned): (&Claim, RegisteredEndpoint, &NewEndpoint, &Value),
    wait: &Wait<'_>,
) -> Answer<bool> {
    let (title, id, registry) = (model::title(planned), found.id().to_owned(), account.registry());
    let managed = released.before.iter().find_map(ManagedObject::callers);
    let change = EndpointChange {
        target: Some(new.target.clone()),
        description: Some(new.description.clone().map_or(DescriptionChange::Remove, DescriptionChange::Set)),
        // An allowlist that neither instance manages is not changed.
        callers: (managed.is_some() || !planned.get(CALLERS).is_null())
            .then(|| CallersChange::Replace(new.callers.clone())),
        ..EndpointChange::default()
    };
    // Callers that another client added since the plan are a conflict.
    let expected = Expectation { callers: managed.cloned(), ..Expectation::default() };
    let operation = registry::new_operation_id();
    let sent = wait.answer(registry.update_endpoint_guarded(found, &expected, &change, &operation)).await;
    let sent = match sent {
        None => return Err(outcome::unanswered(&title, wait).into()),
        Some(Err(WriteRefused::Gone(_))) => return Ok(false),
        Some(Err(refusal)) => {
            return Err(conflict::refused("update", (&title, &id), registry.address(), &refusal).into());
        }
        Some(Ok(sent)) => sent,
    };
    account.endpoints().note_write(&id);
    if let Some(operation) = sent
        && let Err(unfinished) = wait.finish(registry, operation).await
    {
        failure::raise(cx, outcome::unfinished(&title, wait, &unfinished))?;
    }
    cx.report(warnings::taken_over(&title, "Endpoint of a name"));
    Ok(true)
}
