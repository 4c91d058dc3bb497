//! Attaches or detaches a rule on one Namespace, in one write, on the version of the Namespace that was checked.

use registry::{AttachmentRefused, OperationError, RegisteredNamespace, RegistryError};
use schema::name::NamespaceId;
use tfplugin::Diagnostic;

use super::consent::Consent;
use super::desired::{Desired, ExposureChange};
use super::exposure::{self, Subject};
use crate::account::Account;
use crate::diagnostics::failure;
use crate::wait::Wait;

/// The outcome of a write.
pub(crate) enum Outcome {
    /// The change is applied.
    Done,
    /// The registry accepted the change, and its result is not known; a warning.
    InProgress(Diagnostic),
    /// The change failed; an error.
    Failed(Diagnostic),
}

/// Why the change was not sent or not accepted.
enum Refused {
    Exposure(ExposureChange),
    Attachment(AttachmentRefused),
}

impl From<AttachmentRefused> for Refused {
    fn from(refused: AttachmentRefused) -> Self {
        Self::Attachment(refused)
    }
}

/// Applies `desired`. Whether the Namespace would be closed or opened to the internet is checked again, on its current rules.
pub(crate) async fn write(
    account: &Account,
    wait: &Wait<'_>,
    (subject, desired): (Subject<'_>, &Desired),
    consent: Consent,
) -> Outcome {
    // Concurrent writes of one process would only make each other's version outdated.
    let Some(_lock) = wait.read(account.lock_namespace(subject.namespace)).await else {
        let detail = format!(
            "{} Another change to them in this run was still in progress. No request was sent.",
            wait.reason()
        );
        return Outcome::Failed(Diagnostic::error(summary(subject.namespace), detail));
    };
    let decide = |now: &RegisteredNamespace| match desired.exposure_change(now) {
        Some(change) if exposure::refused(change, subject, consent).is_some() => {
            Err(Refused::Exposure(change))
        }
        _ => Ok(desired.change(now)),
    };
    let (registry, id) = (account.registry(), registry::new_operation_id());
    let sent = wait.answer(registry.change_attachments_with(subject.namespace, decide, &id)).await;
    account.invalidate_connectivity().await;
    match sent {
        None => Outcome::Failed(unanswered(subject.namespace, wait)),
        Some(Err(Refused::Attachment(AttachmentRefused::Registry(error))))
            if error.is_not_found() && matches!(desired, Desired::Detach { .. }) =>
        {
            Outcome::Done
        }
        Some(Err(refused)) => Outcome::Failed(explained(account, subject, desired, consent, refused)),
        Some(Ok(None)) => Outcome::Done,
        Some(Ok(Some(operation))) => match wait.finish(registry, operation).await {
            Ok(()) => Outcome::Done,
            Err(unfinished) => ended(subject.namespace, wait, &unfinished),
        },
    }
}

fn explained(
    account: &Account,
    subject: Subject<'_>,
    desired: &Desired,
    consent: Consent,
    refused: Refused,
) -> Diagnostic {
    let namespace = subject.namespace;
    match refused {
        Refused::Exposure(change) => {
            let error = exposure::refused(change, subject, consent);
            let mut error = error.unwrap_or_else(|| Diagnostic::error(summary(namespace), ""));
            error.detail.push_str(" No request was sent for it.");
            error
        }
        Refused::Attachment(AttachmentRefused::Registry(error)) => {
            registry_refused(account, namespace, desired, &error)
        }
        Refused::Attachment(other) => {
            let detail =
                format!("{}. No request was sent. Apply again.", failure::capitalized(&other.to_string()));
            Diagnostic::error(summary(namespace), detail)
        }
    }
}

fn registry_refused(
    account: &Account,
    namespace: &NamespaceId,
    desired: &Desired,
    error: &RegistryError,
) -> Diagnostic {
    let verb = if matches!(desired, Desired::Attach { .. }) { "attach to" } else { "detach from" };
    let mut detail = failure::explained(account.registry().address(), error);
    if error.is_permission_denied() {
        detail.push_str(&format!(" This requires Namespace Admin on `{namespace}`."));
    }
    if error.outcome_is_unknown() {
        detail.push_str(" If the change was made despite this error, the next plan shows it.");
    }
    Diagnostic::error(format!("cannot {verb} `{namespace}`"), detail)
}

fn unanswered(namespace: &NamespaceId, wait: &Wait<'_>) -> Diagnostic {
    let detail = format!(
        "{} The registry had not answered, so they may or may not have been changed. The next plan shows what is attached.",
        wait.reason()
    );
    Diagnostic::error(format!("no answer about the connectivity rules of `{namespace}`"), detail)
}

fn ended(namespace: &NamespaceId, wait: &Wait<'_>, unfinished: &OperationError) -> Outcome {
    match unfinished {
        OperationError::Failed { operation, state, reason, .. } => {
            let detail = format!(
                "The registry accepted the change, but operation `{operation}` ended in state {state}: {reason}. The previous \
                 attachments remain; the next apply retries."
            );
            Outcome::Failed(Diagnostic::error(summary(namespace), detail))
        }
        OperationError::OutcomeUnknown { source, .. } => {
            in_progress(namespace, &format!("The state of its operation could not be read: {source}."))
        }
        OperationError::TimedOut { .. } | OperationError::Cancelled { .. } => {
            in_progress(namespace, &wait.reason())
        }
    }
}

fn in_progress(namespace: &NamespaceId, reason: &str) -> Outcome {
    let detail = format!(
        "{reason} The registry accepted the change, which continues. The next plan shows the result."
    );
    Outcome::InProgress(Diagnostic::warning(
        format!("the connectivity rules of `{namespace}` are still being changed"),
        detail,
    ))
}

fn summary(namespace: &NamespaceId) -> String {
    format!("the connectivity rules of `{namespace}` could not be changed")
}
