//! The calls on Namespaces and regions, for either kind of registry.

use crate::client::Registry;
use crate::cloud;
use crate::error::RegistryError;
use crate::namespace::{Lookup, RegisteredNamespace, RegisteredRegion};
use schema::account::Namespace;
use schema::name::NamespaceId;

impl Registry {
    /// Every region, in the registry's order.
    ///
    /// # Errors
    /// Any failure of the call.
    pub async fn regions(&self) -> Result<Vec<RegisteredRegion>, RegistryError> {
        cloud::namespaces::regions(self).await
    }

    /// Every Namespace of the account that the key may see, by name. One with an invalid id is
    /// skipped: no policy could name it.
    ///
    /// # Errors
    /// Any failure of the calls.
    pub async fn namespaces(&self) -> Result<Vec<Namespace>, RegistryError> {
        Ok(self.namespaces_with_rules().await?.into_iter().map(|registered| registered.namespace).collect())
    }

    /// Every Namespace that the key may see, by name, with the connectivity rules that are attached to it.
    ///
    /// # Errors
    /// Any failure of the calls.
    pub async fn namespaces_with_rules(&self) -> Result<Vec<RegisteredNamespace>, RegistryError> {
        match self.server() {
            Some(server) => {
                let all = server.namespaces(self.retry_policy()).await?;
                Ok(all.into_iter().map(RegisteredNamespace::without_rules).collect())
            }
            None => cloud::namespaces::list(self).await,
        }
    }

    /// Looks up a Namespace. For up to a minute after its creation it may be hidden even from its creator.
    ///
    /// # Errors
    /// A failure other than "not found" and "permission denied".
    pub async fn namespace(&self, id: &NamespaceId) -> Result<Lookup<Namespace>, RegistryError> {
        Ok(self.namespace_with_rules(id).await?.map(|registered| registered.namespace))
    }

    /// Looks up a Namespace with the connectivity rules that are attached to it.
    ///
    /// # Errors
    /// A failure other than "not found" and "permission denied".
    pub async fn namespace_with_rules(
        &self,
        id: &NamespaceId,
    ) -> Result<Lookup<RegisteredNamespace>, RegistryError> {
        match self.server() {
            Some(server) => {
                Ok(server.namespace(id, self.retry_policy()).await?.map(RegisteredNamespace::without_rules))
            }
            None => cloud::namespaces::find(self, id).await,
        }
    }
}
