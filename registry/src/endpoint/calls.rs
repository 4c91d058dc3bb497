//! The calls on Nexus Endpoints. A write carries an operation id; when its answer is lost, or a repetition is refused
//! because the first one was carried out, the operation of that id tells, and is taken for the answer. A self-hosted server
//! has no operations: what it answers is done.

use crate::client::{Registry, Written};
use crate::cloud::listing::Pages;
use crate::cloud::request::Request;
use crate::endpoint::RegisteredEndpoint;
use crate::endpoint::change::{EndpointChange, NewEndpoint};
use crate::error::{Problem, RegistryError};
use crate::json;
use crate::operation::{Operation, accepted};
use schema::name::EndpointName;
use serde_json::{Value, json};

const ENDPOINTS: [&str; 2] = ["nexus", "endpoints"];

/// A creation that the registry has accepted: the Endpoint has its id, and may not be ready yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Accepted {
    /// The new Endpoint's id.
    pub endpoint_id: String,
    /// What is still to be awaited.
    pub operation: Operation,
}

impl Registry {
    /// Every Endpoint of the account, by id.
    ///
    /// # Errors
    /// Any failure of the calls.
    pub async fn endpoints(&self) -> Result<Vec<RegisteredEndpoint>, RegistryError> {
        if let Some(server) = self.server() {
            return server.endpoints(self.patience()).await;
        }
        let request = Request::get("list endpoints", &ENDPOINTS)?;
        let items = self.list(request, "endpoints", "/id").await?;
        let read = items.into_iter().map(|json| endpoint(json, "list endpoints"));
        read.filter(|read| read.as_ref().is_ok_and(RegisteredEndpoint::exists) || read.is_err()).collect()
    }

    /// The Endpoint of an id; `None` when the registry says that there is none.
    ///
    /// # Errors
    /// Any other failure of the call.
    pub async fn endpoint(&self, id: &str) -> Result<Option<RegisteredEndpoint>, RegistryError> {
        if let Some(server) = self.server() {
            return server.endpoint(id, self.patience()).await;
        }
        let action = format!("read endpoint `{id}`");
        let mut answer = match self.send(Request::get(action.as_str(), &path(id))?).await {
            Ok(answer) => answer,
            Err(error) if error.is_not_found() => return Ok(None),
            Err(error) => return Err(error),
        };
        let json = answer.get_mut("endpoint").map(Value::take).unwrap_or_default();
        let read = endpoint(json, &action)?;
        if read.id() != id {
            return Err(RegistryError::nonsense(&action, format!("it is about endpoint `{}`", read.id())));
        }
        Ok(Some(read).filter(RegisteredEndpoint::exists))
    }

    /// The Endpoint of a name. A registry that does not filter by name gives all: their names are compared here.
    ///
    /// # Errors
    /// Any failure of the calls.
    pub async fn endpoint_named(
        &self,
        name: &EndpointName,
    ) -> Result<Option<RegisteredEndpoint>, RegistryError> {
        if let Some(server) = self.server() {
            return server.endpoint_named(name, self.patience()).await;
        }
        let action = format!("find endpoint `{name}`");
        let request = Request::get(action.as_str(), &ENDPOINTS)?.with("name", name.as_str());
        let mut pages = Pages::new(self, request, "endpoints", "/id");
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

    /// Creates an Endpoint. The same `operation_id` again is the same creation, not a second one: once the Endpoint was
    /// deleted, creating it anew needs another.
    ///
    /// # Errors
    /// Any failure of the call; `AlreadyExists` only when the Endpoint of that name is not of this operation.
    pub async fn create_endpoint(
        &self,
        new: &NewEndpoint,
        operation_id: &str,
    ) -> Result<Accepted, RegistryError> {
        if let Some(server) = self.server() {
            return server.create_endpoint(new, self.patience()).await;
        }
        let action = format!("create endpoint `{}`", new.name);
        let body = json!({ "spec": new.spec(), "asyncOperationId": operation_id });
        let sent = self.write(Request::post(action.as_str(), &ENDPOINTS, body)?).await;
        match sent.and_then(|written| created(written, &action)) {
            Err(error) if may_be_ours(error.problem()) => {
                Ok(self.creation(new, operation_id, &action).await.ok().flatten().ok_or(error)?)
            }
            answered => answered,
        }
    }

    /// Changes an Endpoint: what was read, with the change applied. `None` when that leaves nothing different.
    /// Every version needs an operation id of its own; the same id again is the same update.
    ///
    /// # Errors
    /// Any failure of the call, an outdated version among them.
    pub async fn update_endpoint(
        &self,
        read: &RegisteredEndpoint,
        change: &EndpointChange,
        operation_id: &str,
    ) -> Result<Option<Operation>, RegistryError> {
        if let Some(server) = self.server() {
            return server.update_endpoint(read, change, self.patience()).await;
        }
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
        match self.write_as(request, operation_id).await {
            Err(error) if error.problem().says_nothing_to_change() => Ok(None),
            written => written.map(Some),
        }
    }

    /// Deletes an Endpoint. `None` when there is none of this id any more.
    ///
    /// # Errors
    /// Any failure of the call, an outdated version among them.
    pub async fn delete_endpoint(
        &self,
        id: &str,
        resource_version: &str,
        operation_id: &str,
    ) -> Result<Option<Operation>, RegistryError> {
        if let Some(server) = self.server() {
            return server.delete_endpoint(id, resource_version, self.patience()).await;
        }
        let request = Request::delete(format!("delete endpoint `{id}`"), &path(id))?
            .with("resourceVersion", resource_version)
            .with("asyncOperationId", operation_id);
        match self.write_as(request, operation_id).await {
            Err(error) if error.is_not_found() => Ok(None),
            written => written.map(Some),
        }
    }

    async fn write_as(&self, request: Request, operation_id: &str) -> Result<Operation, RegistryError> {
        let action = request.action.clone();
        let sent = self.write(request).await;
        match sent.and_then(|written| written.operation(&action)) {
            Err(error) if may_be_ours(error.problem()) => {
                Ok(accepted(self, operation_id, &action).await.ok().flatten().ok_or(error)?)
            }
            answered => answered,
        }
    }

    /// The creation of this operation id, where an earlier try was carried out. When it failed, the Endpoint of that
    /// name may be somebody else's.
    async fn creation(
        &self,
        new: &NewEndpoint,
        operation_id: &str,
        action: &str,
    ) -> Result<Option<Accepted>, RegistryError> {
        let Some(operation) = accepted(self, operation_id, action).await? else { return Ok(None) };
        let ours = |endpoint: &RegisteredEndpoint| {
            !operation.has_failed() || endpoint.operation_id() == Some(operation_id)
        };
        let endpoint = self.endpoint_named(&new.name).await?.filter(ours);
        Ok(endpoint.map(|endpoint| Accepted { endpoint_id: endpoint.id().to_owned(), operation }))
    }
}

fn path(id: &str) -> [&str; 3] {
    ["nexus", "endpoints", id]
}

fn endpoint(json: Value, action: &str) -> Result<RegisteredEndpoint, RegistryError> {
    RegisteredEndpoint::from_json(json)
        .and_then(RegisteredEndpoint::on_cloud)
        .map_err(|reason| RegistryError::nonsense(action, reason))
}

fn created(written: Written, action: &str) -> Result<Accepted, RegistryError> {
    let endpoint_id = json::id(&written.answer, "/endpointId")
        .map_err(|reason| RegistryError::nonsense(action, format!("it holds no endpoint id: {reason}")))?;
    Ok(Accepted { endpoint_id: endpoint_id.to_owned(), operation: written.operation(action)? })
}

/// Whether a write may be refused because it was already carried out under the same operation id, or may have been
/// carried out though its answer cannot be read, or tells of a failure on the way back.
fn may_be_ours(problem: &Problem) -> bool {
    use Problem::{AlreadyExists, Leaked, Nonsense, NotFound, Other};
    matches!(problem, AlreadyExists(_) | NotFound(_) | Nonsense { .. } | Leaked(_) | Other { .. })
        || problem.may_be_outdated()
        || problem.says_nothing_to_change()
}
