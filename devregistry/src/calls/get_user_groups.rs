//! The groups, by name; filters by name and by a Namespace that they can reach. All groups here are Cloud groups, so
//! a filter for a Google or SCIM group finds none.

use crate::api::cloudservice::{GetUserGroupsRequest, GetUserGroupsResponse};
use crate::call::Rpc;
use crate::caller::Caller;
use crate::page::Page;
use crate::principal::{Principal, group, reaches};
use crate::resource::Resource;
use crate::state::State;
use schema::permission::Call;
use std::collections::BTreeMap;
use tonic::Status;

pub(super) struct GetUserGroups;

impl Rpc for GetUserGroups {
    type Request = GetUserGroupsRequest;
    type Response = GetUserGroupsResponse;
    const NAME: &'static str = "GetUserGroups";

    fn answer(state: &mut State, caller: &Caller, request: Self::Request) -> Result<Self::Response, Status> {
        caller.require(Call::ReadAccount)?;
        let page = Page::parse(Self::NAME, request.page_size, &request.page_token)?;
        let found = state.principals.groups.iter().filter(|(_, held)| wanted(&request, &held.content));
        let by_name: BTreeMap<&str, (&String, &Resource<Principal>)> =
            found.map(|(id, held)| (held.content.name.name(), (id, held))).collect();
        let items = by_name.iter().map(|(name, held)| ((*name).into(), held));
        let (groups, next_page_token) = page.cut(items, |_, (id, held)| group(id, held));
        Ok(GetUserGroupsResponse { groups, next_page_token })
    }
}

fn wanted(request: &GetUserGroupsRequest, held: &Principal) -> bool {
    let name = &request.display_name;
    request.google_group.is_none()
        && request.scim_group.is_none()
        && (name.is_empty() || held.name.name() == name)
        && (request.namespace.is_empty() || reaches(&held.access, &request.namespace))
}
