//! The connectivity rules, by id, with a filter by a Namespace that they are attached to: Developer or higher.

use crate::api::cloudservice::{GetConnectivityRulesRequest, GetConnectivityRulesResponse};
use crate::caller::Caller;
use crate::calls::page::Page;
use crate::calls::rpc::Rpc;
use crate::entities::connectivity_rule::message;
use crate::entities::custom_role::Object;
use crate::state::State;
use schema::name::NamespaceId;
use schema::permission::Call;
use tonic::Status;

pub(super) struct GetConnectivityRules;

impl Rpc for GetConnectivityRules {
    type Request = GetConnectivityRulesRequest;
    type Response = GetConnectivityRulesResponse;
    const NAME: &'static str = "GetConnectivityRules";

    fn answer(state: &mut State, caller: &Caller, request: Self::Request) -> Result<Self::Response, Status> {
        caller.require_or(Call::ReadConnectivityRules, "cloud.connectivityrule.list", Object::Account)?;
        let page = Page::parse(Self::NAME, request.page_size, &request.page_token)?;
        let namespace = request.namespace.parse().ok().and_then(|id: NamespaceId| state.namespaces.get(&id));
        let attached = |id: &String| namespace.is_some_and(|held| held.content.rules().contains(id));
        let found = state.rules.iter().filter(|(id, _)| request.namespace.is_empty() || attached(id));
        let items = found.map(|(id, held)| (id.as_str().into(), held));
        let (connectivity_rules, next_page_token) = page.cut(items, message);
        Ok(GetConnectivityRulesResponse { connectivity_rules, next_page_token })
    }
}
