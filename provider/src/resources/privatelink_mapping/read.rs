//! Reading a mapping: its rule and, if the state manages them, its attachments.

use std::collections::BTreeSet;

use registry::{RegisteredRule, RegistryError, ResourceState};
use tfplugin::{Answer, Context, Diagnostic, Stored, Value};

use super::attached::Attached;
use super::delta;
use super::model::{self, NAMESPACES, REACHED};
use crate::account::Account;
use crate::account::checks;
use crate::diagnostics::failure;
use crate::resources::connectivity::consent::{self, KEEP_PUBLIC};
use crate::timeouts::Operation;
use crate::wait::{self, Wait};

/// The current state; `None` if the rule no longer exists.
pub(super) async fn read(cx: &Context, account: &Account, known: &Value) -> Answer<Option<Stored>> {
    let title = model::title(known);
    let wait = Wait::start(cx, known, Operation::Read);
    let Some(found) = wait.read(find(account, known)).await else {
        return Err(Diagnostic::error(format!("timed out reading {title}"), wait.reason()).into());
    };
    let Some((rule, attached)) =
        found.map_err(|error| failure::diagnostic(account.registry().address(), &error))?
    else {
        wait::unless_stopped(cx, check_account(account, known)).await??;
        return Ok(None);
    };
    warn(cx, &title, &rule);
    let state = model::state(&rule, known)?;
    if known.get(NAMESPACES).is_null() {
        let private = Some(delta::remember(&attached.ids()));
        let state = state.with(REACHED, Value::Map(Default::default()));
        return Ok(Some(Stored { private, ..state.into() }));
    }
    Ok(Some(with_namespaces(state, &attached).into()))
}

/// The state with the Namespaces that the rule is attached to.
pub(super) fn with_namespaces(state: Value, attached: &Attached) -> Value {
    let kept = consent::read_keep_public(&state, attached.all_public());
    let reached = model::reached(&attached.namespaces(), &state);
    state.with(NAMESPACES, model::ids(&attached.ids())).with(REACHED, reached).with(KEEP_PUBLIC, kept)
}

async fn find(account: &Account, known: &Value) -> Result<Option<(RegisteredRule, Attached)>, RegistryError> {
    let Some(rule) = account.connectivity_rule(model::rule_id(known)).await? else { return Ok(None) };
    let last_seen: BTreeSet<_> = model::namespaces(known).unwrap_or_default();
    let attached = Attached::read(account, rule.id(), &last_seen).await?;
    Ok(Some((rule, attached)))
}

fn warn(cx: &Context, title: &str, rule: &RegisteredRule) {
    let (what, then) = match rule.state() {
        ResourceState::ActivationFailed => (
            "could not be activated",
            "It exists but admits no traffic. Recreate it with `terraform apply -replace=…`, or delete it.",
        ),
        ResourceState::DeleteFailed => ("could not be deleted", "It still exists. Delete it again."),
        ResourceState::Deleting => (
            "is being deleted",
            "Another client is deleting it. A later plan shows that it no longer exists.",
        ),
        ResourceState::Suspended => {
            ("is suspended", "Contact Temporal support to find out why and to lift the suspension.")
        }
        ResourceState::Expired => ("has expired", "Contact Temporal support to find out why."),
        _ => return,
    };
    cx.report(Diagnostic::warning(format!("{title} {what}"), then));
}

/// Fails if a missing rule belongs to another account than the API key.
async fn check_account(account: &Account, known: &Value) -> Answer<()> {
    let Some(namespace) = model::namespaces(known).and_then(|all| all.into_iter().next()) else {
        return Ok(());
    };
    let other_account = checks::other_account(account, &namespace).await;
    let other_account =
        other_account.map_err(|error| failure::diagnostic(account.registry().address(), &error))?;
    let Some(reason) = other_account else { return Ok(()) };
    let detail =
        format!("{reason} This key cannot show whether the rule still exists, so it remains in the state.");
    Err(Diagnostic::error(format!("{} is in another account", model::title(known)), detail).into())
}
