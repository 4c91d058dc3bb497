//! `temporalnexus_privatelink_service`: the private service of a region, from a built-in table.

use schema::privatelink::{PORT, PrivateService, SERVICES, private_service};
use schema::region::region_named;
use tfplugin::{Answer, Attribute, Context, DataSource, Diagnostic, Schema, Type, Value, async_trait};

/// The data source.
pub(super) struct PrivateLinkService;

#[async_trait]
impl DataSource for PrivateLinkService {
    fn type_name(&self) -> &str {
        "temporalnexus_privatelink_service"
    }

    fn schema(&self) -> Schema {
        let text = |name, description| Attribute::computed(name, Type::String, description);
        Schema::new(
            0,
            "Returns the service of Temporal Cloud that an AWS VPC endpoint (PrivateLink) or a GCP Private Service Connect \
             endpoint in a region connects to.",
            [
                Attribute::required(
                    "region",
                    Type::String,
                    "Region, as Temporal names it (`aws-us-east-1`) or as the cloud provider names it (`us-east-1`).",
                ),
                text("region_id", "Region as Temporal names it."),
                text("service_name", "Name of the service, or of the service attachment on GCP."),
                Attribute::computed(
                    "port",
                    Type::Number,
                    "TCP port to connect to. Security groups must allow it.",
                ),
            ],
        )
    }

    async fn validate(&self, _cx: &Context, config: Value) -> Answer<()> {
        match config.get("region").as_str() {
            Some(region) => service(region).map(drop),
            None => Ok(()),
        }
    }

    async fn read(&self, _cx: &Context, config: Value) -> Answer<Value> {
        let service = service(config.get("region").as_str().unwrap_or_default())?;
        Ok(config
            .with("region_id", service.region)
            .with("service_name", service.service_name())
            .with("port", i64::from(PORT)))
    }
}

fn service(region: &str) -> Answer<&'static PrivateService> {
    let known = region_named(region).and_then(|region| private_service(region.id));
    known.ok_or_else(|| {
        let regions: Vec<_> = SERVICES.iter().map(|service| format!("`{}`", service.region)).collect();
        let detail = format!("Regions with a private service: {}.", regions.join(", "));
        Diagnostic::error(format!("region `{region}` has no private service"), detail).at("region").into()
    })
}
