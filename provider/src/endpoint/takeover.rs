//! An Endpoint that gets another address without a `moved` block. With `create_before_destroy` Terraform deletes it only after
//! the new one is there, which cannot have the same name: the new resource takes it over, and it is not deleted.

use registry::{
    CallersChange, DescriptionChange, EndpointChange, Expectation, NewEndpoint, RegisteredEndpoint,
};
use tfplugin::{Answer, Context, Diagnostic, Severity, Value};

use super::model::{self, CALLERS};
use super::{conflict, outcome};
use crate::account::Account;
use crate::claims::{Holder, Object, Standing};
use crate::wait::Wait;

/// Makes what another instance gives up what is planned here, and gives the state; `None` where nobody gives it up, or where
/// it is being deleted already.
pub(super) async fn take_over(
    cx: &Context,
    account: &Account,
    (private, planned, new): (&[u8], &Value, &NewEndpoint),
    wait: &Wait<'_>,
) -> Answer<Option<Value>> {
    let Ok(Some(found)) = account.registry().endpoint_named(&new.name).await else { return Ok(None) };
    let Some(holder) = Holder::of(private) else { return Ok(None) };
    let state = planned.clone().with("id", found.id());
    let claims = account.claims();
    let Some(given_up) = claims.take_over(&holder, found.id(), super::objects(&state)) else {
        return Ok(None);
    };
    let done = write(cx, account, (&given_up, found, new, planned), wait).await;
    if done.is_err() {
        claims.leave(&holder);
    }
    done.map(|()| Some(state))
}

async fn write(
    cx: &Context,
    account: &Account,
    (given_up, found, new, planned): (&Standing, RegisteredEndpoint, &NewEndpoint, &Value),
    wait: &Wait<'_>,
) -> Answer<()> {
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
    let Some(sent) = sent else { return Err(outcome::unanswered(&title, wait).into()) };
    let sent =
        sent.map_err(|refusal| conflict::refused("update", (&title, &id), registry.address(), &refusal))?;
    account.endpoints().note_write(&id);
    cx.report(goes_on(&title));
    let Some(operation) = sent else { return Ok(()) };
    let Err(unfinished) = wait.finish(registry, operation).await else { return Ok(()) };
    let told = outcome::unfinished(&title, wait, &unfinished);
    match told.severity {
        Severity::Error => Err(told.into()),
        Severity::Warning => {
            cx.report(told);
            Ok(())
        }
    }
}

fn goes_on(title: &str) -> Diagnostic {
    let detail = "The plan has it destroyed under one address and created under another, in this order: `create_before_destroy` is set on \
                  either, or on a resource that depends on it. An account has one Endpoint of a name, so the Endpoint that is there was \
                  taken over and is not destroyed. Where a resource changes its address, a `moved` block says so at plan.";
    Diagnostic::warning(format!("{title} goes on under its new address"), detail)
}
