//! What the two allowlist resources share: checks while planning, and writes to an allowlist.

use std::collections::BTreeSet;
use std::sync::Arc;

use registry::{
    CallersChange, EndpointChange, Expectation, RegisteredEndpoint, RegisteredTarget, RegistryError,
    WriteRefused,
};
use schema::name::{EndpointName, NamespaceId};
use schema::permission::Call;
use tfplugin::{Answer, Context, Diagnostic, Path, Severity, Value};

use crate::account::Account;
use crate::account::checks::{self, Existence, NamespaceUse};
use crate::account::endpoints::Writer;
use crate::configuration::plan_checks::Strictness;
use crate::diagnostics::failure;
use crate::diagnostics::findings::Findings;
use crate::resources::endpoint::{conflict, import, not_found, outcome};
use crate::wait::Wait;

/// The attribute with the id of the Endpoint.
pub(crate) const ENDPOINT_ID: &str = "endpoint_id";

/// How messages name an Endpoint by its id.
pub(crate) fn title(endpoint: &str) -> String {
    format!("Endpoint `{endpoint}`")
}

/// The id of the Endpoint in a configuration, plan or state.
pub(crate) fn endpoint_id(value: &Value) -> &str {
    value.get(ENDPOINT_ID).as_str().unwrap_or_default()
}

/// The error for an id in a configuration that cannot be one.
pub(crate) fn invalid_endpoint_id(config: &Value) -> Option<Diagnostic> {
    let text = config.get(ENDPOINT_ID).as_str()?;
    let wrong = text.is_empty() || text.contains(|c: char| c.is_whitespace() || c == '/');
    let shown = if text.is_empty() { "an empty string".to_owned() } else { format!("`{text}`") };
    let detail =
        "Use the id that the registry assigned, such as the `id` attribute of a `temporalnexus_endpoint`.";
    wrong.then(|| Diagnostic::error(format!("{shown} is not an Endpoint id"), detail).at(ENDPOINT_ID))
}

/// The Endpoint with an id; `None` also if it cannot be one.
pub(crate) async fn lookup(
    account: &Account,
    id: &str,
) -> Result<Option<Arc<RegisteredEndpoint>>, RegistryError> {
    match account.endpoints().get(id).await {
        Err(error) if import::cannot_be_an_id(&error) => Ok(None),
        found => found,
    }
}

/// The Endpoint whose allowlist is planned. A missing Endpoint is reported.
pub(crate) async fn endpoint(
    account: &Account,
    id: &str,
    findings: &mut Findings,
) -> Result<Option<Arc<RegisteredEndpoint>>, RegistryError> {
    let found = lookup(account, id).await?;
    if found.is_none() {
        // Before a destroy, Terraform makes a normal plan, which a missing Endpoint must not fail.
        let strictness = match account.claims().was_not_found(id) {
            true => Strictness::Warn,
            false => account.checks().existence,
        };
        findings.by_strictness(strictness, missing(account, id).await?.at(ENDPOINT_ID));
    }
    Ok(found)
}

/// The error for a missing Endpoint. A name instead of an id is a likely mistake.
async fn missing(account: &Account, id: &str) -> Result<Diagnostic, RegistryError> {
    let named = match id.parse::<EndpointName>() {
        Ok(name) => account.endpoint_named(&name).await?,
        Err(_) => None,
    };
    let detail = match named {
        Some(found) => format!("`{id}` is the name of an Endpoint. Use its id instead: `{}`.", found.id()),
        None => "Correct the id. If Terraform manages the Endpoint, refer to the `id` of that resource."
            .to_owned(),
    };
    Ok(Diagnostic::error(format!("Endpoint with id `{id}` does not exist"), detail))
}

/// Checks that new callers exist, and that the allowlist may be changed.
pub(crate) async fn check(
    account: &Account,
    found: &RegisteredEndpoint,
    (new, path): (impl Iterator<Item = NamespaceId>, &Path),
    findings: &mut Findings,
) -> Result<(), RegistryError> {
    for caller in new {
        checks::namespace(account, &caller, (NamespaceUse::Caller, path), findings).await?;
    }
    let RegisteredTarget::Worker { namespace, .. } = found.target() else { return Ok(()) };
    let Ok(target) = namespace.parse::<NamespaceId>() else { return Ok(()) };
    let what = format!("update Endpoint `{}`", found.name());
    let call = Call::UpdateEndpoint { from: &target, to: &target };
    checks::permission(account, call, (&what, &ENDPOINT_ID.into()), Existence::Found, findings).await
}

/// A change of an allowlist, and the allowlist that it expects.
pub(crate) struct AllowlistChange {
    /// The callers that the plan was made on; `None` if any are accepted.
    pub(crate) planned_on: Option<BTreeSet<String>>,
    /// The callers that other instances add or remove in the same plan.
    pub(crate) planned_elsewhere: BTreeSet<String>,
    pub(crate) change: CallersChange,
}

impl AllowlistChange {
    /// A change that accepts any current callers.
    pub(crate) fn unconditional(change: CallersChange) -> Self {
        Self { planned_on: None, planned_elsewhere: BTreeSet::new(), change }
    }
}

/// The outcome of a change.
enum Outcome {
    Done,
    /// The registry accepted it, and its result is not known; a warning.
    OperationError(Diagnostic),
    /// The Endpoint no longer exists.
    NotFound,
}

/// Applies a change to an allowlist. An unknown result is a warning; a missing Endpoint is an error.
pub(crate) async fn apply(
    cx: &Context,
    account: &Account,
    endpoint: &str,
    wait: &Wait<'_>,
    change: AllowlistChange,
) -> Answer<()> {
    match write(account, endpoint, wait, || Some(change)).await? {
        Outcome::Done => {}
        Outcome::OperationError(warning) => cx.report(warning),
        Outcome::NotFound => return Err(not_found(endpoint).into()),
    }
    Ok(())
}

/// Applies the change that `decide` returns once the Endpoint is locked, if any, for a deletion. A missing Endpoint is a success
/// unless it belongs to another account; an unknown result is an error, so that the state is kept.
pub(crate) async fn revoke(
    account: &Account,
    (endpoint, caller): (&str, Option<NamespaceId>),
    wait: &Wait<'_>,
    decide: impl FnOnce() -> Option<AllowlistChange>,
) -> Answer<()> {
    match write(account, endpoint, wait, decide).await? {
        Outcome::Done => Ok(()),
        Outcome::OperationError(warning) => Err(Diagnostic { severity: Severity::Error, ..warning }.into()),
        Outcome::NotFound => Ok(check_account(account, endpoint, caller).await?),
    }
}

async fn write(
    account: &Account,
    endpoint: &str,
    wait: &Wait<'_>,
    decide: impl FnOnce() -> Option<AllowlistChange>,
) -> Answer<Outcome> {
    let (registry, title) = (account.registry(), title(endpoint));
    let Some(writer) = wait.read(account.endpoints().writer(endpoint)).await else {
        let detail =
            format!("{} Another change to it was still in progress. No request was sent.", wait.reason());
        return Err(Diagnostic::error(format!("{title} was not updated"), detail).into());
    };
    let Some(change) = decide() else { return Ok(Outcome::Done) };
    let Some(sent) = wait.answer(send(account, &writer, endpoint, &change)).await else {
        return Err(outcome::unanswered(&title, wait).into());
    };
    let operation = match sent {
        Ok(operation) => operation,
        Err(WriteRefused::Gone(_)) => return Ok(Outcome::NotFound),
        Err(refusal) => {
            return Err(conflict::refused("update", (&title, endpoint), registry.address(), &refusal).into());
        }
    };
    let Some(operation) = operation else { return Ok(Outcome::Done) };
    if let Err(unfinished) = wait.finish(registry, operation).await {
        let diagnostic = outcome::unfinished(&title, wait, &unfinished);
        return match diagnostic.severity {
            Severity::Error => Err(diagnostic.into()),
            Severity::Warning => Ok(Outcome::OperationError(diagnostic)),
        };
    }
    Ok(Outcome::Done)
}

async fn send(
    account: &Account,
    writer: &Writer<'_>,
    endpoint: &str,
    change: &AllowlistChange,
) -> Result<Option<registry::Operation>, WriteRefused> {
    let callers = change.planned_on.as_ref().map(|planned_on| writer.expected(planned_on));
    let planned_elsewhere = change.planned_elsewhere.clone();
    let expected = Expectation { callers, planned_elsewhere, ..Expectation::default() };
    let callers_change = change.change.clone();
    let change = EndpointChange::of_callers(Some(callers_change.clone()));
    let operation = registry::new_operation_id();
    let sent = account.registry().update_endpoint_guarded(endpoint, &expected, &change, &operation).await?;
    if sent.is_some() {
        let (from, to) = difference(&expected.callers.unwrap_or_default(), &callers_change);
        writer.wrote(&from, &to);
    }
    Ok(sent)
}

/// The callers before and after a change, as far as they are known.
fn difference(before: &BTreeSet<String>, change: &CallersChange) -> (BTreeSet<String>, BTreeSet<String>) {
    let ids = |callers: &BTreeSet<NamespaceId>| callers.iter().map(ToString::to_string).collect();
    match change {
        CallersChange::Replace(all) => (before.clone(), ids(all)),
        CallersChange::Edit { add, remove } => (ids(remove), ids(add)),
    }
}

/// Fails if a missing Endpoint belongs to another account than the API key, according to a caller on its allowlist.
pub(crate) async fn check_account(
    account: &Account,
    endpoint: &str,
    caller: Option<NamespaceId>,
) -> Result<(), Diagnostic> {
    let Some(caller) = caller else { return Ok(()) };
    let other_account = checks::other_account(account, &caller).await;
    let other_account =
        other_account.map_err(|error| failure::diagnostic(account.registry().address(), &error))?;
    let Some(reason) = other_account else { return Ok(()) };
    Err(not_found::in_another_account(&title(endpoint), &reason))
}

/// The error for a write to an Endpoint that no longer exists.
fn not_found(endpoint: &str) -> Diagnostic {
    let detail = "It was deleted after the plan was created. Plan again, or correct the id.";
    Diagnostic::error(format!("{} no longer exists", title(endpoint)), detail).at(ENDPOINT_ID)
}

/// The Endpoint whose allowlist is imported, or the error that it does not exist.
pub(crate) async fn importable(
    account: &Account,
    id: &str,
) -> Result<Result<Arc<RegisteredEndpoint>, Diagnostic>, RegistryError> {
    match lookup(account, id).await? {
        Some(found) => Ok(Ok(found)),
        None => missing(account, id).await.map(Err),
    }
}
