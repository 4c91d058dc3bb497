//! Reads the identity of the caller: every principal.

use crate::api::cloudservice::get_current_identity_response::Principal;
use crate::api::cloudservice::{GetCurrentIdentityRequest, GetCurrentIdentityResponse};
use crate::caller::Caller;
use crate::calls::rpc::Rpc;
use crate::entities::api_key;
use crate::entities::service_account;
use crate::entities::user;
use crate::state::State;
use schema::name::PrincipalKind;
use tonic::Status;

pub(super) struct GetCurrentIdentity;

impl Rpc for GetCurrentIdentity {
    type Request = GetCurrentIdentityRequest;
    type Response = GetCurrentIdentityResponse;
    const NAME: &'static str = "GetCurrentIdentity";

    fn answer(state: &mut State, caller: &Caller, _: Self::Request) -> Result<Self::Response, Status> {
        let held = state.principals.of(caller.kind).get(&caller.id);
        let principal = held.map(|held| match caller.kind {
            PrincipalKind::ServiceAccount => {
                Principal::ServiceAccount(service_account::message(&caller.id, held))
            }
            PrincipalKind::User | PrincipalKind::Group => Principal::User(user::message(&caller.id, held)),
        });
        let now = state.clock.now();
        let principal_api_key =
            state.keys.get(&caller.key).map(|held| api_key::message(&caller.key, held, now));
        Ok(GetCurrentIdentityResponse { principal, principal_api_key })
    }
}
