//! Attaching and detaching. Succeeds if nothing has to change.

use registry::RuleKind;
use schema::name::NamespaceId;
use tfplugin::{Answer, Context, DeleteRequest, Stored, UpdateRequest, Value};

use super::{managed_objects, pair};
use crate::account::Account;
use crate::resources::connectivity::apply::{self, Outcome};
use crate::resources::connectivity::consent::{Consent, KEEP_PUBLIC};
use crate::resources::connectivity::desired::Desired;
use crate::resources::connectivity::exposure::Subject;
use crate::resources::connectivity::{described, public_rule};
use crate::timeouts::Operation;
use crate::wait::Wait;

/// Attaches the rule, and returns the state.
pub(super) async fn create(cx: &Context, account: &Account, planned: Value) -> Answer<Stored> {
    attach(cx, account, &planned, Operation::Create).await?;
    Ok(planned.into())
}

/// Attaches the new rule, then detaches the old one. Attaches the public rule as well if `keep_public` is new. Other changes in
/// place only affect the state.
pub(super) async fn update(cx: &Context, account: &Account, request: UpdateRequest) -> Answer<Stored> {
    let UpdateRequest { prior, planned, private, .. } = request;
    let (before, after) = (managed_objects(&prior), managed_objects(&planned));
    let keeps_public =
        prior.get(KEEP_PUBLIC) != planned.get(KEEP_PUBLIC) && Consent::of(&planned).keep_public;
    if before != after || keeps_public {
        attach(cx, account, &planned, Operation::Update).await?;
    }
    if before != after {
        let (rule, namespace) = pair(&prior)?;
        let others = account.claims().others_at_update(&private, (&before, &after));
        if !others.manages_attachment(&rule, &namespace.to_string()) {
            let wait = Wait::start(cx, &planned, Operation::Update);
            detach(cx, account, &wait, (rule, namespace), consent(account, &planned, &private)?).await?;
        }
    }
    Ok(planned.into())
}

/// Detaches the rule, unless another instance manages the attachment.
pub(super) async fn delete(cx: &Context, account: &Account, request: &DeleteRequest) -> Answer<()> {
    let DeleteRequest { prior, private, .. } = request;
    let (rule, namespace) = pair(prior)?;
    let others = account.claims().others_at_delete(private, &managed_objects(prior));
    if others.manages_attachment(&rule, &namespace.to_string()) {
        return Ok(());
    }
    let wait = Wait::start(cx, prior, Operation::Delete);
    detach(cx, account, &wait, (rule, namespace), consent(account, prior, private)?).await
}

async fn detach(
    cx: &Context,
    account: &Account,
    wait: &Wait<'_>,
    (rule, namespace): (String, NamespaceId),
    consent: Consent,
) -> Answer<()> {
    let desired = Desired::Detach { rule, public_too: consent.keep_public };
    let subject = Subject { namespace: &namespace, admits: None, destroys: true };
    match apply::write(account, wait, (subject, &desired), consent).await {
        Outcome::Done => Ok(()),
        Outcome::InProgress(warning) => {
            cx.report(warning);
            Ok(())
        }
        Outcome::Failed(error) => Err(error.into()),
    }
}

/// The consent of this instance and of the others that detach rules from the Namespace in this run: their order is not
/// defined.
fn consent(account: &Account, value: &Value, private: &[u8]) -> Answer<Consent> {
    let (_, namespace) = pair(value)?;
    let consent = Consent::of(value);
    let reopen = consent.reopen || account.claims().allows_reopening(&namespace.to_string(), private);
    Ok(Consent { reopen, ..consent })
}

async fn attach(cx: &Context, account: &Account, planned: &Value, operation: Operation) -> Answer<()> {
    let (rule, namespace) = pair(planned)?;
    let (consent, wait) = (Consent::of(planned), Wait::start(cx, planned, operation));
    let public = match consent.keep_public {
        true => Some(public_rule::find_or_create(account, &wait, false).await?.id),
        false => None,
    };
    let kind = kind(account, &wait, &rule).await;
    let is_public = matches!(kind, Some(RuleKind::Public { .. }));
    let admitted = kind.as_ref().map_or_else(|| format!("traffic that rule `{rule}` admits"), described);
    let desired = Desired::Attach { rule, is_public, public };
    finish(cx, account, (&namespace, &admitted), (&wait, &desired, consent)).await
}

/// The kind of the rule, if the API key may read it.
async fn kind(account: &Account, wait: &Wait<'_>, rule: &str) -> Option<RuleKind> {
    let found = wait.read(account.connectivity_rule(rule)).await?;
    found.ok().flatten().map(|rule| rule.kind())
}

async fn finish(
    cx: &Context,
    account: &Account,
    (namespace, admitted): (&NamespaceId, &str),
    (wait, desired, consent): (&Wait<'_>, &Desired, Consent),
) -> Answer<()> {
    let subject = Subject { namespace, admits: Some(admitted), destroys: false };
    match apply::write(account, wait, (subject, desired), consent).await {
        Outcome::Done => Ok(()),
        Outcome::InProgress(warning) => {
            cx.report(warning);
            Ok(())
        }
        Outcome::Failed(error) => Err(error.into()),
    }
}
