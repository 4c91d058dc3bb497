//! The groups, by name; filters by name, by a Namespace that they can reach and by where they come from.

use crate::api::cloudservice::{GetUserGroupsRequest, GetUserGroupsResponse};
use crate::api::identity::user_group_spec::GroupType;
use crate::caller::Caller;
use crate::calls::page::Page;
use crate::calls::rpc::Rpc;
use crate::entities::principal::Principal;
use crate::entities::resource::Resource;
use crate::entities::user_group::message;
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
        let found = state.principals.groups.iter().filter(|(_, held)| matches(&request, &held.content));
        let by_name: BTreeMap<&str, (&String, &Resource<Principal>)> =
            found.map(|(id, held)| (held.content.name.name(), (id, held))).collect();
        let items = by_name.iter().map(|(name, held)| ((*name).into(), held));
        let (groups, next_page_token) = page.cut(items, |_, (id, held)| message(id, held));
        Ok(GetUserGroupsResponse { groups, next_page_token })
    }
}

fn matches(request: &GetUserGroupsRequest, held: &Principal) -> bool {
    let name = &request.display_name;
    (name.is_empty() || held.name.name() == name)
        && (request.namespace.is_empty() || held.grant.reaches(&request.namespace))
        && request.google_group.as_ref().is_none_or(|filter| is_google(held, &filter.email_address))
        && request.scim_group.as_ref().is_none_or(|filter| is_scim(held, &filter.idp_id))
}

/// A filter without an address lets every Google group through.
fn is_google(held: &Principal, email: &str) -> bool {
    let Some(GroupType::GoogleGroup(google)) = &held.group_type else { return false };
    email.is_empty() || google.email_address == email.to_lowercase()
}

fn is_scim(held: &Principal, idp_id: &str) -> bool {
    let Some(GroupType::ScimGroup(scim)) = &held.group_type else { return false };
    idp_id.is_empty() || scim.idp_id == idp_id
}
