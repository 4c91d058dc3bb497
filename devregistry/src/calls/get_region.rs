//! One region.

use super::get_regions::message;
use crate::api::cloudservice::{GetRegionRequest, GetRegionResponse};
use crate::caller::Caller;
use crate::calls::rpc::Rpc;
use crate::state::State;
use crate::status;
use schema::permission::Call;
use schema::region::region;
use tonic::Status;

pub(super) struct GetRegion;

impl Rpc for GetRegion {
    type Request = GetRegionRequest;
    type Response = GetRegionResponse;
    const NAME: &'static str = "GetRegion";

    fn answer(_: &mut State, caller: &Caller, request: Self::Request) -> Result<Self::Response, Status> {
        caller.require(Call::ReadAccount)?;
        let found = region(&request.region).ok_or_else(|| status::not_found("region", &request.region))?;
        Ok(GetRegionResponse { region: Some(message(found)) })
    }
}
