//! Attaching and detaching. What is already as wished is a success.

use registry::RuleKind;
use schema::name::NamespaceId;
use tfplugin::{Answer, Context, Stored, Value};

use super::pair;
use crate::account::Account;
use crate::connectivity::attach::{self, End};
use crate::connectivity::consent::{Consent, KEEP_PUBLIC};
use crate::connectivity::exposure::Subject;
use crate::connectivity::wish::Wish;
use crate::connectivity::{described, public};
use crate::timeouts::Operation;
use crate::wait::Wait;

/// Attaches, and gives the state.
pub(super) async fn create(cx: &Context, account: &Account, planned: Value) -> Answer<Stored> {
    attach(cx, account, &planned, Operation::Create).await?;
    Ok(planned.into())
}

/// Attaches the public rule as well where that is new; everything else that can change in place concerns Terraform alone.
pub(super) async fn update(cx: &Context, account: &Account, prior: &Value, planned: Value) -> Answer<Stored> {
    if prior.get(KEEP_PUBLIC) != planned.get(KEEP_PUBLIC) && Consent::of(&planned).keep_public {
        attach(cx, account, &planned, Operation::Update).await?;
    }
    Ok(planned.into())
}

/// Detaches.
pub(super) async fn delete(cx: &Context, account: &Account, prior: &Value) -> Answer<()> {
    let (rule, namespace) = pair(prior)?;
    let consent = Consent::of(prior);
    let wish = Wish::Detach { rule, public_too: consent.keep_public };
    let subject = Subject { namespace: &namespace, lets_in: "what its other rules let in", destroys: true };
    let wait = Wait::start(cx, prior, Operation::Delete);
    match attach::carry_out(account, &wait, (subject, &wish), consent).await {
        End::Done => Ok(()),
        End::Going(warning) => {
            cx.report(warning);
            Ok(())
        }
        End::Failed(error) => Err(error.into()),
    }
}

async fn attach(cx: &Context, account: &Account, planned: &Value, operation: Operation) -> Answer<()> {
    let (rule, namespace) = pair(planned)?;
    let (consent, wait) = (Consent::of(planned), Wait::start(cx, planned, operation));
    let public = match consent.keep_public {
        true => Some(public::find_or_create(account, &wait, false).await?.id),
        false => None,
    };
    let kind = kind(account, &wait, &rule).await;
    let is_public = matches!(kind, Some(RuleKind::Public { .. }));
    let lets_in = kind.as_ref().map_or_else(|| format!("what rule `{rule}` lets in"), described);
    let wish = Wish::Attach { rule, is_public, public };
    finish(cx, account, (&namespace, &lets_in), (&wait, &wish, consent)).await
}

/// What the rule lets in, where it can be seen.
async fn kind(account: &Account, wait: &Wait<'_>, rule: &str) -> Option<RuleKind> {
    let found = wait.read(account.connectivity_rule(rule)).await?;
    found.ok().flatten().map(|rule| rule.kind())
}

async fn finish(
    cx: &Context,
    account: &Account,
    (namespace, lets_in): (&NamespaceId, &str),
    (wait, wish, consent): (&Wait<'_>, &Wish, Consent),
) -> Answer<()> {
    let subject = Subject { namespace, lets_in, destroys: false };
    match attach::carry_out(account, wait, (subject, wish), consent).await {
        End::Done => Ok(()),
        End::Going(warning) => {
            cx.report(warning);
            Ok(())
        }
        End::Failed(error) => Err(error.into()),
    }
}
