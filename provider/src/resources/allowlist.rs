//! What the resources about nothing but an allowlist share: what they check while planning, and how they write.

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
use crate::account::checks::{self, Existence, Part};
use crate::account::endpoints::Writer;
use crate::configuration::plan_checks::Strictness;
use crate::diagnostics::failure;
use crate::diagnostics::findings::Findings;
use crate::resources::endpoint::{conflict, import, not_found, outcome};
use crate::wait::Wait;

/// The attribute with the id of the Endpoint.
pub(crate) const ENDPOINT_ID: &str = "endpoint_id";

/// How messages name an Endpoint of which only the id is known.
pub(crate) fn title(endpoint: &str) -> String {
    format!("Endpoint `{endpoint}`")
}

/// The id of the Endpoint in a configuration, plan or state.
pub(crate) fn endpoint_id(value: &Value) -> &str {
    value.get(ENDPOINT_ID).as_str().unwrap_or_default()
}

/// What is wrong with the id in a configuration, by itself.
pub(crate) fn misspelt(config: &Value) -> Option<Diagnostic> {
    let text = config.get(ENDPOINT_ID).as_str()?;
    let wrong = text.is_empty() || text.contains(|c: char| c.is_whitespace() || c == '/');
    let shown = if text.is_empty() { "an empty text".to_owned() } else { format!("`{text}`") };
    let detail = "The registry gives an Endpoint its id; a `temporalnexus_endpoint` has it as `id`.";
    wrong.then(|| Diagnostic::error(format!("{shown} is not an Endpoint's id"), detail).at(ENDPOINT_ID))
}

/// The Endpoint of an id; `None` also where it cannot be one.
pub(crate) async fn lookup(
    account: &Account,
    id: &str,
) -> Result<Option<Arc<RegisteredEndpoint>>, RegistryError> {
    match account.endpoints().get(id).await {
        Err(error) if import::cannot_be_an_id(&error) => Ok(None),
        found => found,
    }
}

/// The Endpoint whose allowlist is planned. That there is none is reported.
pub(crate) async fn endpoint(
    account: &Account,
    id: &str,
    findings: &mut Findings,
) -> Result<Option<Arc<RegisteredEndpoint>>, RegistryError> {
    let found = lookup(account, id).await?;
    if found.is_none() {
        // A destroy plans normally first, and what is gone must not stand in its way.
        let strictness = match account.claims().was_read_as_gone(id) {
            true => Strictness::Warn,
            false => account.checks().existence,
        };
        findings.wrong_by(strictness, missing(account, id).await?.at(ENDPOINT_ID));
    }
    Ok(found)
}

/// A name in the place of an id is a likely mistake.
async fn missing(account: &Account, id: &str) -> Result<Diagnostic, RegistryError> {
    let named = match id.parse::<EndpointName>() {
        Ok(name) => account.endpoint_named(&name).await?,
        Err(_) => None,
    };
    let detail = match named {
        Some(found) => format!("`{id}` is the name of an Endpoint. Write its id: `{}`.", found.id()),
        None => "Correct the id; where Terraform manages the Endpoint, refer to that resource's `id` instead of writing it."
            .to_owned(),
    };
    Ok(Diagnostic::error(format!("there is no Endpoint with the id `{id}`"), detail))
}

/// Checks that new callers are there, and that the allowlist may be changed.
pub(crate) async fn check(
    account: &Account,
    found: &RegisteredEndpoint,
    (new, path): (impl Iterator<Item = NamespaceId>, &Path),
    findings: &mut Findings,
) -> Result<(), RegistryError> {
    for caller in new {
        checks::namespace(account, &caller, (Part::Caller, path), findings).await?;
    }
    let RegisteredTarget::Worker { namespace, .. } = found.target() else { return Ok(()) };
    let Ok(target) = namespace.parse::<NamespaceId>() else { return Ok(()) };
    let what = format!("update Endpoint `{}`", found.name());
    let call = Call::UpdateEndpoint { from: &target, to: &target };
    checks::permission(account, call, (&what, &ENDPOINT_ID.into()), Existence::Found, findings).await
}

/// A change of an allowlist, and what it must be for that.
pub(crate) struct Intent {
    /// Who was on it by the plan; `None` where that does not matter.
    pub(crate) planned_on: Option<BTreeSet<String>>,
    /// The callers that other instances add or remove by the same plan.
    pub(crate) planned_elsewhere: BTreeSet<String>,
    pub(crate) change: CallersChange,
}

impl Intent {
    /// A change that is right whoever is on the list.
    pub(crate) fn always(change: CallersChange) -> Self {
        Self { planned_on: None, planned_elsewhere: BTreeSet::new(), change }
    }
}

/// What became of a change.
enum Outcome {
    Done,
    /// The registry accepted it, and its end was not seen; the warning that says so.
    Unseen(Diagnostic),
    /// There is no such Endpoint any more.
    Gone,
}

/// Writes to an allowlist. That its end was not seen is reported; an Endpoint that is gone is an error.
pub(crate) async fn put(
    cx: &Context,
    account: &Account,
    endpoint: &str,
    wait: &Wait<'_>,
    intent: Intent,
) -> Answer<()> {
    match write(account, endpoint, wait, || Some(intent)).await? {
        Outcome::Done => {}
        Outcome::Unseen(told) => cx.report(told),
        Outcome::Gone => return Err(gone(endpoint).into()),
    }
    Ok(())
}

/// Takes from an allowlist what `decide` wants once it is our turn, if anything. An Endpoint that is gone is a success where
/// a caller on the list proves that it was in this account; an end that was not seen is an error, so that the state stays.
pub(crate) async fn take_away(
    account: &Account,
    (endpoint, caller): (&str, Option<NamespaceId>),
    wait: &Wait<'_>,
    decide: impl FnOnce() -> Option<Intent>,
) -> Answer<()> {
    match write(account, endpoint, wait, decide).await? {
        Outcome::Done => Ok(()),
        Outcome::Unseen(told) => Err(Diagnostic { severity: Severity::Error, ..told }.into()),
        Outcome::Gone => Ok(proven_gone(account, endpoint, caller).await?),
    }
}

async fn write(
    account: &Account,
    endpoint: &str,
    wait: &Wait<'_>,
    decide: impl FnOnce() -> Option<Intent>,
) -> Answer<Outcome> {
    let (registry, title) = (account.registry(), title(endpoint));
    let Some(writer) = wait.read(account.endpoints().writer(endpoint)).await else {
        let detail =
            format!("{} Another change to it was not finished, and nothing was sent.", wait.reason());
        return Err(Diagnostic::error(format!("{title} was not updated"), detail).into());
    };
    let Some(intent) = decide() else { return Ok(Outcome::Done) };
    let Some(sent) = wait.answer(send(account, &writer, endpoint, &intent)).await else {
        return Err(outcome::unanswered(&title, wait).into());
    };
    let operation = match sent {
        Ok(operation) => operation,
        Err(WriteRefused::Gone(_)) => return Ok(Outcome::Gone),
        Err(refusal) => {
            return Err(conflict::refused("update", (&title, endpoint), registry.address(), &refusal).into());
        }
    };
    let Some(operation) = operation else { return Ok(Outcome::Done) };
    if let Err(unfinished) = wait.finish(registry, operation).await {
        let told = outcome::unfinished(&title, wait, &unfinished);
        return match told.severity {
            Severity::Error => Err(told.into()),
            Severity::Warning => Ok(Outcome::Unseen(told)),
        };
    }
    Ok(Outcome::Done)
}

async fn send(
    account: &Account,
    writer: &Writer<'_>,
    endpoint: &str,
    intent: &Intent,
) -> Result<Option<registry::Operation>, WriteRefused> {
    let callers = intent.planned_on.as_ref().map(|planned_on| writer.expected(planned_on));
    let planned_elsewhere = intent.planned_elsewhere.clone();
    let expected = Expectation { callers, planned_elsewhere, ..Expectation::default() };
    let change = EndpointChange { callers: Some(intent.change.clone()), ..EndpointChange::default() };
    let operation = registry::new_operation_id();
    let sent = account.registry().update_endpoint_guarded(endpoint, &expected, &change, &operation).await?;
    if sent.is_some() {
        let (from, to) = difference(&expected.callers.unwrap_or_default(), &intent.change);
        writer.wrote(&from, &to);
    }
    Ok(sent)
}

/// What a change makes of a list, as far as that is known.
fn difference(before: &BTreeSet<String>, change: &CallersChange) -> (BTreeSet<String>, BTreeSet<String>) {
    let ids = |callers: &BTreeSet<NamespaceId>| callers.iter().map(ToString::to_string).collect();
    match change {
        CallersChange::Whole(all) => (before.clone(), ids(all)),
        CallersChange::Add(some) => (BTreeSet::new(), ids(some)),
        CallersChange::Remove(some) => (ids(some), BTreeSet::new()),
    }
}

/// Refuses to take something for gone where the Endpoint cannot be in the API key's account, as a caller on its list is
/// in another one.
pub(crate) async fn proven_gone(
    account: &Account,
    endpoint: &str,
    caller: Option<NamespaceId>,
) -> Result<(), Diagnostic> {
    let Some(caller) = caller else { return Ok(()) };
    let elsewhere = checks::elsewhere(account, &caller).await;
    let elsewhere = elsewhere.map_err(|error| failure::diagnostic(account.registry().address(), &error))?;
    let Some(reason) = elsewhere else { return Ok(()) };
    Err(not_found::in_another_account(&title(endpoint), &reason))
}

/// The error for a write to an Endpoint that is gone.
fn gone(endpoint: &str) -> Diagnostic {
    let detail = "Somebody deleted it after the plan was made. Plan again, or correct the id.";
    Diagnostic::error(format!("{} does not exist any more", title(endpoint)), detail).at(ENDPOINT_ID)
}

/// The Endpoint whose allowlist is imported, or why there is none.
pub(crate) async fn importable(
    account: &Account,
    id: &str,
) -> Result<Result<Arc<RegisteredEndpoint>, Diagnostic>, RegistryError> {
    match lookup(account, id).await? {
        Some(found) => Ok(Ok(found)),
        None => missing(account, id).await.map(Err),
    }
}
