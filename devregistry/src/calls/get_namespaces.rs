//! The Namespaces, by name, with a filter by name. By default those that the caller may read.

use crate::api::cloudservice::{GetNamespacesRequest, GetNamespacesResponse};
use crate::caller::Caller;
use crate::calls::page::Page;
use crate::calls::rpc::Rpc;
use crate::entities::custom_role::Object;
use crate::entities::namespace::message;
use crate::settings::NamespaceList;
use crate::state::State;
use schema::name::NamespaceId;
use schema::permission::Call;
use tonic::Status;

pub(super) struct GetNamespaces;

impl Rpc for GetNamespaces {
    type Request = GetNamespacesRequest;
    type Response = GetNamespacesResponse;
    const NAME: &'static str = "GetNamespaces";

    fn answer(state: &mut State, caller: &Caller, request: Self::Request) -> Result<Self::Response, Status> {
        caller.require(Call::ReadAccount)?;
        let page = Page::parse(Self::NAME, request.page_size, &request.page_token)?;
        let whole = state.settings.namespace_list == NamespaceList::All
            || caller.granted("cloud.namespace.list", Object::Account);
        let granted =
            |id: &NamespaceId| caller.granted("cloud.namespace.get", Object::Namespace(&id.to_string()));
        let matches = |id: &NamespaceId| {
            (request.name.is_empty() || id.name().as_str() == request.name)
                && (whole || caller.may(Call::ReadNamespace(id)) || granted(id))
        };
        let found: Vec<_> = state.namespaces.iter().filter(|(id, _)| matches(id)).collect();
        let items = found.iter().map(|held| (held.0.name().as_str().into(), held));
        let (namespaces, next_page_token) = page.cut(items, |_, (id, held)| message(id, held, &state.rules));
        Ok(GetNamespacesResponse { namespaces, next_page_token })
    }
}
