//! An Endpoint that the registry does not have: deleted, unless the API key is of another account, whose registry cannot
//! know it. Taken for deleted it would leave the state, and go on with all who may call it.

use tfplugin::{Diagnostic, Value};

use super::model;
use crate::account::Account;
use crate::account::checks;
use crate::diagnostics::failure;

/// Refuses to take the Endpoint of a state for deleted where it cannot be in the API key's account.
pub(super) async fn proven(account: &Account, state: &Value) -> Result<(), Diagnostic> {
    let Some(target) = model::namespace_on(account.backend(), state.at(&model::target_namespace())) else {
        return Ok(());
    };
    let elsewhere = checks::elsewhere(account, &target).await;
    let elsewhere = elsewhere.map_err(|error| failure::diagnostic(account.registry().address(), &error))?;
    let Some(reason) = elsewhere else { return Ok(()) };
    Err(in_another_account(&model::title(state), &reason))
}

/// The error for an Endpoint that an API key of another account cannot see.
pub(crate) fn in_another_account(title: &str, reason: &str) -> Diagnostic {
    let detail = format!(
        "{reason} With this key it cannot be known whether the Endpoint still exists, so it stays in the state. Use a key of its \
         own account; where `allowed_account_id` is set, no other is accepted."
    );
    Diagnostic::error(format!("{title} is in another account"), detail)
}
