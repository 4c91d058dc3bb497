//! The calls on Nexus Endpoints, for either kind of registry.

use crate::client::Registry;
use crate::cloud;
use crate::endpoint::change::{EndpointChange, NewEndpoint};
use crate::endpoint::{AcceptedEndpoint, RegisteredEndpoint};
use crate::error::RegistryError;
use crate::operation::Operation;
use schema::name::EndpointName;

impl Registry {
    /// Every Endpoint of the account, by id.
    ///
    /// # Errors
    /// Any failure of the calls.
    pub async fn endpoints(&self) -> Result<Vec<RegisteredEndpoint>, RegistryError> {
        match self.server() {
            Some(server) => server.endpoints(self.retry_policy()).await,
            None => cloud::endpoints::list(self).await,
        }
    }

    /// The Endpoint with this id, if it exists.
    ///
    /// # Errors
    /// Any other failure of the call.
    pub async fn endpoint(&self, id: &str) -> Result<Option<RegisteredEndpoint>, RegistryError> {
        match self.server() {
            Some(server) => server.endpoint(id, self.retry_policy()).await,
            None => cloud::endpoints::read(self, id).await,
        }
    }

    /// The Endpoint with this name, if it exists.
    ///
    /// # Errors
    /// Any failure of the calls.
    pub async fn endpoint_named(
        &self,
        name: &EndpointName,
    ) -> Result<Option<RegisteredEndpoint>, RegistryError> {
        match self.server() {
            Some(server) => server.endpoint_named(name, self.retry_policy()).await,
            None => cloud::endpoints::find(self, name).await,
        }
    }

    /// Creates an Endpoint. A call with the same `operation_id` is a retry, not a second creation: creating the
    /// Endpoint again after its deletion needs another id.
    ///
    /// # Errors
    /// Any failure of the call; `AlreadyExists` only when another operation created the Endpoint of that name.
    pub async fn create_endpoint(
        &self,
        new: &NewEndpoint,
        operation_id: &str,
    ) -> Result<AcceptedEndpoint, RegistryError> {
        match self.server() {
            Some(server) => server.create_endpoint(new, self.retry_policy()).await,
            None => cloud::endpoints::create(self, new, operation_id).await,
        }
    }

    /// Writes an Endpoint as it was read, with the change applied. `None` when the change has no effect. Each version needs its
    /// own operation id; a call with the same id is a retry.
    ///
    /// # Errors
    /// Any failure of the call, an outdated version among them.
    pub async fn update_endpoint(
        &self,
        read: &RegisteredEndpoint,
        change: &EndpointChange,
        operation_id: &str,
    ) -> Result<Option<Operation>, RegistryError> {
        match self.server() {
            Some(server) => server.update_endpoint(read, change, self.retry_policy()).await,
            None => cloud::endpoints::update(self, read, change, operation_id).await,
        }
    }

    /// Deletes an Endpoint. `None` when it no longer exists.
    ///
    /// # Errors
    /// Any failure of the call, an outdated version among them.
    pub async fn delete_endpoint(
        &self,
        id: &str,
        resource_version: &str,
        operation_id: &str,
    ) -> Result<Option<Operation>, RegistryError> {
        match self.server() {
            Some(server) => server.delete_endpoint(id, resource_version, self.retry_policy()).await,
            None => cloud::endpoints::delete(self, id, resource_version, operation_id).await,
        }
    }
}
