//! One Namespace: Namespace Read. Other callers do not learn whether it exists.

use crate::api::cloudservice::{GetNamespaceRequest, GetNamespaceResponse};
use crate::caller::Caller;
use crate::calls::rpc::Rpc;
use crate::entities::custom_role::Object;
use crate::entities::namespace::message;
use crate::state::State;
use schema::name::NamespaceId;
use schema::permission::Call;
use tonic::Status;

pub(super) struct GetNamespace;

impl Rpc for GetNamespace {
    type Request = GetNamespaceRequest;
    type Response = GetNamespaceResponse;
    const NAME: &'static str = "GetNamespace";

    fn answer(state: &mut State, caller: &Caller, request: Self::Request) -> Result<Self::Response, Status> {
        let missing = || caller.missing_namespace(&request.namespace);
        let id: NamespaceId = request.namespace.parse().map_err(|_| missing())?;
        let object = Object::Namespace(&request.namespace);
        caller.require_or(Call::ReadNamespace(&id), "cloud.namespace.get", object)?;
        let found = state.namespaces.get(&id).ok_or_else(missing)?;
        Ok(GetNamespaceResponse { namespace: Some(message(&id, found, &state.rules)) })
    }
}
