//! Reading an Endpoint.

use std::sync::Arc;

use registry::{Description, Lookup, RegisteredEndpoint, RegisteredTarget, ResourceState};
use schema::backend::Backend;
use tfplugin::{Answer, Context, Diagnostic, Stored, Value};

use super::model::{self, CALLERS, DESCRIPTION, TARGET};
use super::{foreign_allowlist, not_found};
use crate::account::Account;
use crate::diagnostics::failure;
use crate::timeouts::Operation;
use crate::wait::{self, Wait};

/// The current state; `None` if the Endpoint no longer exists.
pub(super) async fn read(cx: &Context, account: &Account, known: Value) -> Answer<Option<Stored>> {
    let id = model::id(&known);
    let Some(found) = found(cx, account, id, &known).await? else {
        wait::unless_stopped(cx, not_found::check_account(account, &known)).await??;
        return Ok(None);
    };
    warnings(&found, &known).into_iter().for_each(|warning| cx.report(warning));
    if account.backend() == Backend::SelfHosted {
        wait::unless_stopped(cx, deleted_target(account, &found))
            .await?
            .into_iter()
            .for_each(|it| cx.report(it));
    }
    Ok(Some(foreign_allowlist::remember(model::state(&found, &known, account.allowlists()), found.callers())))
}

/// The Endpoint with an id, within the `read` timeout of a state.
pub(crate) async fn found(
    cx: &Context,
    account: &Account,
    id: &str,
    known: &Value,
) -> Answer<Option<Arc<RegisteredEndpoint>>> {
    let address = account.registry().address();
    let wait = Wait::start(cx, known, Operation::Read);
    let Some(found) = wait.read(account.endpoints().get(id)).await else {
        let detail = format!("{} The registry is at `{address}`.", wait.reason());
        return Err(Diagnostic::error(format!("timed out reading Endpoint `{id}`"), detail).into());
    };
    Ok(found.map_err(|error| failure::diagnostic(address, &error))?)
}

/// Warnings about what the state cannot show.
pub(crate) fn warnings(found: &RegisteredEndpoint, known: &Value) -> Vec<Diagnostic> {
    let name = found.name();
    let mut warnings = Vec::new();
    warnings.extend(state_warning(found));
    if found.description() == Description::Opaque {
        let detail = "Its payload has an encoding that the provider does not support; it may be encrypted. The description is \
                      left unchanged: the state keeps the last known text, and changes made outside of Terraform are not \
                      detected.";
        let summary = format!("the description of Endpoint `{name}` cannot be read");
        warnings.push(Diagnostic::warning(summary, detail).at(DESCRIPTION));
    }
    if let RegisteredTarget::Unknown(_) = found.target() {
        let detail = "The target is not a task queue of a Namespace. The next apply replaces it with the target in the configuration.";
        let summary = format!("Endpoint `{name}` has an unsupported kind of target");
        warnings.push(Diagnostic::warning(summary, detail).at(TARGET));
    }
    if !known.get(CALLERS).is_null() {
        warnings.extend(unknown_policies(found));
    }
    warnings
}

/// The warning that policies other than the allowlist exist.
pub(crate) fn unknown_policies(found: &RegisteredEndpoint) -> Option<Diagnostic> {
    let detail = "The Endpoint has policies of a kind that the provider does not support, in addition to this allowlist. They \
                  are left unchanged.";
    let summary = format!("Endpoint `{}` may allow callers that are not on the allowlist", found.name());
    found.has_unknown_policies().then(|| Diagnostic::warning(summary, detail).at(CALLERS))
}

/// A server can be configured to delete Namespaces that are targets. It then renames the Namespace until it is deleted, and
/// keeps the Endpoint.
async fn deleted_target(account: &Account, found: &RegisteredEndpoint) -> Option<Diagnostic> {
    let RegisteredTarget::Worker { namespace, .. } = found.target() else { return None };
    let id = account.backend().namespace_id(&namespace).ok()?;
    if !matches!(account.namespace(&id).await, Ok(Lookup::Missing)) {
        return None;
    }
    let detail = "The server has no such Namespace: it was deleted. Calls to the Endpoint fail until its target is changed.";
    let summary = format!("the target `{namespace}` of Endpoint `{}` does not exist", found.name());
    Some(Diagnostic::warning(summary, detail).at(TARGET))
}

/// The warning for a failed or suspended Endpoint.
fn state_warning(found: &RegisteredEndpoint) -> Option<Diagnostic> {
    let (what, then) = match found.state() {
        ResourceState::ActivationFailed => (
            "could not be activated",
            "It exists but does not accept calls. Recreate it with `terraform apply -replace=…`, or delete it.",
        ),
        ResourceState::UpdateFailed => (
            "could not be updated",
            "Its last update failed. The values shown are those of the registry; the next update retries.",
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
        _ => return None,
    };
    Some(Diagnostic::warning(format!("Endpoint `{}` {what}", found.name()), then))
}
