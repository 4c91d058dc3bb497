//! `temporalnexus_endpoints`: the Endpoints of the account, or some of them.

use schema::backend::Backend;
use tfplugin::{
    Answer, Attribute, Configured, Context, DataSource, Nested, Schema, Type, Value, async_trait,
};

use super::endpoint;
use crate::resources::endpoint::filter::{self, Filter};
use crate::session::Session;
use crate::wait;

/// The data source.
pub(super) struct Endpoints(pub(super) Configured<Session>, pub(super) Configured<Backend>);

#[async_trait]
impl DataSource for Endpoints {
    fn type_name(&self) -> &str {
        "temporalnexus_endpoints"
    }

    fn schema(&self) -> Schema {
        let keys = [
            Attribute::computed("id", Type::String, "Id of the Endpoint."),
            Attribute::computed("name", Type::String, "Name that callers use."),
        ];
        let endpoints = Nested::list(keys.into_iter().chain(endpoint::details()));
        let endpoints = Attribute::computed("endpoints", endpoints, "Endpoints, sorted by name.");
        Schema::new(
            0,
            "Reads the Nexus Endpoints of the account that match all filters.",
            filter::attributes(filter::ANYWHERE).into_iter().chain([endpoints]),
        )
    }

    async fn validate(&self, _cx: &Context, config: Value) -> Answer<()> {
        filter::validate(&config, self.1.value())
    }

    async fn read(&self, cx: &Context, config: Value) -> Answer<Value> {
        let session = self.0.require()?;
        let registry = session.require()?.registry();
        let mut all = wait::answered(cx, registry, registry.endpoints()).await?;
        all.retain(|endpoint| Filter::of(&config).matches(endpoint));
        all.sort_by(|one, other| one.name().cmp(other.name()));
        let endpoints = Value::list(all.iter().map(endpoint::value));
        Ok(config.with("endpoints", endpoints))
    }
}
