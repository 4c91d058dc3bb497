//! The users with access to a Namespace, by id: Namespace Read.

use crate::api::cloudservice::{GetUserNamespaceAssignmentsRequest, GetUserNamespaceAssignmentsResponse};
use crate::api::identity::UserNamespaceAssignment;
use crate::caller::Caller;
use crate::calls::namespace_access;
use crate::calls::page::Page;
use crate::calls::rpc::Rpc;
use crate::state::State;
use schema::name::PrincipalKind;
use tonic::Status;

pub(super) struct GetUserNamespaceAssignments;

impl Rpc for GetUserNamespaceAssignments {
    type Request = GetUserNamespaceAssignmentsRequest;
    type Response = GetUserNamespaceAssignmentsResponse;
    const NAME: &'static str = "GetUserNamespaceAssignments";

    fn answer(state: &mut State, caller: &Caller, request: Self::Request) -> Result<Self::Response, Status> {
        let named = (request.namespace.as_str(), "cloud.namespace.getUserNamespaceAssignments");
        let found = namespace_access::list(state, caller, PrincipalKind::User, named)?;
        let page = Page::parse(Self::NAME, request.page_size, &request.page_token)?;
        let items = found.iter().map(|(id, assigned)| (id.as_str().into(), assigned));
        let (users, next_page_token) = page.cut(items, |id, assigned| UserNamespaceAssignment {
            id: id.to_owned(),
            email: assigned.principal.content.name.name().to_owned(),
            namespace_access: assigned.access.clone(),
            inherited_access: assigned.inherited,
            resource_version: assigned.principal.version.clone(),
        });
        Ok(GetUserNamespaceAssignmentsResponse { users, next_page_token })
    }
}
