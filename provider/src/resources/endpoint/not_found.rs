//! An Endpoint that the registry does not have: it was deleted, unless the API key belongs to another account. Then it must not
//! be removed from the state, since it still exists and can be called.

use tfplugin::{Diagnostic, Value};

use super::model;
use crate::account::Account;
use crate::account::checks;
use crate::diagnostics::failure;

/// Fails if the Endpoint of a state belongs to another account than the API key.
pub(super) async fn check_account(account: &Account, state: &Value) -> Result<(), Diagnostic> {
    let Some(target) = model::namespace_on(account.backend(), state.at(&model::target_namespace())) else {
        return Ok(());
    };
    let other_account = checks::other_account(account, &target).await;
    let other_account =
        other_account.map_err(|error| failure::diagnostic(account.registry().address(), &error))?;
    let Some(reason) = other_account else { return Ok(()) };
    Err(in_another_account(&model::title(state), &reason))
}

/// The error for an Endpoint of another account.
pub(crate) fn in_another_account(title: &str, reason: &str) -> Diagnostic {
    let detail = format!(
        "{reason} This key cannot show whether the Endpoint still exists, so it remains in the state. Use an API key of the \
         Endpoint's account. Set `allowed_account_id` to reject keys of other accounts."
    );
    Diagnostic::error(format!("{title} is in another account"), detail)
}
