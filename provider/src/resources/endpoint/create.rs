//! Creating an Endpoint. Once the registry has accepted it, its id reaches the state whatever happens then.

use std::collections::BTreeSet;

use registry::{Accepted, Problem, RegistryError, Unfinished};
use schema::name::EndpointName;
use tfplugin::{Answer, Context, CreateRequest, Diagnostic, Stored, Value};
use tokio::time::{Instant, sleep};

use super::{foreign_allowlist, model, plan, takeover};
use crate::account::Account;
use crate::claims::{FREED_WITHIN, LEFT_WITHIN, LOOK_AGAIN, Prospect};
use crate::diagnostics::failure;
use crate::timeouts::Operation;
use crate::wait::Wait;

/// Creates what is planned, and gives the state.
pub(super) async fn create(cx: &Context, account: &Account, request: CreateRequest) -> Answer<Stored> {
    let CreateRequest { planned, private, .. } = request;
    let (registry, new) = (account.registry(), model::new(&planned, account)?);
    // Chosen before the call: sent again after a broken connection, it is the same creation to the registry.
    let operation = registry::new_operation_id();
    let wait = Wait::start(cx, &planned, Operation::Create);
    let mut met = None;
    let accepted = loop {
        match wait.answer(registry.create_endpoint(&new, &operation)).await {
            Some(Ok(accepted)) => break accepted,
            Some(Err(error)) if error.is_already_exists() => {
                let waited = met.get_or_insert_with(Instant::now).elapsed();
                if waited >= LEFT_WITHIN
                    && let Some(state) =
                        takeover::take_over(cx, account, (&private, &planned, &new), &wait).await?
                {
                    return Ok(foreign_allowlist::beside(state, BTreeSet::new()));
                }
                if waited >= FREED_WITHIN || !frees_its_name(account, &wait, &new.name, &error).await {
                    return Err(refused(account, &new.name, error).await.into());
                }
            }
            Some(Err(error)) => return Err(refused(account, &new.name, error).await.into()),
            None => return Err(unanswered(&planned, &wait).into()),
        }
    };
    let Accepted { endpoint_id, operation } = accepted;
    account.endpoints().note_write(&endpoint_id);
    let state = planned.with("id", endpoint_id);
    if let Err(unfinished) = wait.finish(registry, operation).await {
        cx.report(outcome(&state, &wait, &unfinished));
    }
    // An allowlist that is left to others starts empty.
    Ok(foreign_allowlist::beside(state, BTreeSet::new()))
}

/// Whether the name is taken by an Endpoint that this run destroys or renames. Then a moment has passed.
pub(super) async fn frees_its_name(
    account: &Account,
    wait: &Wait<'_>,
    name: &EndpointName,
    error: &RegistryError,
) -> bool {
    if !error.is_already_exists() {
        return false;
    }
    match account.registry().endpoint_named(name).await {
        Ok(Some(found)) if account.claims().prospect(found.id()) == Prospect::Leaving => {
            wait.read(sleep(LOOK_AGAIN)).await.is_some()
        }
        // It was freed between the two calls.
        Ok(None) => wait.read(sleep(LOOK_AGAIN)).await.is_some(),
        _ => false,
    }
}

async fn refused(account: &Account, name: &EndpointName, error: RegistryError) -> Diagnostic {
    let address = account.registry().address();
    // The last of several tries may have come too late to be sent.
    if (error.is_already_exists() || matches!(error.problem(), Problem::NotSent))
        && let Ok(Some(found)) = account.registry().endpoint_named(name).await
    {
        return match account.claims().prospect(found.id()) {
            Prospect::Replaced => plan::replaced(found.name(), found.id()),
            _ => plan::taken(found.name(), found.id()),
        };
    }
    let mut diagnostic = failure::diagnostic(address, &error);
    if error.is_permission_denied() {
        diagnostic.detail.push_str(" Creating an Endpoint needs the account role Developer or higher, and Namespace Admin on its target.");
    }
    if error.leaves_open() {
        diagnostic.detail.push_str(" Should the registry have created it all the same, the next plan names its id and how to import it.");
    }
    diagnostic
}

fn unanswered(planned: &Value, wait: &Wait<'_>) -> Diagnostic {
    let detail = format!(
        "{} The registry had not answered by then, so it is not known whether it creates the Endpoint. If it does, the next plan names its \
         id and how to import it.",
        wait.reason()
    );
    Diagnostic::error(format!("no answer to the creation of {}", model::title(planned)), detail)
}

/// An operation that ended badly taints the Endpoint; a wait that ended early does not.
fn outcome(state: &Value, wait: &Wait<'_>, unfinished: &Unfinished) -> Diagnostic {
    let (title, id) = (model::title(state), model::id(state));
    let in_state = format!("The Endpoint is in the state with its id `{id}`");
    match unfinished {
        Unfinished::Failed { operation, state, reason, .. } => {
            let detail = format!(
                "The registry accepted it, but operation `{operation}` ended as {state}: {reason}. {in_state}, and the next apply \
                 replaces it."
            );
            Diagnostic::error(format!("{title} could not be created"), detail)
        }
        Unfinished::TimedOut { operation, .. } | Unfinished::Cancelled { operation, .. } => {
            let detail = format!(
                "{} The registry accepted it and goes on with operation `{operation}`. {in_state}; the next plan shows how it turned out.",
                wait.reason()
            );
            Diagnostic::warning(format!("{title} is still being created"), detail)
        }
        Unfinished::Lost { operation, source, .. } => {
            let detail = format!(
                "The registry accepted it, then the state of operation `{operation}` could not be read: {source}. {in_state}; the next \
                 plan shows how it turned out."
            );
            Diagnostic::warning(format!("it is not known whether {title} is ready"), detail)
        }
    }
}
