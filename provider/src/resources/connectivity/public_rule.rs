//! The account's public connectivity rule, which is created if it does not exist.

use registry::{OperationError, RegisteredRule, RegistryError, RuleKind};
use schema::permission::Call;
use tfplugin::{Diagnostic, Path};

use super::consent::KEEP_PUBLIC;
use super::rule::{self, CreateError, Created};
use crate::account::Account;
use crate::account::checks::{self, Existence};
use crate::diagnostics::failure;
use crate::diagnostics::findings::Findings;
use crate::wait::Wait;

/// How messages name it.
pub(crate) const TITLE: &str = "the public connectivity rule";

/// The public rule.
pub(crate) struct PublicRule {
    pub(crate) id: String,
    pub(crate) stable_ips: bool,
    pub(crate) unfinished: Option<OperationError>,
}

/// The account's public rule among its rules.
pub(crate) fn among(rules: &[RegisteredRule]) -> Option<&RegisteredRule> {
    rules.iter().find(|rule| matches!(rule.kind(), RuleKind::Public { .. }))
}

/// Checks, for `keep_public`, that the rule exists or may be created.
pub(crate) async fn check(account: &Account, findings: &mut Findings) -> Result<(), RegistryError> {
    let exists = match account.connectivity_rules().await {
        Err(error) if error.is_permission_denied() => {
            findings.unproven(
                "whether the account has a public connectivity rule to attach: the API key may not read connectivity rules",
            );
            return Ok(());
        }
        rules => among(&rules?).is_some(),
    };
    if exists {
        return Ok(());
    }
    let (what, path) = (format!("create {TITLE}, which the account does not have"), Path::from(KEEP_PUBLIC));
    checks::permission(account, Call::ManageConnectivityRules, (&what, &path), Existence::Found, findings)
        .await
}

/// Finds the rule, or creates it.
pub(crate) async fn find_or_create(
    account: &Account,
    wait: &Wait<'_>,
    stable_ips: bool,
) -> Result<PublicRule, Diagnostic> {
    if let Some(found) = find(account, wait).await? {
        return Ok(found);
    }
    match rule::create(account, wait, (TITLE, &RuleKind::Public { stable_ips })).await {
        Ok(Created { id, unfinished }) => Ok(PublicRule { id, stable_ips, unfinished }),
        Err(CreateError::Other(error)) => Err(error),
        // Another client has created it.
        Err(CreateError::Exists(error)) => {
            let refused = || failure::diagnostic(account.registry().address(), &error);
            find(account, wait).await?.ok_or_else(refused)
        }
    }
}

async fn find(account: &Account, wait: &Wait<'_>) -> Result<Option<PublicRule>, Diagnostic> {
    let registry = account.registry();
    let Some(rules) = wait.read(registry.connectivity_rules()).await else {
        return Err(Diagnostic::error(format!("timed out looking for {TITLE}"), wait.reason()));
    };
    let rules = rules.map_err(|error| failure::diagnostic(registry.address(), &error))?;
    match among(&rules) {
        Some(rule) => Ok(Some(awaited(account, wait, rule).await)),
        None => Ok(None),
    }
}

/// Waits for a rule that is being created, which may not be attachable before.
async fn awaited(account: &Account, wait: &Wait<'_>, rule: &RegisteredRule) -> PublicRule {
    let stable_ips = matches!(rule.kind(), RuleKind::Public { stable_ips: true });
    if let Some(id) = rule.operation_id().filter(|_| rule.state().is_in_progress())
        && let Some(Ok(operation)) = wait.read(account.registry().operation(id)).await
    {
        // If the creation fails, the registry reports it when the rule is used.
        let _ = wait.finish(account.registry(), operation).await;
    }
    PublicRule { id: rule.id().to_owned(), stable_ips, unfinished: None }
}
