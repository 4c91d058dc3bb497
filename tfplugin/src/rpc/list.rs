//! The RPCs of list resources.

use super::Server;
use super::answer::{bug, checked, decode, encode_known, finish};
use super::catalog::Managed;
use crate::diagnostic::Answer;
use crate::provider::context::Context;
use crate::provider::list_resource::{ListRequest, Listed};
use crate::wire;

impl Server {
    pub(super) async fn validate_list(&self, request: wire::TypedConfig) -> wire::Checked {
        let cx = self.context();
        let outcome = self.try_validate_list(&cx, request).await;
        wire::Checked { diagnostics: checked(&cx, outcome) }
    }

    async fn try_validate_list(&self, cx: &Context, request: wire::TypedConfig) -> Answer<()> {
        let typed = self.catalog.list(&request.type_name)?;
        let config = decode(&typed.ty, request.config.as_ref())?;
        typed.source.validate(cx, config).await
    }

    /// One event for each object, and a last one with further diagnostics.
    pub(super) async fn list_resource(&self, request: wire::List) -> Vec<wire::ListEvent> {
        let cx = self.context();
        let (mut events, diagnostic) = finish(&cx, self.try_list(&cx, request).await);
        if !diagnostic.is_empty() {
            events.push(wire::ListEvent { diagnostic, ..Default::default() });
        }
        events
    }

    async fn try_list(&self, cx: &Context, request: wire::List) -> Answer<Vec<wire::ListEvent>> {
        let typed = self.catalog.list(&request.type_name)?;
        let managed = self.catalog.resource(&request.type_name)?;
        let limit = usize::try_from(request.limit).ok().filter(|limit| *limit > 0).unwrap_or(usize::MAX);
        let asked = ListRequest {
            config: decode(&typed.ty, request.config.as_ref())?,
            include_state: request.include_resource_object,
            limit,
        };
        let listed = typed.source.list(cx, asked).await?;
        let events = listed.into_iter().take(limit);
        events.map(|listed| managed.encode_listed(listed, request.include_resource_object)).collect()
    }
}

impl Managed {
    fn encode_listed(&self, listed: Listed, include_state: bool) -> Answer<wire::ListEvent> {
        let identity = self.encode_identity(Some(listed.identity), None)?;
        let state = listed.state.filter(|_| include_state);
        Ok(wire::ListEvent {
            identity: Some(identity.ok_or_else(|| bug("it lists a resource without an identity"))?),
            display_name: listed.display_name,
            resource_object: state.map(|state| encode_known(&self.ty, state)).transpose()?,
            diagnostic: Vec::new(),
        })
    }
}
