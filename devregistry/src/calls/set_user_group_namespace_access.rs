//! Sets a group's access to a Namespace, or removes it if none is given: Namespace Admin.

use crate::api::cloudservice::{SetUserGroupNamespaceAccessRequest, SetUserGroupNamespaceAccessResponse};
use crate::caller::Caller;
use crate::calls::namespace_access::{self, Change};
use crate::calls::rpc::Rpc;
use crate::state::State;
use schema::name::PrincipalKind;
use tonic::Status;

pub(super) struct SetUserGroupNamespaceAccess;

impl Rpc for SetUserGroupNamespaceAccess {
    type Request = SetUserGroupNamespaceAccessRequest;
    type Response = SetUserGroupNamespaceAccessResponse;
    const NAME: &'static str = "SetUserGroupNamespaceAccess";

    fn answer(state: &mut State, caller: &Caller, request: Self::Request) -> Result<Self::Response, Status> {
        let change = Change {
            kind: PrincipalKind::Group,
            action: "cloud.namespace.setUserGroupAccess",
            namespace: &request.namespace,
            id: &request.group_id,
            access: request.access.as_ref(),
            resource_version: &request.resource_version,
            operation_id: &request.async_operation_id,
        };
        let accepted = namespace_access::set(state, caller, &request, &change)?;
        Ok(SetUserGroupNamespaceAccessResponse { async_operation: Some(accepted.operation) })
    }
}
