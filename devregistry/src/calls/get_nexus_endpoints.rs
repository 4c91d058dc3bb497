//! The Endpoints, by id; filters by name, target Namespace and target task queue, which must all hold.

use crate::api::cloudservice::{GetNexusEndpointsRequest, GetNexusEndpointsResponse};
use crate::caller::Caller;
use crate::calls::page::Page;
use crate::calls::rpc::Rpc;
use crate::entities::custom_role::Object;
use crate::entities::endpoint::{Endpoint, message};
use crate::state::State;
use schema::permission::Call;
use tonic::Status;

pub(super) struct GetNexusEndpoints;

impl Rpc for GetNexusEndpoints {
    type Request = GetNexusEndpointsRequest;
    type Response = GetNexusEndpointsResponse;
    const NAME: &'static str = "GetNexusEndpoints";

    fn answer(state: &mut State, caller: &Caller, request: Self::Request) -> Result<Self::Response, Status> {
        caller.require_or(Call::ReadEndpoints, "cloud.nexusendpoint.list", Object::Account)?;
        let page = Page::parse(Self::NAME, request.page_size, &request.page_token)?;
        let namespace = Some(&request.target_namespace_id).filter(|id| !id.is_empty());
        let target = match namespace.map(|id| id.parse()) {
            Some(Err(_)) => return Ok(GetNexusEndpointsResponse::default()),
            Some(Ok(id)) => Some(id),
            None => None,
        };
        let matches = |held: &Endpoint| {
            (request.target_task_queue.is_empty() || held.task_queue.as_str() == request.target_task_queue)
                && target.as_ref().is_none_or(|target| held.target == *target)
        };
        let found = state.endpoints.named(&request.name).filter(|(_, held)| matches(&held.content));
        let items = found.map(|(id, held)| (id.into(), held));
        let (endpoints, next_page_token) = page.cut(items, message);
        Ok(GetNexusEndpointsResponse { endpoints, next_page_token })
    }
}
