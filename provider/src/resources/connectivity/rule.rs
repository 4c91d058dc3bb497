//! Creating and deleting connectivity rules, which cannot be updated.

use std::time::Duration;

use registry::{Operation, OperationError, Problem, RegistryError, RuleKind};
use schema::name::NamespaceId;
use tfplugin::{Answer, Diagnostic};
use tokio::time::{Instant, sleep};

use super::apply::{self, Outcome};
use super::consent::Consent;
use super::desired::Desired;
use super::exposure::Subject;
use super::list;
use crate::account::Account;
use crate::diagnostics::failure;
use crate::wait::Wait;

/// How long a deletion waits for the rule to be detached, for example by a resource that is destroyed in the same run.
const DETACH_TIMEOUT: Duration = Duration::from_secs(30);
const POLL_INTERVAL: Duration = Duration::from_millis(500);

const NEEDS_ADMIN: &str =
    " Creating and deleting connectivity rules requires the account role Global Admin or Owner.";

/// A rule whose creation the registry has accepted.
pub(crate) struct Created {
    pub(crate) id: String,
    pub(crate) unfinished: Option<OperationError>,
}

/// Creates a rule. Once the registry has accepted the request, the id is always returned.
pub(crate) async fn create(
    account: &Account,
    wait: &Wait<'_>,
    (title, kind): (&str, &RuleKind),
) -> Result<Created, CreateError> {
    let registry = account.registry();
    // The same id for every retry, so that the registry recognizes a repeated request.
    let operation = registry::new_operation_id();
    let sent = wait.answer(registry.create_connectivity_rule(kind, &operation)).await;
    account.invalidate_connectivity().await;
    let accepted = match sent {
        Some(Ok(accepted)) => accepted,
        Some(Err(error)) if error.is_already_exists() => return Err(CreateError::Exists(error)),
        Some(Err(error)) => return Err(CreateError::Other(refused(account, &error))),
        None => return Err(CreateError::Other(unanswered(title, wait))),
    };
    let unfinished = wait.finish(registry, accepted.operation).await.err();
    Ok(Created { id: accepted.rule_id, unfinished })
}

/// Why no rule was created.
pub(crate) enum CreateError {
    /// The account has a rule for the same connection.
    Exists(RegistryError),
    /// Any other error.
    Other(Diagnostic),
}

/// The diagnostic for a new rule that is not ready: an error, which taints it, if it failed, otherwise a warning.
pub(crate) fn outcome(title: &str, id: &str, wait: &Wait<'_>, unfinished: &OperationError) -> Diagnostic {
    let in_state = format!("It was saved to the state with its id `{id}`");
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
        OperationError::OutcomeUnknown { source, .. } => {
            let detail = format!(
                "The registry accepted the request, but the state of its operation could not be read: {source}. {in_state}; the \
                 next plan shows the result."
            );
            Diagnostic::warning(format!("cannot determine whether {title} is ready"), detail)
        }
    }
}

/// Detaches a rule that is about to be deleted from the Namespaces from which other resources of the plan detach it: in a
/// replacement they attach the new rule, which is possible only after the deletion.
pub(crate) async fn detach_for_others(
    account: &Account,
    wait: &Wait<'_>,
    id: &str,
    private: &[u8],
) -> Answer<()> {
    let released = account.claims().detached_by_others(private, id);
    if released.is_empty() {
        return Ok(());
    }
    let attached = attached_to(account, id).await;
    for namespace in attached.iter().filter(|namespace| released.contains(*namespace)) {
        let Ok(namespace) = namespace.parse::<NamespaceId>() else { continue };
        // The instances that detach the rule decide whether the Namespace may be opened.
        let reopen = account.claims().allows_reopening(&namespace.to_string(), private);
        let consent = Consent { keep_public: false, lockout: true, reopen };
        let desired = Desired::Detach { rule: id.to_owned(), public_too: false };
        let subject = Subject { namespace: &namespace, admits: None, destroys: true };
        if let Outcome::Failed(error) = apply::write(account, wait, (subject, &desired), consent).await {
            return Err(error.into());
        }
    }
    Ok(())
}

/// Deletes a rule. Succeeds if it no longer exists; waits a moment if it is still attached.
pub(crate) async fn delete(account: &Account, wait: &Wait<'_>, (title, id): (&str, &str)) -> Answer<()> {
    let registry = account.registry();
    let sent = wait.answer(send(account, id)).await;
    account.invalidate_connectivity().await;
    let operation = match sent {
        Some(Ok(Some(operation))) => operation,
        Some(Ok(None)) => return Ok(()),
        Some(Err(error)) => return Err(not_deleted(account, (title, id), &error).await.into()),
        None => {
            let attached = attached_to(account, id).await;
            return Err(unknown_result(title, wait, &attached).into());
        }
    };
    let finished = wait.finish(registry, operation).await;
    finished.map_err(|unfinished| not_finished(title, wait, &unfinished).into())
}

async fn send(account: &Account, id: &str) -> Result<Option<Operation>, RegistryError> {
    let (registry, operation, started) = (account.registry(), registry::new_operation_id(), Instant::now());
    loop {
        let Some(rule) = registry.connectivity_rule(id).await? else { return Ok(None) };
        match registry.delete_connectivity_rule(id, rule.resource_version(), &operation).await {
            Err(error) if is_in_use(&error) && started.elapsed() < DETACH_TIMEOUT => {
                sleep(POLL_INTERVAL).await
            }
            sent => return sent,
        }
    }
}

fn is_in_use(error: &RegistryError) -> bool {
    matches!(error.problem(), Problem::FailedPrecondition(_) | Problem::Aborted(_))
}

/// The Namespaces that a rule is attached to and that the API key may read.
pub(crate) async fn attached_to(account: &Account, id: &str) -> Vec<String> {
    let Ok(namespaces) = account.namespaces().await else { return Vec::new() };
    let attached = namespaces.iter().filter(|(_, namespace)| namespace.rules.contains(id));
    attached.map(|(namespace, _)| namespace.to_string()).collect()
}

async fn not_deleted(account: &Account, (title, id): (&str, &str), error: &RegistryError) -> Diagnostic {
    let attached = attached_to(account, id).await;
    // The last retry may have come too late to be sent.
    let may_be_in_use = is_in_use(error) || matches!(error.problem(), Problem::NotSent);
    if may_be_in_use && !attached.is_empty() {
        return in_use(title, &attached);
    }
    refused(account, error)
}

fn in_use(title: &str, attached: &[String]) -> Diagnostic {
    let detail = format!(
        "The registry deletes a rule only when it is attached to no Namespace. It is attached to {}. Detach it there, then \
         destroy it again. In this configuration, resources that attach the rule should refer to this resource, so that \
         Terraform destroys them first.",
        list(attached)
    );
    Diagnostic::error(format!("{title} is still attached"), detail)
}

fn refused(account: &Account, error: &RegistryError) -> Diagnostic {
    let mut diagnostic = failure::diagnostic(account.registry().address(), error);
    if error.is_permission_denied() {
        diagnostic.detail.push_str(NEEDS_ADMIN);
    }
    diagnostic
}

fn unanswered(title: &str, wait: &Wait<'_>) -> Diagnostic {
    let detail = format!(
        "{} The registry had not answered, so the rule may have been created. If so, the next plan shows its id and how to \
         import it.",
        wait.reason()
    );
    Diagnostic::error(format!("no answer to the creation of {title}"), detail)
}

fn unknown_result(title: &str, wait: &Wait<'_>, attached: &[String]) -> Diagnostic {
    if !attached.is_empty() {
        return in_use(title, attached);
    }
    let detail = format!("{} It remains in the state; destroy it again.", wait.reason());
    Diagnostic::error(format!("cannot determine whether {title} was deleted"), detail)
}

/// The rule remains in the state until it is known to be deleted.
fn not_finished(title: &str, wait: &Wait<'_>, unfinished: &OperationError) -> Diagnostic {
    match unfinished {
        OperationError::Failed { operation, state, reason, .. } => {
            let detail =
                format!("Operation `{operation}` ended in state {state}: {reason}. It remains in the state.");
            Diagnostic::error(format!("{title} could not be deleted"), detail)
        }
        OperationError::OutcomeUnknown { source, .. } => {
            let detail = format!(
                "The registry accepted the deletion, but the state of its operation could not be read: {source}. Destroy it \
                 again."
            );
            Diagnostic::error(format!("cannot determine whether {title} was deleted"), detail)
        }
        OperationError::TimedOut { .. } | OperationError::Cancelled { .. } => {
            let detail = format!(
                "{} The registry accepted the deletion, which continues. Destroy it again: if it was deleted by then, it is \
                 removed from the state.",
                wait.reason()
            );
            Diagnostic::error(format!("{title} is still being deleted"), detail)
        }
    }
}
