//! The regions that can hold Namespaces.

use crate::api::cloudservice::{GetRegionsRequest, GetRegionsResponse};
use crate::api::region::{Region, region::CloudProvider};
use crate::caller::Caller;
use crate::calls::rpc::Rpc;
use crate::state::State;
use schema::permission::Call;
use schema::region::{self, REGIONS};
use tonic::Status;

pub(super) struct GetRegions;

impl Rpc for GetRegions {
    type Request = GetRegionsRequest;
    type Response = GetRegionsResponse;
    const NAME: &'static str = "GetRegions";

    fn answer(_: &mut State, caller: &Caller, _: Self::Request) -> Result<Self::Response, Status> {
        caller.require(Call::ReadAccount)?;
        Ok(GetRegionsResponse { regions: REGIONS.iter().map(message).collect() })
    }
}

/// A region as answers show it. API v0.17 has no number for Azure, so its regions leave the provider unspecified.
pub(super) fn message(region: &region::Region) -> Region {
    let provider = match region.cloud() {
        "aws" => CloudProvider::Aws,
        "gcp" => CloudProvider::Gcp,
        _ => CloudProvider::Unspecified,
    };
    Region {
        id: region.id.to_owned(),
        cloud_provider: provider.into(),
        cloud_provider_region: region.cloud_region().to_owned(),
        location: region.location.to_owned(),
        ..Region::default()
    }
}
