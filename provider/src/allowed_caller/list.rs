//! `list "temporalnexus_endpoint_allowed_caller"`: who may call the Endpoints of the account, for `terraform query`.

use registry::RegisteredEndpoint;
use schema::block::Backend;
use tfplugin::{Answer, Configured, Context, ListRequest, ListResource, Listed, Schema, Value, async_trait};

use super::{NAMESPACE_ID, TYPE};
use crate::callers::ENDPOINT_ID;
use crate::endpoint::filter::{self, Filter};
use crate::self_hosted;
use crate::session::Session;
use crate::wait;

/// The list.
pub(crate) struct AllowedCallerList {
    session: Configured<Session>,
    backend: Configured<Backend>,
}

impl AllowedCallerList {
    /// The list in the account of a session to come.
    pub(crate) fn new(session: Configured<Session>, backend: Configured<Backend>) -> Self {
        Self { session, backend }
    }
}

#[async_trait]
impl ListResource for AllowedCallerList {
    fn type_name(&self) -> &str {
        TYPE
    }

    fn schema(&self) -> Schema {
        Schema::new(
            0,
            "The callers on the allowlists of the account's Nexus Endpoints.",
            filter::attributes(),
        )
    }

    async fn validate(&self, _cx: &Context, config: Value) -> Answer<()> {
        self_hosted::serves(&self.backend, self_hosted::no_allowlists)?;
        filter::validate(&config, Some(Backend::Cloud))
    }

    async fn list(&self, cx: &Context, request: ListRequest) -> Answer<Vec<Listed>> {
        let session = self.session.require()?;
        let account = session.require()?;
        self_hosted::takes_allowlists(account)?;
        let registry = account.registry();
        let all = wait::answered(cx, registry, registry.endpoints()).await?;
        let one_caller = filter::caller(&request.config);
        let filter = Filter::of(&request.config);
        let asked_for = all.iter().filter(|endpoint| filter.admits(endpoint)).flat_map(|endpoint| {
            let callers = endpoint.callers().into_iter();
            callers.map(move |caller| (endpoint, caller))
        });
        let asked_for = asked_for.filter(|(_, caller)| one_caller.is_none_or(|one| one == caller));
        let listed = asked_for.take(request.limit).map(|(endpoint, caller)| Listed {
            display_name: format!("{caller} on {}", endpoint.name()),
            identity: Value::object(keys(endpoint, &caller)),
            state: request
                .include_state
                .then(|| Value::object(keys(endpoint, &caller)).with("timeouts", Value::Null)),
        });
        Ok(listed.collect())
    }
}

fn keys(endpoint: &RegisteredEndpoint, caller: &str) -> [(&'static str, Value); 2] {
    [(ENDPOINT_ID, endpoint.id().into()), (NAMESPACE_ID, caller.into())]
}
