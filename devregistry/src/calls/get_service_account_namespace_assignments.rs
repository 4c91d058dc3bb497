//! The service accounts with access to a Namespace, by id: Namespace Read.

use crate::api::cloudservice::{
    GetServiceAccountNamespaceAssignmentsRequest, GetServiceAccountNamespaceAssignmentsResponse,
};
use crate::api::identity::ServiceAccountNamespaceAssignment;
use crate::caller::Caller;
use crate::calls::namespace_access;
use crate::calls::page::Page;
use crate::calls::rpc::Rpc;
use crate::state::State;
use schema::name::PrincipalKind;
use tonic::Status;

pub(super) struct GetServiceAccountNamespaceAssignments;

impl Rpc for GetServiceAccountNamespaceAssignments {
    type Request = GetServiceAccountNamespaceAssignmentsRequest;
    type Response = GetServiceAccountNamespaceAssignmentsResponse;
    const NAME: &'static str = "GetServiceAccountNamespaceAssignments";

    fn answer(state: &mut State, caller: &Caller, request: Self::Request) -> Result<Self::Response, Status> {
        let named = (request.namespace.as_str(), "cloud.namespace.getServiceAccountNamespaceAssignments");
        let found = namespace_access::list(state, caller, PrincipalKind::ServiceAccount, named)?;
        let page = Page::parse(Self::NAME, request.page_size, &request.page_token)?;
        let items = found.iter().map(|(id, assigned)| (id.as_str().into(), assigned));
        let (service_accounts, next_page_token) =
            page.cut(items, |id, assigned| ServiceAccountNamespaceAssignment {
                id: id.to_owned(),
                name: assigned.principal.content.name.name().to_owned(),
                namespace_access: assigned.access.clone(),
                inherited_access: assigned.inherited,
                resource_version: assigned.principal.version.clone(),
            });
        Ok(GetServiceAccountNamespaceAssignmentsResponse { service_accounts, next_page_token })
    }
}
