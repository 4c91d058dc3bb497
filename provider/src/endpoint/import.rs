//! Importing an Endpoint by its id or by its name.

use registry::{Problem, RegisteredEndpoint, RegistryError};
use schema::name::EndpointName;
use tfplugin::{Answer, Context, Diagnostic, ImportKey, Value};

use super::{model, read};
use crate::account::Account;
use crate::{failure, wait};

/// The whole state of an existing Endpoint, its allowlist and description included.
pub(super) async fn import(cx: &Context, account: &Account, key: ImportKey) -> Answer<Value> {
    let ImportKey::Id(key) = key else {
        let detail = "Give the Endpoint's id or its name as the import block's `id`.";
        return Err(Diagnostic::error("an Endpoint cannot be imported by identity", detail).into());
    };
    let address = account.registry().address();
    let found = wait::unless_stopped(cx, find(cx, account, key.trim())).await?;
    let found = found.map_err(|error| failure::diagnostic(address, &error))?;
    let Some(found) = found else {
        let detail = format!(
            "The registry at `{address}` has none with this id and none with this name. Ids are 32 hexadecimal digits."
        );
        return Err(Diagnostic::error(format!("there is no Endpoint `{}`", key.trim()), detail).into());
    };
    let state = model::imported(&found);
    read::warnings(&found, &state).into_iter().for_each(|warning| cx.report(warning));
    Ok(state)
}

/// An id may look like a name: the id goes first, and the Endpoint of that name is mentioned.
async fn find(
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
        "The Endpoint with this id was imported. Endpoint `{}` has this name; to import that one, give its id.",
        by_name.id()
    );
    Diagnostic::warning(format!("`{key}` is one Endpoint's id and another's name"), detail)
}

fn cannot_be_an_id(error: &RegistryError) -> bool {
    matches!(error.problem(), Problem::InvalidArgument(_) | Problem::Unusable(_))
}
