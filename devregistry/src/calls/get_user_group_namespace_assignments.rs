//! The groups with access to a Namespace, by id: Namespace Read.

use crate::api::cloudservice::{
    GetUserGroupNamespaceAssignmentsRequest, GetUserGroupNamespaceAssignmentsResponse,
};
use crate::api::identity::UserGroupNamespaceAssignment;
use crate::caller::Caller;
use crate::calls::namespace_access;
use crate::calls::page::Page;
use crate::calls::rpc::Rpc;
use crate::state::State;
use schema::name::PrincipalKind;
use tonic::Status;

pub(super) struct GetUserGroupNamespaceAssignments;

impl Rpc for GetUserGroupNamespaceAssignments {
    type Request = GetUserGroupNamespaceAssignmentsRequest;
    type Response = GetUserGroupNamespaceAssignmentsResponse;
    const NAME: &'static str = "GetUserGroupNamespaceAssignments";

    fn answer(state: &mut State, caller: &Caller, request: Self::Request) -> Result<Self::Response, Status> {
        let named = (request.namespace.as_str(), "cloud.namespace.getUserGroupNamespaceAssignments");
        let found = namespace_access::list(state, caller, PrincipalKind::Group, named)?;
        let page = Page::parse(Self::NAME, request.page_size, &request.page_token)?;
        let items = found.iter().map(|(id, assigned)| (id.as_str().into(), assigned));
        let (groups, next_page_token) = page.cut(items, |id, assigned| UserGroupNamespaceAssignment {
            id: id.to_owned(),
            display_name: assigned.principal.content.name.name().to_owned(),
            namespace_access: assigned.access.clone(),
            inherited_access: assigned.inherited,
            resource_version: assigned.principal.version.clone(),
        });
        Ok(GetUserGroupNamespaceAssignmentsResponse { groups, next_page_token })
    }
}
