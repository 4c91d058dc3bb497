//! What people are told, and refused, when the internet loses or gets its way to a Namespace.

use registry::RegisteredNamespace;
use schema::name::NamespaceId;
use tfplugin::{Context, Diagnostic, Path};

use super::consent::{ALLOW_LOCKOUT, ALLOW_REOPEN, Consent, KEEP_PUBLIC};
use super::desired::{Turn, Wish};
use super::list;
use crate::account::Account;
use crate::diagnostics::findings::Findings;

/// A Namespace whose rules are to change.
#[derive(Clone, Copy)]
pub(crate) struct Subject<'a> {
    /// The Namespace.
    pub(crate) namespace: &'a NamespaceId,
    /// What the rule at hand lets in, such as "`vpce-…` in `aws-us-east-1`".
    pub(crate) lets_in: &'a str,
    /// Whether it is to be destroyed: what is agreed to then stands in the state.
    pub(crate) destroys: bool,
}

/// What cannot be judged where the registry does not show a Namespace.
pub(crate) fn unseen(namespace: &NamespaceId, reason: &str, findings: &mut Findings) {
    findings.unproven(format!(
        "whether `{namespace}` loses or gets its way to the internet: the registry does not show its connectivity rules ({reason})"
    ));
}

/// Judges a turn while planning: nothing, a warning where it is agreed to, else an error.
pub(crate) fn judge(
    cx: &Context,
    turn: Option<Turn>,
    (subject, path): (Subject<'_>, &Path),
    consent: Consent,
    findings: &mut Findings,
) {
    let Some(turn) = turn else { return };
    match refused(turn, subject, consent) {
        Some(error) => findings.wrong(error.at(path.clone())),
        None => cx
            .report(Diagnostic::warning(summary(turn, subject), consequence(turn, subject)).at(path.clone())),
    }
}

/// The error for a turn that was not agreed to.
pub(crate) fn refused(turn: Turn, subject: Subject<'_>, consent: Consent) -> Option<Diagnostic> {
    let (agreed, way_out) = match turn {
        Turn::Locks => (consent.lockout, keep_open()),
        Turn::Opens => (consent.reopen, keep_closed(subject)),
    };
    let detail = || format!("{} {way_out}", consequence(turn, subject));
    (!agreed).then(|| Diagnostic::error(summary(turn, subject), detail()))
}

/// The turn that detaching a rule brings, when all is gone that this run is known to detach; and what is agreed to by any
/// of those who detach, so that the verdict is the same whichever Terraform plans last.
pub(crate) fn of_detaching(
    account: &Account,
    now: &RegisteredNamespace,
    rule: &str,
    consent: Consent,
) -> (Option<Turn>, Consent) {
    let gone = account.note_detached(&now.namespace.id, rule, consent.reopen);
    let stays = |id: &&String| *id == rule || !gone.rules.contains(*id);
    let rules = now.rules.iter().filter(stays).cloned().collect();
    let then = RegisteredNamespace { rules, ..now.clone() };
    let turn = Wish::Detach { rule: rule.to_owned(), public_too: consent.keep_public }.turn(&then);
    (turn, Consent { reopen: gone.reopens, ..consent })
}

/// The warning for a replacement that detaches the last rule before it attaches another. Whether Terraform creates first
/// is told to no provider.
pub(crate) fn opens_in_between(namespaces: &[NamespaceId], before: Consent) -> Diagnostic {
    let meanwhile = match before.reopen {
        true => "is open to the internet until the new one is attached",
        false => {
            "would be open to the internet in between, which the apply refuses before anything is changed"
        }
    };
    let detail = format!(
        "The replacement detaches the last connectivity rule of {}: it {meanwhile}. With `lifecycle {{ create_before_destroy = true }}` the new rule is attached first, and none of this happens.",
        list(namespaces)
    );
    Diagnostic::warning("a replacement detaches before it attaches", detail)
}

/// The error for a replacement that would stop half-way: it may open Namespaces, and not close them again.
pub(crate) fn would_not_close(namespaces: &[NamespaceId]) -> Diagnostic {
    let detail = format!(
        "The replacement detaches the last connectivity rule of {}, and then attaches the first one, which closes it to the internet again: that must be agreed to as well. Write `{ALLOW_LOCKOUT} = true`, or `{KEEP_PUBLIC} = true`.",
        list(namespaces)
    );
    Diagnostic::error("the replacement could detach but not attach", detail)
}

fn summary(turn: Turn, Subject { namespace, .. }: Subject<'_>) -> String {
    match turn {
        Turn::Locks => format!("`{namespace}` would be closed to the internet"),
        Turn::Opens => format!("`{namespace}` would be opened to the internet"),
    }
}

fn consequence(turn: Turn, Subject { lets_in, .. }: Subject<'_>) -> String {
    match turn {
        Turn::Locks => format!(
            "It is reached from the internet today. From the apply on only {lets_in}, and what other rules of it let in, gets through: \
             every Worker and client that connects in another way stops working at once, those on laptops, in CI and in other clouds \
             included."
        ),
        Turn::Opens => "It is closed to the internet today. From the apply on whoever holds a certificate or an API key for it \
                        gets through from anywhere."
            .to_owned(),
    }
}

fn keep_open() -> String {
    format!(
        "Write `{KEEP_PUBLIC} = true` to let the internet in as well, by the account's public connectivity rule, or \
         `{ALLOW_LOCKOUT} = true` if this is meant."
    )
}

fn keep_closed(Subject { destroys, .. }: Subject<'_>) -> String {
    match destroys {
        true => format!(
            "Attach another connectivity rule first. If this is meant, write `{ALLOW_REOPEN} = true`, apply that, and destroy it then: \
             a destroy goes by what is in the state."
        ),
        false => format!(
            "Attach another connectivity rule first, or write `{ALLOW_REOPEN} = true` if this is meant."
        ),
    }
}
