//! The calls on Namespaces of a self-hosted server, and on its cluster.

use super::Server;
use super::call::Call;
use super::pages::Pages;
use crate::error::{Problem, RegistryError};
use crate::namespace::Lookup;
use crate::retry::RetryPolicy;
use prost::Message;
use schema::account::Namespace;
use schema::backend::Backend;
use schema::name::NamespaceId;
use std::collections::BTreeSet;
use temporalio_protos::temporal::api::enums::v1::NamespaceState;
use temporalio_protos::temporal::api::namespace::v1::NamespaceInfo;
use temporalio_protos::temporal::api::workflowservice::v1::{
    DescribeNamespaceRequest, DescribeNamespaceResponse, GetClusterInfoRequest, GetClusterInfoResponse,
    ListNamespacesRequest,
};

const SERVICE: &str = "/temporal.api.workflowservice.v1.WorkflowService";
const PAGE_SIZE: i32 = 500;
/// The field numbers of a Namespace in a list and of the next page's token.
const NAMESPACE_OF_LIST: u32 = 1;
const TOKEN_OF_LIST: u32 = 2;

impl Server {
    /// Every Namespace, by name.
    pub(crate) async fn namespaces(&self, policy: &RetryPolicy) -> Result<Vec<Namespace>, RegistryError> {
        let action = "list namespaces";
        let mut all = Vec::new();
        let mut pages = Pages::new(action, policy);
        while let Some(next_page_token) = pages.token() {
            let request = ListNamespacesRequest {
                page_size: PAGE_SIZE,
                next_page_token,
                ..ListNamespacesRequest::default()
            };
            let call = Call::new(action, SERVICE, "ListNamespaces", request.encode_to_vec());
            let response = pages.wait_for(self.send(&call, policy)).await?;
            for namespace in pages.add_page(&call, &response, TOKEN_OF_LIST, NAMESPACE_OF_LIST)? {
                let found = call.decoded(DescribeNamespaceResponse::decode(namespace))?;
                let id = found.namespace_info.as_ref().map_or("", |info| info.id.as_str());
                pages.add_id(id)?;
                all.extend(read(found.namespace_info));
            }
        }
        all.sort_by(|left, right| left.id.cmp(&right.id));
        Ok(all)
    }

    /// Looks up a Namespace.
    pub(crate) async fn namespace(
        &self,
        id: &NamespaceId,
        policy: &RetryPolicy,
    ) -> Result<Lookup<Namespace>, RegistryError> {
        let request =
            DescribeNamespaceRequest { namespace: id.to_string(), ..DescribeNamespaceRequest::default() };
        let action = format!("read namespace `{id}`");
        let call = Call::new(action, SERVICE, "DescribeNamespace", request.encode_to_vec());
        let response = match self.send(&call, policy).await {
            Ok(response) => response,
            Err(error) => {
                return match error.problem() {
                    Problem::NotFound(_) => Ok(Lookup::Missing),
                    Problem::PermissionDenied(reason) => Ok(Lookup::Hidden(reason.clone())),
                    _ => Err(error),
                };
            }
        };
        let found = call.decoded(DescribeNamespaceResponse::decode(response))?;
        Ok(read(found.namespace_info).filter(|found| found.id == *id).map_or(Lookup::Missing, Lookup::Found))
    }

    /// The id that the server's cluster got when it was set up.
    pub(crate) async fn cluster(&self, policy: &RetryPolicy) -> Result<String, RegistryError> {
        let request = GetClusterInfoRequest::default().encode_to_vec();
        let call = Call::new("read the cluster's id", SERVICE, "GetClusterInfo", request);
        let response = self.send(&call, policy).await?;
        let found = call.decoded(GetClusterInfoResponse::decode(response))?;
        match found.cluster_id {
            id if id.is_empty() => Err(RegistryError::malformed_response(&call.action, "missing cluster id")),
            id => Ok(id),
        }
    }
}

/// A Namespace that exists: one that is being deleted is kept for a while under another name. Its tags are its `data`.
fn read(info: Option<NamespaceInfo>) -> Option<Namespace> {
    let info = info.filter(|info| info.state != i32::from(NamespaceState::Deleted))?;
    let id = Backend::SelfHosted.namespace_id(&info.name).ok()?;
    let tags = info.data.into_iter().collect();
    Some(Namespace { id, regions: Vec::new(), auth: BTreeSet::new(), tags })
}
