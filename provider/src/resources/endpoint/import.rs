//! Importing an Endpoint by its id or by its name, or by its identity, which is the id alone.

use registry::{Problem, RegisteredEndpoint, RegistryError};
use schema::backend::Backend;
use schema::name::EndpointName;
use tfplugin::{Answer, Context, Diagnostic, ImportKey, Value};

use super::{model, read};
use crate::account::Account;
use crate::diagnostics::failure;
use crate::wait;

/// The state of an existing Endpoint, including its allowlist and description.
pub(super) async fn import(cx: &Context, account: &Account, key: ImportKey) -> Answer<Value> {
    let found = wait::unless_stopped(cx, find(cx, account, &key)).await?;
    let found = found.map_err(|error| failure::diagnostic(account.registry().address(), &error))?;
    let found = found.ok_or_else(|| not_found(account, &key))?;
    let state = model::imported(&found, account.allowlists());
    read::warnings(&found, &state).into_iter().for_each(|warning| cx.report(warning));
    Ok(state)
}

async fn find(
    cx: &Context,
    account: &Account,
    key: &ImportKey,
) -> Result<Option<RegisteredEndpoint>, RegistryError> {
    match key {
        ImportKey::Id(key) => by_id_or_name(cx, account, key.trim()).await,
        ImportKey::Identity(identity) => match account.registry().endpoint(model::id(identity)).await {
            Err(error) if cannot_be_an_id(&error) => Ok(None),
            found => found,
        },
    }
}

fn not_found(account: &Account, key: &ImportKey) -> Diagnostic {
    let address = account.registry().address();
    let (key, looked) = match key {
        ImportKey::Id(key) => (key.trim(), "no Endpoint with this id or name"),
        ImportKey::Identity(identity) => (
            model::id(identity),
            "no Endpoint with this id; to import by name, use `id` instead of `identity`",
        ),
    };
    let ids = match account.backend() {
        Backend::Cloud => "32 hexadecimal digits",
        Backend::SelfHosted => "UUIDs",
    };
    let detail = format!("The registry at `{address}` has {looked}. Ids are {ids}.");
    Diagnostic::error(format!("Endpoint `{}` does not exist", key.escape_debug()), detail)
}

/// An id may look like a name: the id takes precedence, and the Endpoint with that name is mentioned in a warning.
async fn by_id_or_name(
    cx: &Context,
    account: &Account,
    key: &str,
) -> Result<Option<RegisteredEndpoint>, RegistryError> {
    let by_id = account.registry().endpoint(key).await;
    let by_name = match key.parse::<EndpointName>() {
        Ok(name) => account.registry().endpoint_named(&name).await?,
        Err(_) => None,
    };
    match (by_id, by_name) {
        (Ok(Some(by_id)), Some(by_name)) if by_id.id() != by_name.id() => {
            cx.report(ambiguous(key, &by_name));
            Ok(Some(by_id))
        }
        (Ok(by_id), by_name) => Ok(by_id.or(by_name)),
        (Err(error), None) if !cannot_be_an_id(&error) => Err(error),
        (Err(_), by_name) => Ok(by_name),
    }
}

fn ambiguous(key: &str, by_name: &RegisteredEndpoint) -> Diagnostic {
    let detail = format!(
        "The Endpoint with this id was imported. Endpoint `{}` has this name; to import that Endpoint instead, use its id.",
        by_name.id()
    );
    Diagnostic::warning(format!("`{key}` is the id of one Endpoint and the name of another"), detail)
}

/// Whether the registry rejected an id as malformed.
pub(crate) fn cannot_be_an_id(error: &RegistryError) -> bool {
    matches!(error.problem(), Problem::InvalidArgument(_) | Problem::Unusable(_))
}
