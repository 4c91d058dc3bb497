//! `temporalnexus_regions`: the regions in which Namespaces can be.

use schema::backend::Backend;
use schema::privatelink::private_service;
use tfplugin::{
    Answer, Attribute, Configured, Context, DataSource, Nested, Schema, Type, Value, async_trait,
};

use crate::diagnostics::cloud_only;
use crate::session::Session;
use crate::wait;

/// The data source.
pub(super) struct Regions(pub(super) Configured<Session>, pub(super) Configured<Backend>);

#[async_trait]
impl DataSource for Regions {
    fn type_name(&self) -> &str {
        "temporalnexus_regions"
    }

    fn schema(&self) -> Schema {
        let text = |name, description| Attribute::computed(name, Type::String, description);
        let regions = Nested::list([
            text("id", "Region as Temporal names it, such as `aws-us-east-1`."),
            text("cloud", "Cloud provider: `aws`, `azure` or `gcp`."),
            text("cloud_region", "Region as the cloud provider names it, such as `us-east-1`."),
            text("location", "Location of the region."),
            text(
                "privatelink_service_name",
                "Service for AWS PrivateLink or GCP Private Service Connect; null if the region has none.",
            ),
        ]);
        let cloud =
            Attribute::optional("cloud", Type::String, "Filter by cloud provider: `aws`, `azure` or `gcp`.");
        let regions = Attribute::computed("regions", regions, "Regions, sorted by id.");
        Schema::new(0, "Reads the regions of Temporal Cloud that the account can use.", [cloud, regions])
    }

    async fn validate(&self, _cx: &Context, _config: Value) -> Answer<()> {
        cloud_only::require_configured(&self.1, cloud_only::no_regions)
    }

    async fn read(&self, cx: &Context, config: Value) -> Answer<Value> {
        let session = self.0.require()?;
        let account = session.require()?;
        cloud_only::require(account.backend(), cloud_only::no_regions)?;
        let registry = account.registry();
        let mut all = wait::answered(cx, registry, registry.regions()).await?;
        let cloud = |id: &str| id.split_once('-').map_or(id, |(cloud, _)| cloud).to_owned();
        if let Some(asked) = config.get("cloud").as_str() {
            all.retain(|region| cloud(&region.id) == asked);
        }
        all.sort_by(|one, other| one.id.cmp(&other.id));
        let regions = all.iter().map(|region| {
            let service = private_service(&region.id).map(|service| service.service_name());
            let own_name = region.id.split_once('-').map(|(_, name)| name);
            Value::object([
                ("id", Value::from(&region.id)),
                ("cloud", cloud(&region.id).into()),
                ("cloud_region", own_name.into()),
                ("location", Value::from(&region.location)),
                ("privatelink_service_name", service.into()),
            ])
        });
        let regions = Value::list(regions);
        Ok(config.with("regions", regions))
    }
}
