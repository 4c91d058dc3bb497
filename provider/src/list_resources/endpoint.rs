//! `list "temporalnexus_endpoint"`: the Endpoints of the account, for `terraform query`.

use schema::backend::Backend;
use tfplugin::{Answer, Configured, Context, ListRequest, ListResource, Listed, Schema, Value, async_trait};

use crate::resources::endpoint::filter::{self, Filter};
use crate::resources::endpoint::{TYPE, model};
use crate::session::Session;
use crate::wait;

/// The list.
pub(crate) struct EndpointList {
    session: Configured<Session>,
    backend: Configured<Backend>,
}

impl EndpointList {
    /// The list, for the session that configuring the provider opens.
    pub(crate) fn new(session: Configured<Session>, backend: Configured<Backend>) -> Self {
        Self { session, backend }
    }
}

#[async_trait]
impl ListResource for EndpointList {
    fn type_name(&self) -> &str {
        TYPE
    }

    fn schema(&self) -> Schema {
        Schema::new(0, "Lists the Nexus Endpoints of the account.", filter::attributes(filter::ANYWHERE))
    }

    async fn validate(&self, _cx: &Context, config: Value) -> Answer<()> {
        filter::validate(&config, self.backend.value())
    }

    async fn list(&self, cx: &Context, request: ListRequest) -> Answer<Vec<Listed>> {
        let session = self.session.require()?;
        let account = session.require()?;
        let registry = account.registry();
        let all = wait::answered(cx, registry, registry.endpoints()).await?;
        let filter = Filter::of(&request.config);
        let asked_for = all.iter().filter(|endpoint| filter.matches(endpoint)).take(request.limit);
        let listed = asked_for.map(|endpoint| Listed {
            display_name: endpoint.name().to_owned(),
            identity: Value::object([("id", endpoint.id().into())]),
            state: request.include_state.then(|| model::imported(endpoint, account.allowlists())),
        });
        Ok(listed.collect())
    }
}
