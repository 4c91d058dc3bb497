//! An Endpoint that gets another address without a `moved` block. With `create_before_destroy` Terraform deletes it only after
//! the new one is there, which cannot have the same name: the new resource takes it over, and it is not deleted.

use registry::{
    CallersChange, Description, DescriptionChange, EndpointChange, Expectation, NewEndpoint,
    RegisteredEndpoint, ResourceState, WriteRefused,
};
use tfplugin::{Answer, Context, Value};

use super::model::{self, CALLERS};
use super::{conflict, outcome};
use crate::account::Account;
use crate::claims::{Holder, Object, Prospect, Standing};
use crate::diagnostics::failure;
use crate::diagnostics::warnings;
use crate::wait::Wait;

/// Makes what another instance gives up what is planned here, and gives the state; `None` where nobody gives it up, or where
/// it is being deleted already.
pub(super) async fn take_over(
    cx: &Context,
    account: &Account,
    (private, planned, new): (&[u8], &Value, &NewEndpoint),
    wait: &Wait<'_>,
) -> Answer<Option<Value>> {
    let (claims, registry) = (account.claims(), account.registry());
    let Some(holder) = Holder::of(private) else { return Ok(None) };
    let Ok(Some(known)) = registry.endpoint_named(&new.name).await else { return Ok(None) };
    // A deletion that begins meanwhile waits for what becomes of this.
    let _turn = claims.hand_over(known.id()).await;
    let Ok(Some(found)) = registry.endpoint(known.id()).await else { return Ok(None) };
    let may_not = found.state() == ResourceState::Deleting || found.description() == Description::Foreign;
    if may_not || claims.prospect(found.id()) != Prospect::Leaving {
        return Ok(None);
    }
    let state = planned.clone().with("id", found.id());
    let Some(given_up) = claims.take_over(&holder, found.id(), super::objects(&state)) else {
        return Ok(None);
    };
    let done = write(cx, account, (&given_up, found, new, planned), wait).await;
    if !matches!(done, Ok(true)) {
        claims.leave(&holder);
    }
    Ok(done?.then_some(state))
}

/// Gives whether it is what is planned; it is not where somebody else deleted it.
async fn write(
    cx: &Context,
    account: &Account,
    (given_up, found, new, planned): (&Standing, RegisteredEndpoint, &NewEndpoint, &Value),
    wait: &Wait<'_>,
) -> Answer<bool> {
    let (title, id, registry) = (model::title(planned), found.id().to_owned(), account.registry());
    let kept = given_up.before.iter().find_map(Object::callers);
    let change = EndpointChange {
        name: None,
        target: Some(new.target.clone()),
        description: Some(new.description.clone().map_or(DescriptionChange::Remove, DescriptionChange::Set)),
        // A list that neither of the two keeps is others'.
        callers: (kept.is_some() || !planned.get(CALLERS).is_null())
            .then(|| CallersChange::Whole(new.callers.clone())),
    };
    // Whom somebody else allowed since the plan was made is not cut off.
    let expected = Expectation { callers: kept.cloned(), ..Expectation::default() };
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
