//! Creating an Endpoint. Once the registry has accepted the request, the id is always saved to the state.

use std::collections::BTreeSet;

use registry::{AcceptedEndpoint, OperationError, Problem, RegistryError};
use schema::name::EndpointName;
use tfplugin::{Answer, Context, CreateRequest, Diagnostic, Stored, Value};
use tokio::time::{Instant, sleep};

use super::{foreign_allowlist, model, plan, takeover};
use crate::account::Account;
use crate::claims::{POLL_INTERVAL, PlannedAction, RELEASE_TIMEOUT, TAKEOVER_AFTER};
use crate::diagnostics::failure;
use crate::timeouts::Operation;
use crate::wait::Wait;

/// Creates the Endpoint, and returns the state.
pub(super) async fn create(cx: &Context, account: &Account, request: CreateRequest) -> Answer<Stored> {
    let CreateRequest { planned, private, .. } = request;
    let (registry, new) = (account.registry(), model::new(&planned, account)?);
    // The same id for every retry, so that the registry recognizes a repeated request.
    let operation = registry::new_operation_id();
    let wait = Wait::start(cx, &planned, Operation::Create);
    let mut first_conflict = None;
    let accepted = loop {
        match wait.answer(registry.create_endpoint(&new, &operation)).await {
            Some(Ok(accepted)) => break accepted,
            Some(Err(error)) if error.is_already_exists() => {
                let waited = first_conflict.get_or_insert_with(Instant::now).elapsed();
                if waited >= TAKEOVER_AFTER
                    && let Some(state) =
                        takeover::take_over(cx, account, (&private, &planned, &new), &wait).await?
                {
                    return Ok(foreign_allowlist::remember(state, BTreeSet::new()));
                }
                if waited >= RELEASE_TIMEOUT
                    || !name_is_being_released(account, &wait, (&new.name, None), &error).await
                {
                    return Err(refused(account, &new.name, error).await.into());
                }
            }
            Some(Err(error)) => return Err(refused(account, &new.name, error).await.into()),
            None => return Err(unanswered(&planned, &wait).into()),
        }
    };
    let AcceptedEndpoint { endpoint_id, operation } = accepted;
    account.endpoints().note_write(&endpoint_id);
    let state = planned.with("id", endpoint_id);
    if let Err(unfinished) = wait.finish(registry, operation).await {
        cx.report(outcome(&state, &wait, &unfinished));
    }
    // An allowlist that is not managed starts empty.
    Ok(foreign_allowlist::remember(state, BTreeSet::new()))
}

/// Whether this run destroys or renames the Endpoint that has the name. If so, waits for the poll interval first.
/// Two Endpoints that swap their names do not wait for each other: `current` is the name of the one that is renamed.
pub(super) async fn name_is_being_released(
    account: &Account,
    wait: &Wait<'_>,
    (name, current): (&EndpointName, Option<&str>),
    error: &RegistryError,
) -> bool {
    if !error.is_already_exists() {
        return false;
    }
    match account.registry().endpoint_named(name).await {
        Ok(Some(found))
            if current.is_some() && account.claims().planned_name(found.id()).as_deref() == current =>
        {
            false
        }
        Ok(Some(found)) if account.claims().planned_action(found.id()) == PlannedAction::Release => {
            wait.read(sleep(POLL_INTERVAL)).await.is_some()
        }
        // It was released between the two requests.
        Ok(None) => wait.read(sleep(POLL_INTERVAL)).await.is_some(),
        _ => false,
    }
}

async fn refused(account: &Account, name: &EndpointName, error: RegistryError) -> Diagnostic {
    let address = account.registry().address();
    // The last retry may have come too late to be sent.
    if (error.is_already_exists() || matches!(error.problem(), Problem::NotSent))
        && let Ok(Some(found)) = account.registry().endpoint_named(name).await
    {
        return match account.claims().planned_action(found.id()) {
            PlannedAction::Replace => plan::replaced(found.name(), found.id()),
            _ => plan::taken(found.name(), found.id()),
        };
    }
    let mut diagnostic = failure::diagnostic(address, &error);
    if error.is_permission_denied() {
        diagnostic.detail.push_str(
            " Creating an Endpoint requires the account role Developer or higher, and Namespace Admin on \
                                    its target.",
        );
    }
    if error.outcome_is_unknown() {
        diagnostic.detail.push_str(
            " If the registry created it despite this error, the next plan shows its id and how to import \
                                    it.",
        );
    }
    diagnostic
}

fn unanswered(planned: &Value, wait: &Wait<'_>) -> Diagnostic {
    let detail = format!(
        "{} The registry had not answered, so the Endpoint may have been created. If so, the next plan shows its id and how to \
         import it.",
        wait.reason()
    );
    Diagnostic::error(format!("no answer to the creation of {}", model::title(planned)), detail)
}

/// A failed operation is an error, which taints the Endpoint; a wait that ended early is a warning.
fn outcome(state: &Value, wait: &Wait<'_>, unfinished: &OperationError) -> Diagnostic {
    let (title, id) = (model::title(state), model::id(state));
    let in_state = format!("The Endpoint was saved to the state with its id `{id}`");
    match unfinished {
        OperationError::Failed { operation, state, reason, .. } => {
            let detail = format!(
                "The registry accepted the request, but operation `{operation}` ended in state {state}: {reason}. {in_state}, \
                 and the next apply replaces it."
            );
            Diagnostic::error(format!("{title} could not be created"), detail)
        }
        OperationError::TimedOut { operation, .. } | OperationError::Cancelled { operation, .. } => {
            let detail = format!(
                "{} The registry accepted the request, and operation `{operation}` continues. {in_state}; the next plan shows \
                 the result.",
                wait.reason()
            );
            Diagnostic::warning(format!("{title} is still being created"), detail)
        }
        OperationError::OutcomeUnknown { operation, source, .. } => {
            let detail = format!(
                "The registry accepted the request, but the state of operation `{operation}` could not be read: {source}. \
                 {in_state}; the next plan shows the result."
            );
            Diagnostic::warning(format!("cannot determine whether {title} is ready"), detail)
        }
    }
}
