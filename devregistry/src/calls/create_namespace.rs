//! Creates a Namespace: Developer or higher, and with tags Global Admin or Owner. The creator becomes its Namespace
//! Admin.

use crate::api::cloudservice::{CreateNamespaceRequest, CreateNamespaceResponse};
use crate::caller::Caller;
use crate::calls::rpc::Rpc;
use crate::entities::custom_role::Object;
use crate::entities::namespace::{Namespace, check_tags};
use crate::entities::resource::Resource;
use crate::operations::{Kind, Operation, Outcome};
use crate::state::{Accepted, State};
use crate::status;
use schema::name::NamespaceId;
use schema::permission::Call;
use tonic::Status;

pub(super) struct CreateNamespace;

impl Rpc for CreateNamespace {
    type Request = CreateNamespaceRequest;
    type Response = CreateNamespaceResponse;
    const NAME: &'static str = "CreateNamespace";

    fn answer(state: &mut State, caller: &Caller, request: Self::Request) -> Result<Self::Response, Status> {
        let Accepted { subject, operation } = accept(state, caller, &request)?;
        Ok(CreateNamespaceResponse { namespace: subject, async_operation: Some(operation) })
    }
}

fn accept(state: &mut State, caller: &Caller, request: &CreateNamespaceRequest) -> Result<Accepted, Status> {
    caller.require_or(Call::CreateNamespace, "cloud.namespace.create", Object::Account)?;
    if !request.tags.is_empty() {
        caller.require(Call::TagNamespace)?;
    }
    if let Some(accepted) = state.replay(request, &request.async_operation_id)? {
        return Ok(accepted);
    }
    let tags = request.tags.clone().into_iter().collect();
    check_tags(&tags)?;
    let namespace = Namespace::parse(request.spec.clone(), tags)?;
    state.check_attachments(namespace.rules(), &namespace.replicas.regions())?;
    let id = NamespaceId::new(namespace.name.clone(), state.id.clone());
    if state.namespaces.contains_key(&id) {
        return Err(status::already_exists("namespace", &namespace.name));
    }
    let subject = Kind::Namespace.of(id.to_string());
    let operation = Operation::new(request, &request.async_operation_id, subject, Outcome::Active);
    Ok(state.accept(caller, operation, |state, operation| {
        let now = state.now();
        if !caller.rights.administer_account() {
            state.principals.grant_admin(caller.kind, &caller.id, &id, now);
        }
        state.namespaces.insert(id, Resource::created_by(operation, namespace, now));
    }))
}
