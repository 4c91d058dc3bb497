//! `list "temporalnexus_endpoint_allowed_caller"`: who may call the Endpoints of the account, for `terraform query`.

use schema::backend::Backend;
use tfplugin::{Answer, Configured, Context, ListRequest, ListResource, Listed, Schema, Value, async_trait};

use crate::diagnostics::cloud_only;
use crate::resources::endpoint::filter::{self, Filter};
use crate::resources::endpoint_allowed_caller::{TYPE, keys, state};
use crate::session::Session;
use crate::wait;

/// The list.
pub(crate) struct AllowedCallerList {
    session: Configured<Session>,
    backend: Configured<Backend>,
}

impl AllowedCallerList {
    /// The list, for the session that configuring the provider opens.
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
            "Lists the callers on the allowlists of the account's Nexus Endpoints. Temporal Cloud only: a self-hosted server has \
             no allowlists.",
            filter::attributes(filter::ON_CLOUD),
        )
    }

    async fn validate(&self, _cx: &Context, config: Value) -> Answer<()> {
        cloud_only::require_configured(&self.backend, cloud_only::no_allowlists)?;
        filter::validate(&config, Some(Backend::Cloud))
    }

    async fn list(&self, cx: &Context, request: ListRequest) -> Answer<Vec<Listed>> {
        let session = self.session.require()?;
        let account = session.require()?;
        cloud_only::require(account.backend(), cloud_only::no_allowlists)?;
        let registry = account.registry();
        let all = wait::answered(cx, registry, registry.endpoints()).await?;
        let filter = Filter::of(&request.config);
        let listed = filter.calls(&all).take(request.limit).map(|(endpoint, caller)| Listed {
            display_name: format!("{caller} on {}", endpoint.name()),
            identity: keys(endpoint.id(), &caller),
            state: request.include_state.then(|| state(endpoint.id(), &caller)),
        });
        Ok(listed.collect())
    }
}
