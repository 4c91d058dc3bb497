//! Changing an Endpoint in place: only the attributes that the plan changes, and only if all that we manage is as it
//! was when the plan was made.

use registry::{Description, EndpointChange, Operation, RegisteredEndpoint, Unfinished, WriteRefused};
use tfplugin::{Answer, Context, Diagnostic, Value};

use super::change::Change;
use super::model::{self, DESCRIPTION, NAME};
use super::{conflict, plan};
use crate::account::Account;
use crate::timeouts;
use crate::wait::Wait;

/// Makes the Endpoint what is planned, and gives the state.
pub(super) async fn update(cx: &Context, account: &Account, prior: &Value, planned: Value) -> Answer<Value> {
    let change = Change { prior: Some(prior), planned: &planned }.for_registry()?;
    if change.is_empty() {
        return Ok(planned);
    }
    let wait = Wait::start(cx, &planned, timeouts::Operation::Update);
    let Some(sent) = wait.answer(send(account, prior, &change)).await else {
        return Err(unanswered(prior, &wait).into());
    };
    let sent = match sent {
        Ok(sent) => sent,
        Err(refusal) => return Err(explain(account, prior, &change, refusal).await.into()),
    };
    let Some(operation) = sent else { return Ok(planned) };
    match wait.finish(account.registry(), operation).await {
        Ok(()) => Ok(planned),
        Err(Unfinished::Failed { operation, state, reason, .. }) => {
            let detail = format!(
                "Operation `{operation}` ended as {state}: {reason}. The state keeps what was there before; plan again to see what is."
            );
            Err(Diagnostic::error(format!("{} could not be updated", model::title(prior)), detail).into())
        }
        Err(unfinished) => {
            cx.report(unfinished_warning(prior, &wait, &unfinished));
            Ok(planned)
        }
    }
}

/// Why nothing was changed.
enum Refusal {
    Write(WriteRefused),
    /// The description is to be changed, but what is there cannot be read.
    Unreadable,
}

impl<E: Into<WriteRefused>> From<E> for Refusal {
    fn from(error: E) -> Self {
        Self::Write(error.into())
    }
}

async fn send(
    account: &Account,
    prior: &Value,
    change: &EndpointChange,
) -> Result<Option<Operation>, Refusal> {
    let (registry, id) = (account.registry(), model::id(prior));
    let now = registry.endpoint(id).await.map_err(WriteRefused::from)?;
    let now: RegisteredEndpoint = now.ok_or_else(|| WriteRefused::Gone(id.to_owned()))?;
    if change.description.is_some() && now.description() == Description::Foreign {
        return Err(Refusal::Unreadable);
    }
    let expected = conflict::expectation(prior, &now);
    Ok(registry.update_endpoint_guarded(id, &expected, change, &registry::new_operation_id()).await?)
}

async fn explain(account: &Account, prior: &Value, change: &EndpointChange, refusal: Refusal) -> Diagnostic {
    let registry = account.registry();
    match refusal {
        Refusal::Unreadable => {
            let detail = "It is a payload in an encoding that the provider does not know, an encrypted one perhaps, and was left as it is. \
                          Leave `description` unchanged, or remove the description by the means that wrote it.";
            let summary = format!("the description of {} cannot be replaced", model::title(prior));
            Diagnostic::error(summary, detail).at(DESCRIPTION)
        }
        Refusal::Write(WriteRefused::Registry(error)) if error.is_already_exists() => {
            if let Some(name) = &change.name
                && let Ok(Some(found)) = registry.endpoint_named(name).await
            {
                return plan::taken_by_another(found.name(), found.id());
            }
            conflict::refused("update", prior, registry.address(), &error.into()).at(NAME)
        }
        Refusal::Write(refused) => conflict::refused("update", prior, registry.address(), &refused),
    }
}

fn unanswered(prior: &Value, wait: &Wait<'_>) -> Diagnostic {
    let detail = format!(
        "{} The registry had not answered by then, so it is not known whether it carries the update out. Plan again to see what is there.",
        wait.reason()
    );
    Diagnostic::error(format!("no answer to the update of {}", model::title(prior)), detail)
}

fn unfinished_warning(prior: &Value, wait: &Wait<'_>, unfinished: &Unfinished) -> Diagnostic {
    let reason = match unfinished {
        Unfinished::Lost { source, .. } => format!("The state of its operation could not be read: {source}."),
        _ => wait.reason(),
    };
    let detail = format!(
        "{reason} The registry accepted the update and goes on with it. The next plan shows how it turned out."
    );
    Diagnostic::warning(format!("{} is still being updated", model::title(prior)), detail)
}
