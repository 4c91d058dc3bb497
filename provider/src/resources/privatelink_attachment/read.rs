//! Reading and importing an attachment.

use registry::{Lookup, RegisteredNamespace, RegistryError};
use schema::name::NamespaceId;
use tfplugin::{Answer, Context, Diagnostic, ImportKey, Stored, Value};

use super::{NAMESPACE, RULE, namespace, pair};
use crate::account::Account;
use crate::account::checks;
use crate::diagnostics::failure;
use crate::resources::connectivity::consent::{self, KEEP_PUBLIC};
use crate::resources::connectivity::desired::{has_public_rule, is_public_rule};
use crate::timeouts::Operation;
use crate::wait::{self, Wait};

/// The current state; `None` if the rule is not attached.
pub(super) async fn read(cx: &Context, account: &Account, known: Value) -> Answer<Option<Stored>> {
    let (rule, namespace) = pair(&known)?;
    let wait = Wait::start(cx, &known, Operation::Read);
    let Some(found) = wait.read(find(account, &rule, &namespace)).await else {
        let summary = format!("timed out reading the connectivity rules of `{namespace}`");
        return Err(Diagnostic::error(summary, wait.reason()).into());
    };
    let address = account.registry().address();
    match found.map_err(|error| failure::diagnostic(address, &error))? {
        Lookup::Found(found) => {
            let kept = consent::read_keep_public(&known, has_public_rule(&found));
            Ok(Some(known.with(KEEP_PUBLIC, kept).into()))
        }
        Lookup::Missing => {
            check_account(account, &namespace).await?;
            Ok(None)
        }
        Lookup::Hidden(reason) => {
            let detail = format!(
                "The registry does not show the Namespace to the API key ({reason}), so the attachment is assumed to be \
                 unchanged."
            );
            cx.report(Diagnostic::warning(
                format!("cannot determine whether the rule is attached to `{namespace}`"),
                detail,
            ));
            Ok(Some(known.into()))
        }
    }
}

/// The Namespace, if it has the rule. A Namespace that the list does not show with the rule is requested by id.
async fn find(
    account: &Account,
    rule: &str,
    namespace: &NamespaceId,
) -> Result<Lookup<RegisteredNamespace>, RegistryError> {
    if let Some(listed) = account.namespaces().await?.get(namespace).filter(|it| it.rules.contains(rule)) {
        return Ok(Lookup::Found(listed.clone()));
    }
    Ok(match account.namespace_with_rules(namespace).await? {
        Lookup::Found(found) if !found.rules.contains(rule) => Lookup::Missing,
        other => other,
    })
}

/// Fails if the Namespace belongs to another account than the API key.
async fn check_account(account: &Account, namespace: &NamespaceId) -> Answer<()> {
    let other_account = checks::other_account(account, namespace).await;
    let other_account =
        other_account.map_err(|error| failure::diagnostic(account.registry().address(), &error))?;
    let Some(reason) = other_account else { return Ok(()) };
    let detail = format!(
        "{reason} This key cannot show what is attached to the Namespace, so the attachment remains in the state."
    );
    Err(Diagnostic::error(format!("`{namespace}` is in another account"), detail).into())
}

/// Imports by `RULE/NAMESPACE` or by identity.
pub(super) async fn import(cx: &Context, account: &Account, key: &ImportKey) -> Answer<Value> {
    let state = match key {
        ImportKey::Id(key) => split(key)?,
        ImportKey::Identity(identity) => identity.clone(),
    };
    let (rule, namespace) = pair(&state)?;
    let found = wait::unless_stopped(cx, find(account, &rule, &namespace)).await?;
    match found.map_err(|error| failure::diagnostic(account.registry().address(), &error))? {
        Lookup::Found(found) => Ok(imported(state, &rule, &found)),
        Lookup::Missing => {
            check_account(account, &namespace).await?;
            let detail = "Check both ids. Only an existing attachment can be imported.";
            Err(Diagnostic::error(
                format!("connectivity rule `{rule}` is not attached to `{namespace}`"),
                detail,
            )
            .into())
        }
        Lookup::Hidden(reason) => {
            let detail = format!("The registry does not show the Namespace to the API key: {reason}.");
            Err(Diagnostic::error(format!("cannot read the connectivity rules of `{namespace}`"), detail)
                .into())
        }
    }
}

/// The state of an imported attachment: its ids and `keep_public`.
pub(crate) fn imported(keys: Value, rule: &str, namespace: &RegisteredNamespace) -> Value {
    let keeps_public = has_public_rule(namespace) && !is_public_rule(namespace, rule);
    keys.with(KEEP_PUBLIC, keeps_public.then_some(true))
}

fn split(key: &str) -> Answer<Value> {
    let parts = key.trim().split_once('/');
    let state =
        parts.map(|(rule, namespace)| Value::object([(RULE, rule.into()), (NAMESPACE, namespace.into())]));
    let sound =
        state.filter(|state| matches!(namespace(state), Some(Ok(_))) && state.get(RULE).as_str() != Some(""));
    Ok(sound.ok_or_else(|| {
        let detail = "Expected `CONNECTIVITY_RULE_ID/NAMESPACE_ID`.";
        Diagnostic::error(format!("`{}` is not a valid import id", key.escape_debug()), detail)
    })?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_attachment_is_a_rule_and_a_namespace() {
        let state = split(" 0a1b/ledger.tiny1 ").unwrap();
        assert_eq!(pair(&state).unwrap(), ("0a1b".to_owned(), "ledger.tiny1".parse().unwrap()));
        for key in ["", "0a1b", "0a1b/", "/ledger.tiny1", "0a1b/ledger", "0a1b/ledger.tiny1/x"] {
            assert!(split(key).is_err(), "{key}");
        }
    }
}
