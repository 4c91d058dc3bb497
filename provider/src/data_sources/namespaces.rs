//! `temporalnexus_namespaces`: the Namespaces that the account lists.

use tfplugin::{
    Answer, Attribute, Configured, Context, DataSource, Nested, Schema, Type, Value, async_trait,
};

use super::namespace;
use crate::session::Session;
use crate::wait;

/// The data source.
pub(super) struct Namespaces(pub(super) Configured<Session>);

#[async_trait]
impl DataSource for Namespaces {
    fn type_name(&self) -> &str {
        "temporalnexus_namespaces"
    }

    fn schema(&self) -> Schema {
        let id = Attribute::computed("id", Type::String, "Id of the Namespace.");
        let namespaces = Nested::list([id].into_iter().chain(namespace::details()));
        Schema::new(
            0,
            "Reads the Namespaces of the account that the API key may read.",
            [
                Attribute::optional("region", Type::String, "Filter by region, such as `aws-us-east-1`."),
                Attribute::optional("name_prefix", Type::String, "Filter by prefix of the name."),
                Attribute::computed("namespaces", namespaces, "Namespaces, sorted by id."),
            ],
        )
    }

    async fn read(&self, cx: &Context, config: Value) -> Answer<Value> {
        let session = self.0.require()?;
        let registry = session.require()?.registry();
        let mut all = wait::answered(cx, registry, registry.namespaces_with_rules()).await?;
        if let Some(region) = config.get("region").as_str() {
            all.retain(|it| it.namespace.regions.iter().any(|known| known == region));
        }
        let prefix = config.get("name_prefix").as_str().unwrap_or_default();
        all.retain(|it| it.namespace.id.name().as_str().starts_with(prefix));
        all.sort_by(|one, other| one.namespace.id.cmp(&other.namespace.id));
        let namespaces = Value::list(all.iter().map(namespace::value));
        Ok(config.with("namespaces", namespaces))
    }
}
