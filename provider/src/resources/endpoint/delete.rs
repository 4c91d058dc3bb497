//! Deleting an Endpoint, if it did not change since the plan. Succeeds if it no longer exists.

use registry::{Expectation, Operation, OperationError, WriteRefused};
use tfplugin::{Answer, Context, DeleteRequest, Diagnostic};

use super::model::{self, CALLERS};
use super::{conflict, foreign_allowlist, not_found};
use crate::account::Account;
use crate::diagnostics::warnings;
use crate::timeouts;
use crate::wait::Wait;

/// Deletes the Endpoint, unless another instance manages it: the address may have changed without a `moved` block.
pub(super) async fn delete(cx: &Context, account: &Account, request: &DeleteRequest) -> Answer<()> {
    let prior = &request.prior;
    let objects = super::managed_objects(prior);
    let begun = account.claims().begin_deletion(&request.private, &objects, model::id(prior));
    let Some(_lock) = begun.await else { return Ok(()) };
    let (registry, title) = (account.registry(), model::title(prior));
    let wait = Wait::start(cx, prior, timeouts::Operation::Delete);
    let Some(sent) = wait.answer(send(cx, account, request)).await else {
        let detail = format!(
            "{} The registry had not answered, so the Endpoint may or may not have been deleted. It remains in the state; \
             destroy it again.",
            wait.reason()
        );
        return Err(Diagnostic::error(format!("no answer to the deletion of {title}"), detail).into());
    };
    let operation = match sent {
        Ok(operation) => operation,
        Err(WriteRefused::Gone(_)) => return Ok(not_found::check_account(account, prior).await?),
        Err(refusal) => {
            let object = (&*title, model::id(prior));
            return Err(conflict::refused("delete", object, registry.address(), &refusal).into());
        }
    };
    let finished = wait.finish(registry, operation).await;
    finished.map_err(|unfinished| unfinished_error(&title, &wait, &unfinished).into())
}

/// A changed description does not prevent the deletion. Callers that the plan did not warn about are reported here: Terraform
/// does not plan the destroy of a replacement separately, and callers may have been added since.
async fn send(cx: &Context, account: &Account, request: &DeleteRequest) -> Result<Operation, WriteRefused> {
    let prior = &request.prior;
    let (registry, id) = (account.registry(), model::id(prior));
    let writer = account.endpoints().writer(id).await;
    let now = registry.endpoint(id).await?.ok_or_else(|| WriteRefused::Gone(id.to_owned()))?;
    let expected = conflict::expectation(prior, &now, None, account.allowlists());
    let callers = expected.callers.map(|planned_on| writer.expected(&planned_on));
    let expected = Expectation { description: None, callers, ..expected };
    let warned = foreign_allowlist::warned(&request.private);
    let unwarned: Vec<_> = now.callers().into_iter().filter(|caller| !warned.contains(caller)).collect();
    let sent = registry.delete_endpoint_guarded(now, &expected, &registry::new_operation_id()).await?;
    if prior.get(CALLERS).is_null() && !unwarned.is_empty() {
        cx.report(warnings::destroy(&model::title(prior), &unwarned));
    }
    Ok(sent)
}

/// The Endpoint remains in the state until it is known to be deleted.
fn unfinished_error(title: &str, wait: &Wait<'_>, unfinished: &OperationError) -> Diagnostic {
    match unfinished {
        OperationError::Failed { operation, state, reason, .. } => {
            let detail =
                format!("Operation `{operation}` ended in state {state}: {reason}. It remains in the state.");
            Diagnostic::error(format!("{title} could not be deleted"), detail)
        }
        OperationError::TimedOut { operation, .. } | OperationError::Cancelled { operation, .. } => {
            let detail = format!(
                "{} The registry accepted the deletion, and operation `{operation}` continues. Destroy it again: if it was \
                 deleted by then, it is removed from the state.",
                wait.reason()
            );
            Diagnostic::error(format!("{title} is still being deleted"), detail)
        }
        OperationError::OutcomeUnknown { operation, source, .. } => {
            let detail = format!(
                "The registry accepted the deletion, but the state of operation `{operation}` could not be read: {source}. \
                 Destroy it again: if it was deleted by then, it is removed from the state."
            );
            Diagnostic::error(format!("cannot determine whether {title} was deleted"), detail)
        }
    }
}
