//! Reading an Endpoint.

use std::sync::Arc;

use registry::{Description, Lookup, RegisteredEndpoint, RegisteredTarget, ResourceState};
use schema::block::Backend;
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
        return Err(Diagnostic::error(format!("cannot read endpoint `{id}` in time"), detail).into());
    };
    Ok(found.map_err(|error| failure::diagnostic(address, &error))?)
}

/// Warnings about what the state cannot show.
pub(crate) fn warnings(found: &RegisteredEndpoint, known: &Value) -> Vec<Diagnostic> {
    let name = found.name();
    let mut warnings = Vec::new();
    warnings.extend(state_warning(found));
    if found.description() == Description::Foreign {
        let detail = "It is a payload in an encoding that the provider does not know, an encrypted one perhaps. It is left as it is: \
                      the state keeps the last text that was known, and changes to it outside are not seen.";
        let summary = format!("the description of Endpoint `{name}` cannot be read");
        warnings.push(Diagnostic::warning(summary, detail).at(DESCRIPTION));
    }
    if let RegisteredTarget::Unknown(_) = found.target() {
        let detail =
            "It is not a task queue of a Namespace. An apply replaces it with the one in the configuration.";
        let summary = format!("Endpoint `{name}` has a target of another kind");
        warnings.push(Diagnostic::warning(summary, detail).at(TARGET));
    }
    if !known.get(CALLERS).is_null() {
        warnings.extend(unknown_policies(found));
    }
    warnings
}

/// The warning that policies other than the allowlist exist.
pub(crate) fn unknown_policies(found: &RegisteredEndpoint) -> Option<Diagnostic> {
    let detail = "Beside this allowlist it has policies of a kind that the provider does not know. They stay as they are.";
    let summary = format!("others may call Endpoint `{}`, too", found.name());
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
    let detail = "The server has no such Namespace: it was deleted. Calls to the Endpoint fail until it gets another target.";
    let summary = format!("the target `{namespace}` of Endpoint `{}` does not exist", found.name());
    Some(Diagnostic::warning(summary, detail).at(TARGET))
}

/// The warning for a failed or suspended Endpoint.
fn state_warning(found: &RegisteredEndpoint) -> Option<Diagnostic> {
    let (what, then) = match found.state() {
        ResourceState::ActivationFailed => (
            "could not be activated",
            "It exists but takes no calls. Have it made anew with `terraform apply -replace=…`, or delete it.",
        ),
        ResourceState::UpdateFailed => (
            "could not be updated",
            "Its last change failed. What is shown is what the registry has; the next change to it tries again.",
        ),
        ResourceState::DeleteFailed => ("could not be deleted", "It is still there. Delete it again."),
        ResourceState::Deleting => {
            ("is being deleted", "Somebody deletes it. The next plan will show that it is gone.")
        }
        ResourceState::Suspended => ("is suspended", "Temporal's support can say why and lift it."),
        ResourceState::Expired => ("has expired", "Temporal's support can say why."),
        _ => return None,
    };
    Some(Diagnostic::warning(format!("Endpoint `{}` {what}", found.name()), then))
}
