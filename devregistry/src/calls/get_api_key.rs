//! One API key: one's own, or another's for those who manage its owner. Others do not learn whether it exists.

use crate::api::cloudservice::{GetApiKeyRequest, GetApiKeyResponse};
use crate::caller::Caller;
use crate::calls::rpc::Rpc;
use crate::entities::api_key::{self, message};
use crate::state::State;
use tonic::Status;

pub(super) struct GetApiKey;

impl Rpc for GetApiKey {
    type Request = GetApiKeyRequest;
    type Response = GetApiKeyResponse;
    const NAME: &'static str = "GetApiKey";

    fn answer(state: &mut State, caller: &Caller, request: Self::Request) -> Result<Self::Response, Status> {
        let id = &request.key_id;
        let found = state.keys.get(id).ok_or_else(|| api_key::missing(caller, id))?;
        state.require_key_owner(caller, &found.content.owner)?;
        Ok(GetApiKeyResponse { api_key: Some(message(id, found, state.clock.now())) })
    }
}
