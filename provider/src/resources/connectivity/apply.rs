//! Carries a wish out on one Namespace: in one write, on the version that it was judged on.

use registry::{AttachmentRefused, RegisteredNamespace, RegistryError, Unfinished};
use schema::name::NamespaceId;
use tfplugin::Diagnostic;

use super::consent::Consent;
use super::desired::{Turn, Wish};
use super::exposure::{self, Subject};
use crate::account::Account;
use crate::diagnostics::failure;
use crate::wait::Wait;

/// How it ended.
pub(crate) enum End {
    /// As wished.
    Done,
    /// Accepted by the registry, which goes on with it or does not tell how it ended. A warning.
    Going(Diagnostic),
    /// Nothing is known to have changed. An error.
    Failed(Diagnostic),
}

/// Why nothing was sent, or not accepted.
enum Refused {
    Turn(Turn),
    Attachment(AttachmentRefused),
}

impl From<AttachmentRefused> for Refused {
    fn from(refused: AttachmentRefused) -> Self {
        Self::Attachment(refused)
    }
}

/// Carries it out. Whether the internet loses or gets its way is judged again, on what is there now.
pub(crate) async fn carry_out(
    account: &Account,
    wait: &Wait<'_>,
    (subject, wish): (Subject<'_>, &Wish),
    consent: Consent,
) -> End {
    // One after another in this process: whoever is second need not find out that its version is outdated.
    let Some(_turn) = wait.read(account.turn_on(subject.namespace)).await else {
        let detail = format!(
            "{} Another change to them in this run was not done by then. Nothing was sent.",
            wait.reason()
        );
        return End::Failed(Diagnostic::error(what(subject.namespace), detail));
    };
    let decide = |now: &RegisteredNamespace| match wish.turn(now) {
        Some(turn) if exposure::refused(turn, subject, consent).is_some() => Err(Refused::Turn(turn)),
        _ => Ok(wish.change(now)),
    };
    let (registry, id) = (account.registry(), registry::new_operation_id());
    let sent = wait.answer(registry.revise_attachments(subject.namespace, decide, &id)).await;
    account.forget_connectivity().await;
    match sent {
        None => End::Failed(unanswered(subject.namespace, wait)),
        Some(Err(Refused::Attachment(AttachmentRefused::Registry(error))))
            if error.is_not_found() && matches!(wish, Wish::Detach { .. }) =>
        {
            End::Done
        }
        Some(Err(refused)) => End::Failed(explained(account, subject, wish, consent, refused)),
        Some(Ok(None)) => End::Done,
        Some(Ok(Some(operation))) => match wait.finish(registry, operation).await {
            Ok(()) => End::Done,
            Err(unfinished) => ended(subject.namespace, wait, &unfinished),
        },
    }
}

fn explained(
    account: &Account,
    subject: Subject<'_>,
    wish: &Wish,
    consent: Consent,
    refused: Refused,
) -> Diagnostic {
    let namespace = subject.namespace;
    match refused {
        Refused::Turn(turn) => {
            let error = exposure::refused(turn, subject, consent);
            let mut error = error.unwrap_or_else(|| Diagnostic::error(what(namespace), ""));
            error.detail.push_str(" Nothing was sent for it.");
            error
        }
        Refused::Attachment(AttachmentRefused::Registry(error)) => {
            registry_refused(account, namespace, wish, &error)
        }
        Refused::Attachment(other) => {
            let detail =
                format!("{}. Nothing was sent. Apply again.", failure::capitalized(&other.to_string()));
            Diagnostic::error(what(namespace), detail)
        }
    }
}

fn registry_refused(
    account: &Account,
    namespace: &NamespaceId,
    wish: &Wish,
    error: &RegistryError,
) -> Diagnostic {
    let verb = if matches!(wish, Wish::Attach { .. }) { "attach to" } else { "detach from" };
    let mut detail = failure::explained(account.registry().address(), error);
    if error.is_permission_denied() {
        detail.push_str(&format!(" It needs Namespace Admin on `{namespace}`."));
    }
    if error.leaves_open() {
        detail.push_str(" Should it have been done all the same, the next plan shows it.");
    }
    Diagnostic::error(format!("cannot {verb} `{namespace}`"), detail)
}

fn unanswered(namespace: &NamespaceId, wait: &Wait<'_>) -> Diagnostic {
    let detail = format!(
        "{} The registry had not answered by then, so it is not known whether it changes them. The next plan shows what is attached.",
        wait.reason()
    );
    Diagnostic::error(format!("no answer about the connectivity rules of `{namespace}`"), detail)
}

fn ended(namespace: &NamespaceId, wait: &Wait<'_>, unfinished: &Unfinished) -> End {
    match unfinished {
        Unfinished::Failed { operation, state, reason, .. } => {
            let detail = format!(
                "The registry accepted the change, but operation `{operation}` ended as {state}: {reason}. What was attached before still \
                 is; the next apply tries again."
            );
            End::Failed(Diagnostic::error(what(namespace), detail))
        }
        Unfinished::Lost { source, .. } => {
            going(namespace, &format!("The state of its operation could not be read: {source}."))
        }
        Unfinished::TimedOut { .. } | Unfinished::Cancelled { .. } => going(namespace, &wait.reason()),
    }
}

fn going(namespace: &NamespaceId, reason: &str) -> End {
    let detail = format!(
        "{reason} The registry accepted the change and goes on with it. The next plan shows how it turned out."
    );
    End::Going(Diagnostic::warning(
        format!("the connectivity rules of `{namespace}` are still being changed"),
        detail,
    ))
}

fn what(namespace: &NamespaceId) -> String {
    format!("the connectivity rules of `{namespace}` could not be changed")
}
