//! Sets a user's access to a Namespace, or removes it if none is given: Namespace Admin.

use crate::api::cloudservice::{SetUserNamespaceAccessRequest, SetUserNamespaceAccessResponse};
use crate::caller::Caller;
use crate::calls::namespace_access::{self, Change};
use crate::calls::rpc::Rpc;
use crate::state::State;
use schema::name::PrincipalKind;
use tonic::Status;

pub(super) struct SetUserNamespaceAccess;

impl Rpc for SetUserNamespaceAccess {
    type Request = SetUserNamespaceAccessRequest;
    type Response = SetUserNamespaceAccessResponse;
    const NAME: &'static str = "SetUserNamespaceAccess";

    fn answer(state: &mut State, caller: &Caller, request: Self::Request) -> Result<Self::Response, Status> {
        let change = Change {
            kind: PrincipalKind::User,
            action: "cloud.namespace.setUserAccess",
            namespace: &request.namespace,
            id: &request.user_id,
            access: request.access.as_ref(),
            resource_version: &request.resource_version,
            operation_id: &request.async_operation_id,
        };
        let accepted = namespace_access::set(state, caller, &request, &change)?;
        Ok(SetUserNamespaceAccessResponse { async_operation: Some(accepted.operation) })
    }
}
