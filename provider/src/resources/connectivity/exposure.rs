//! Errors and warnings for a change that closes a Namespace to the internet, or opens it.

use registry::RegisteredNamespace;
use schema::name::NamespaceId;
use tfplugin::{Context, Diagnostic, Path};

use super::consent::{ALLOW_LOCKOUT, ALLOW_REOPEN, Consent, KEEP_PUBLIC};
use super::desired::{Desired, ExposureChange};
use super::list;
use crate::account::Account;
use crate::diagnostics::findings::Findings;

/// A Namespace whose rules are to change.
#[derive(Clone, Copy)]
pub(crate) struct Subject<'a> {
    /// The Namespace.
    pub(crate) namespace: &'a NamespaceId,
    /// The traffic that an attached rule admits, such as "`vpce-…` in `aws-us-east-1`"; `None` if a rule is detached.
    pub(crate) admits: Option<&'a str>,
    /// Whether the resource is destroyed: the consent is then taken from the state.
    pub(crate) destroys: bool,
}

/// The finding for a Namespace that the registry does not show.
pub(crate) fn hidden(namespace: &NamespaceId, reason: &str, findings: &mut Findings) {
    findings.unproven(format!(
        "whether `{namespace}` is closed or opened to the internet: the registry does not show its connectivity rules ({reason})"
    ));
}

/// Checks a change while planning: a warning if the configuration allows it, otherwise an error.
pub(crate) fn check(
    cx: &Context,
    change: Option<ExposureChange>,
    (subject, path): (Subject<'_>, &Path),
    consent: Consent,
    findings: &mut Findings,
) {
    let Some(change) = change else { return };
    match refused(change, subject, consent) {
        Some(error) => findings.error(error.at(path.clone())),
        None => {
            cx.report(Diagnostic::warning(summary(change, subject), effect(change, subject)).at(path.clone()))
        }
    }
}

/// The error for a change that the configuration does not allow.
pub(crate) fn refused(change: ExposureChange, subject: Subject<'_>, consent: Consent) -> Option<Diagnostic> {
    let (is_allowed, help) = match change {
        ExposureChange::Closes => (consent.lockout, keep_open()),
        ExposureChange::Opens => (consent.reopen, keep_closed(subject)),
    };
    let detail = || format!("{} {help}", effect(change, subject));
    (!is_allowed).then(|| Diagnostic::error(summary(change, subject), detail()))
}

/// The change that detaching a rule causes once all planned detachments of this run are applied, and the consent of all
/// instances that detach, so that the result does not depend on the order in which Terraform plans.
pub(crate) fn after_detaching(
    account: &Account,
    now: &RegisteredNamespace,
    rule: &str,
    consent: Consent,
) -> (Option<ExposureChange>, Consent) {
    let detached = account.note_detached(&now.namespace.id, rule, consent.reopen);
    let stays = |id: &&String| *id == rule || !detached.rules.contains(*id);
    let rules = now.rules.iter().filter(stays).cloned().collect();
    let then = RegisteredNamespace { rules, ..now.clone() };
    let change =
        Desired::Detach { rule: rule.to_owned(), public_too: consent.keep_public }.exposure_change(&then);
    (change, Consent { reopen: detached.reopens, ..consent })
}

/// The warning for a replacement that detaches the last rule before it attaches another. A provider does not know whether
/// `create_before_destroy` is set.
pub(crate) fn opens_in_between(namespaces: &[NamespaceId], before: Consent) -> Diagnostic {
    let meanwhile = match before.reopen {
        true => "is open to the internet until the new rule is attached",
        false => {
            "would be open to the internet in between, which the apply rejects before it changes anything"
        }
    };
    let detail = format!(
        "The replacement detaches the last connectivity rule of {}, which {meanwhile}. With `lifecycle {{ create_before_destroy \
         = true }}` the new rule is attached first, and the Namespace stays closed.",
        list(namespaces)
    );
    Diagnostic::warning("the replacement detaches the old rule before it attaches the new one", detail)
}

/// The error for a replacement that may open Namespaces but not close them again.
pub(crate) fn would_not_close(namespaces: &[NamespaceId]) -> Diagnostic {
    let detail = format!(
        "The replacement detaches the last connectivity rule of {}, then attaches the new rule as the first one, which closes \
         the Namespace to the internet again. Allow this with `{ALLOW_LOCKOUT} = true`, or set `{KEEP_PUBLIC} = true`.",
        list(namespaces)
    );
    Diagnostic::error("the replacement could detach the old rule but not attach the new one", detail)
}

fn summary(change: ExposureChange, Subject { namespace, .. }: Subject<'_>) -> String {
    match change {
        ExposureChange::Closes => format!("`{namespace}` would be closed to the internet"),
        ExposureChange::Opens => format!("`{namespace}` would be opened to the internet"),
    }
}

fn effect(change: ExposureChange, Subject { admits, .. }: Subject<'_>) -> String {
    match change {
        ExposureChange::Closes => {
            let admitted = admits.map(|admitted| format!("{admitted} and ")).unwrap_or_default();
            format!(
                "The Namespace is open to the internet. After the apply, only {admitted}traffic that its other rules admit can \
                 reach it: Workers and clients that connect in any other way stop working immediately, including those on \
                 laptops, in CI and in other clouds."
            )
        }
        ExposureChange::Opens => {
            "The Namespace is closed to the internet. After the apply, it can be reached from anywhere with \
                                  a certificate or an API key for it."
                .to_owned()
        }
    }
}

fn keep_open() -> String {
    format!(
        "Set `{KEEP_PUBLIC} = true` to keep it open with the account's public connectivity rule, or `{ALLOW_LOCKOUT} = true` if \
         closing it is intended."
    )
}

fn keep_closed(Subject { destroys, .. }: Subject<'_>) -> String {
    match destroys {
        true => format!(
            "Attach another connectivity rule first. If opening it is intended, set `{ALLOW_REOPEN} = true` and apply that \
             change before you destroy: a destroy uses the value in the state."
        ),
        false => format!(
            "Attach another connectivity rule first, or set `{ALLOW_REOPEN} = true` if opening it is intended."
        ),
    }
}
