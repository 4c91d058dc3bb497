//! `list "temporalnexus_endpoint_allowlist"`: the allowlists of the account's Endpoints, for `terraform query`.

use schema::backend::Backend;
use tfplugin::{Answer, Configured, Context, ListRequest, ListResource, Listed, Schema, Value, async_trait};

use crate::diagnostics::cloud_only;
use crate::resources::allowlist::ENDPOINT_ID;
use crate::resources::endpoint::filter::{self, Filter};
use crate::resources::endpoint_allowlist::{TYPE, import};
use crate::session::Session;
use crate::wait;

/// The list.
pub(crate) struct AllowlistList {
    session: Configured<Session>,
    backend: Configured<Backend>,
}

impl AllowlistList {
    /// The list, for the session that configuring the provider opens.
    pub(crate) fn new(session: Configured<Session>, backend: Configured<Backend>) -> Self {
        Self { session, backend }
    }
}

#[async_trait]
impl ListResource for AllowlistList {
    fn type_name(&self) -> &str {
        TYPE
    }

    fn schema(&self) -> Schema {
        Schema::new(
            0,
            "Lists the allowlists of the account's Nexus Endpoints, including empty ones. Manage an allowlist in one way: as a \
             whole, by single callers, or with its Endpoint. Temporal Cloud only: a self-hosted server has no allowlists.",
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
        let asked_for = all.iter().filter(|endpoint| filter.matches(endpoint)).take(request.limit);
        let listed = asked_for.map(|endpoint| Listed {
            display_name: endpoint.name().to_owned(),
            identity: Value::object([(ENDPOINT_ID, endpoint.id().into())]),
            state: request.include_state.then(|| import::state(endpoint)),
        });
        Ok(listed.collect())
    }
}
