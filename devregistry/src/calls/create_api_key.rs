//! Creates an API key: for oneself, or for a principal that the caller manages. Only this response contains the token: the
//! response to a repeated request has none.

use crate::api::cloudservice::{CreateApiKeyRequest, CreateApiKeyResponse};
use crate::caller::Caller;
use crate::calls::rpc::Rpc;
use crate::entities::api_key::{self, Key};
use crate::entities::id;
use crate::entities::resource::Resource;
use crate::operations::{Kind, Operation, Outcome};
use crate::state::{Accepted, State};
use crate::status;
use schema::permission::Call;
use schema::secret::Secret;
use tonic::Status;

pub(super) struct CreateApiKey;

impl Rpc for CreateApiKey {
    type Request = CreateApiKeyRequest;
    type Response = CreateApiKeyResponse;
    const NAME: &'static str = "CreateApiKey";

    fn answer(state: &mut State, caller: &Caller, request: Self::Request) -> Result<Self::Response, Status> {
        let (Accepted { subject, operation }, token) = accept(state, caller, &request)?;
        let token = token.map(|token| token.expose().to_owned()).unwrap_or_default();
        Ok(CreateApiKeyResponse { key_id: subject, token, async_operation: Some(operation) })
    }
}

fn accept(
    state: &mut State,
    caller: &Caller,
    request: &CreateApiKeyRequest,
) -> Result<(Accepted, Option<Secret>), Status> {
    caller.require(Call::ManageOwnApiKeys)?;
    let (token, digest) = api_key::fresh();
    let key = Key::parse(request.spec.clone(), digest)?;
    state.require_key_owner(caller, &key.owner)?;
    let grants = state.principals.grants(key.owner.kind, &key.owner.id).unwrap_or_default();
    if grants.iter().any(|grant| grant.rights().is_owner()) {
        state.require_owner_maker(caller)?;
    }
    if let Some(accepted) = state.replay(request, &request.async_operation_id)? {
        return Ok((accepted, None));
    }
    if !state.principals.of(key.owner.kind).contains_key(&key.owner.id) {
        let owner = key.owner.id.escape_debug();
        return Err(status::bad_request(format!("the owner `{owner}` of the key was not found")));
    }
    key.expires_after(state.clock.now())?;
    let id = id::random();
    let subject = Kind::ApiKey.of(id.clone());
    let operation = Operation::new(request, &request.async_operation_id, subject, Outcome::Active);
    let accepted = state.accept(caller, operation, |state, operation| {
        let key = Resource::created_by(operation, key, state.now());
        state.keys.insert(id, key);
    });
    Ok((accepted, Some(token)))
}
