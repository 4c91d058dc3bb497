//! The API keys that the caller may manage, by id; filters by owner.

use crate::api::cloudservice::{GetApiKeysRequest, GetApiKeysResponse};
use crate::caller::Caller;
use crate::calls::page::Page;
use crate::calls::rpc::Rpc;
use crate::entities::api_key::{Owner, message, owner_kind};
use crate::state::State;
use crate::status;
use schema::name::PrincipalKind;
use schema::permission::Call;
use tonic::Status;

pub(super) struct GetApiKeys;

impl Rpc for GetApiKeys {
    type Request = GetApiKeysRequest;
    type Response = GetApiKeysResponse;
    const NAME: &'static str = "GetApiKeys";

    fn answer(state: &mut State, caller: &Caller, request: Self::Request) -> Result<Self::Response, Status> {
        caller.require(Call::ManageOwnApiKeys)?;
        let page = Page::parse(Self::NAME, request.page_size, &request.page_token)?;
        let (kind, now) = (wanted_kind(&request)?, state.clock.now());
        let matches = |owner: &Owner| {
            (request.owner_id.is_empty() || owner.id == request.owner_id)
                && kind.is_none_or(|kind| owner.kind == kind)
                && state.require_key_owner(caller, owner).is_ok()
        };
        let found = state.keys.iter().filter(|(_, held)| matches(&held.content.owner));
        let items = found.map(|(id, held)| (id.as_str().into(), held));
        let (api_keys, next_page_token) = page.cut(items, |id, held| message(id, held, now));
        Ok(GetApiKeysResponse { api_keys, next_page_token })
    }
}

#[expect(deprecated, reason = "clients of old API versions send the type as a word")]
fn wanted_kind(request: &GetApiKeysRequest) -> Result<Option<PrincipalKind>, Status> {
    match (owner_kind(request.owner_type()), request.owner_type_deprecated.as_str()) {
        (Some(kind), _) => Ok(Some(kind)),
        (None, "") => Ok(None),
        (None, "user") => Ok(Some(PrincipalKind::User)),
        (None, "service-account") => Ok(Some(PrincipalKind::ServiceAccount)),
        (None, word) => Err(status::bad_request(format!("unknown owner type `{}`", word.escape_debug()))),
    }
}
