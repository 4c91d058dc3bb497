//! Sets a service account's access to a Namespace, or removes it if none is given: Namespace Admin. A service
//! account of one Namespace has access only to that.

use crate::api::cloudservice::{
    SetServiceAccountNamespaceAccessRequest, SetServiceAccountNamespaceAccessResponse,
};
use crate::caller::Caller;
use crate::calls::namespace_access::{self, Change};
use crate::calls::rpc::Rpc;
use crate::state::State;
use schema::name::PrincipalKind;
use tonic::Status;

pub(super) struct SetServiceAccountNamespaceAccess;

impl Rpc for SetServiceAccountNamespaceAccess {
    type Request = SetServiceAccountNamespaceAccessRequest;
    type Response = SetServiceAccountNamespaceAccessResponse;
    const NAME: &'static str = "SetServiceAccountNamespaceAccess";

    fn answer(state: &mut State, caller: &Caller, request: Self::Request) -> Result<Self::Response, Status> {
        let change = Change {
            kind: PrincipalKind::ServiceAccount,
            action: "cloud.namespace.setServiceAccountAccess",
            namespace: &request.namespace,
            id: &request.service_account_id,
            access: request.access.as_ref(),
            resource_version: &request.resource_version,
            operation_id: &request.async_operation_id,
        };
        let accepted = namespace_access::set(state, caller, &request, &change)?;
        Ok(SetServiceAccountNamespaceAccessResponse { async_operation: Some(accepted.operation) })
    }
}
