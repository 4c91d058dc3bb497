//! The calls on Nexus Endpoints of Temporal Cloud. A write carries an operation id. When its response is lost, or a
//! retry is refused because the first attempt was applied, the operation with that id is read instead.

use crate::client::{Registry, Written};
use crate::cloud::listing::Pages;
use crate::cloud::request::Request;
use crate::endpoint::change::{EndpointChange, NewEndpoint};
use crate::endpoint::{AcceptedEndpoint, RegisteredEndpoint};
use crate::error::{Problem, RegistryError};
use crate::json;
use crate::operation::Operation;
use crate::operation::wait::find_accepted;
use schema::name::EndpointName;
use serde_json::{Value, json};

const ENDPOINTS: [&str; 2] = ["nexus", "endpoints"];

/// Every Endpoint of the account, by id.
pub(crate) async fn list(registry: &Registry) -> Result<Vec<RegisteredEndpoint>, RegistryError> {
    let request = Request::get("list endpoints", &ENDPOINTS)?;
    let items = registry.list(request, "endpoints", "/id").await?;
    let read = items.into_iter().map(|json| endpoint(json, "list endpoints"));
    read.filter(|read| read.as_ref().is_ok_and(RegisteredEndpoint::exists) || read.is_err()).collect()
}

/// The Endpoint with this id.
pub(crate) async fn read(registry: &Registry, id: &str) -> Result<Option<RegisteredEndpoint>, RegistryError> {
    let action = format!("read endpoint `{id}`");
    let mut response = match registry.send(Request::get(action.as_str(), &path(id))?).await {
        Ok(response) => response,
        Err(error) if error.is_not_found() => return Ok(None),
        Err(error) => return Err(error),
    };
    let json = response.get_mut("endpoint").map(Value::take).unwrap_or_default();
    let read = endpoint(json, &action)?;
    if read.id() != id {
        return Err(RegistryError::malformed_response(
            &action,
            format!("it describes endpoint `{}`", read.id()),
        ));
    }
    Ok(Some(read).filter(RegisteredEndpoint::exists))
}

/// The Endpoint with this name. A registry that does not filter by name returns all, so the names are compared here.
pub(crate) async fn find(
    registry: &Registry,
    name: &EndpointName,
) -> Result<Option<RegisteredEndpoint>, RegistryError> {
    let action = format!("find endpoint `{name}`");
    let request = Request::get(action.as_str(), &ENDPOINTS)?.with("name", name.as_str());
    let mut pages = Pages::new(registry, request, "endpoints", "/id");
    while let Some(page) = pages.next().await? {
        for json in page {
            let read = endpoint(json, &action)?;
            if read.exists() && read.name() == name.as_str() {
                return Ok(Some(read));
            }
        }
    }
    Ok(None)
}

/// Creates an Endpoint.
pub(crate) async fn create(
    registry: &Registry,
    new: &NewEndpoint,
    operation_id: &str,
) -> Result<AcceptedEndpoint, RegistryError> {
    let action = format!("create endpoint `{}`", new.name);
    let body = json!({ "spec": new.spec(), "asyncOperationId": operation_id });
    let sent = registry.write(Request::post(action.as_str(), &ENDPOINTS, body)?).await;
    match sent.and_then(|written| created(written, &action)) {
        Err(error) if may_have_been_applied(error.problem()) => {
            Ok(creation(registry, new, operation_id, &action).await.ok().flatten().ok_or(error)?)
        }
        answered => answered,
    }
}

/// Changes an Endpoint.
pub(crate) async fn update(
    registry: &Registry,
    read: &RegisteredEndpoint,
    change: &EndpointChange,
    operation_id: &str,
) -> Result<Option<Operation>, RegistryError> {
    let changed = change.applied_to(read);
    if changed == *read {
        return Ok(None);
    }
    let action = format!("update endpoint `{}`", read.name());
    let body = json!({
        "spec": changed.spec(),
        "resourceVersion": read.resource_version(),
        "asyncOperationId": operation_id,
    });
    let request = Request::post(action.as_str(), &path(read.id()), body)?;
    match write_with_id(registry, request, operation_id).await {
        Err(error) if error.problem().says_nothing_to_change() => Ok(None),
        written => written.map(Some),
    }
}

/// Deletes an Endpoint.
pub(crate) async fn delete(
    registry: &Registry,
    id: &str,
    resource_version: &str,
    operation_id: &str,
) -> Result<Option<Operation>, RegistryError> {
    let request = Request::delete(format!("delete endpoint `{id}`"), &path(id))?
        .with("resourceVersion", resource_version)
        .with("asyncOperationId", operation_id);
    match write_with_id(registry, request, operation_id).await {
        Err(error) if error.is_not_found() => Ok(None),
        written => written.map(Some),
    }
}

async fn write_with_id(
    registry: &Registry,
    request: Request,
    operation_id: &str,
) -> Result<Operation, RegistryError> {
    let action = request.action.clone();
    let sent = registry.write(request).await;
    match sent.and_then(|written| written.operation(&action)) {
        Err(error) if may_have_been_applied(error.problem()) => {
            Ok(find_accepted(registry, operation_id, &action).await.ok().flatten().ok_or(error)?)
        }
        answered => answered,
    }
}

/// The Endpoint that an earlier attempt with this operation id created. If that failed, the Endpoint of that name may belong
/// to another operation.
async fn creation(
    registry: &Registry,
    new: &NewEndpoint,
    operation_id: &str,
    action: &str,
) -> Result<Option<AcceptedEndpoint>, RegistryError> {
    let Some(operation) = find_accepted(registry, operation_id, action).await? else { return Ok(None) };
    let is_own = |endpoint: &RegisteredEndpoint| {
        !operation.has_failed() || endpoint.operation_id() == Some(operation_id)
    };
    let endpoint = find(registry, &new.name).await?.filter(is_own);
    Ok(endpoint.map(|endpoint| AcceptedEndpoint { endpoint_id: endpoint.id().to_owned(), operation }))
}

fn path(id: &str) -> [&str; 3] {
    ["nexus", "endpoints", id]
}

fn endpoint(json: Value, action: &str) -> Result<RegisteredEndpoint, RegistryError> {
    RegisteredEndpoint::from_json(json)
        .and_then(RegisteredEndpoint::with_cloud_target)
        .map_err(|reason| RegistryError::malformed_response(action, reason))
}

fn created(written: Written, action: &str) -> Result<AcceptedEndpoint, RegistryError> {
    let endpoint_id = json::id(&written.response, "/endpointId").map_err(|reason| {
        RegistryError::malformed_response(action, format!("missing endpoint id: {reason}"))
    })?;
    Ok(AcceptedEndpoint { endpoint_id: endpoint_id.to_owned(), operation: written.operation(action)? })
}

/// Whether a write with this problem may have been applied, by this attempt or by an earlier one with the same operation id.
fn may_have_been_applied(problem: &Problem) -> bool {
    use Problem::{AlreadyExists, Leaked, MalformedResponse, NotFound, Other};
    matches!(problem, AlreadyExists(_) | NotFound(_) | MalformedResponse { .. } | Leaked(_) | Other { .. })
        || problem.may_be_outdated()
        || problem.says_nothing_to_change()
}
