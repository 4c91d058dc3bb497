//! `privatelink_service_name`: what a private connection in a region connects to.

use schema::privatelink::{PrivateService, SERVICES, private_service};
use schema::region::region_named;
use tfplugin::{Context, Function, FunctionError, Parameter, Signature, Type, Value, async_trait};

/// The function.
pub(super) struct PrivatelinkServiceName;

#[async_trait]
impl Function for PrivatelinkServiceName {
    fn name(&self) -> &str {
        "privatelink_service_name"
    }

    fn signature(&self) -> Signature {
        let region = "Region as Temporal names it, such as `aws-us-east-1`, or as the cloud provider names it, such as \
                      `us-east-1`.";
        Signature {
            summary: "The private service of a region".to_owned(),
            description: "Returns the name of Temporal Cloud's private service in a region: the `service_name` of an AWS VPC \
                          endpoint, or the service attachment that a GCP forwarding rule targets. Returns an error if the region \
                          has no private service."
                .to_owned(),
            parameters: vec![Parameter::new("region", Type::String, region)],
            variadic: None,
            returns: Type::String,
        }
    }

    async fn call(&self, _cx: &Context, arguments: Vec<Value>) -> Result<Value, FunctionError> {
        let text = super::text(&arguments);
        let service = region_named(text).and_then(|region| private_service(region.id));
        service.map(|service| service.service_name().into()).ok_or_else(|| no_service(text))
    }
}

fn no_service(text: &str) -> FunctionError {
    let regions: Vec<_> =
        SERVICES.iter().map(|PrivateService { region, .. }| format!("`{region}`")).collect();
    let text = text.escape_debug();
    let known = regions.join(", ");
    FunctionError::argument(
        0,
        format!("region `{text}` has no private service; regions with a private service: {known}"),
    )
}

#[cfg(test)]
mod tests {
    use super::super::called;
    use super::*;

    #[test]
    fn a_region_has_two_names() {
        let expected: Value = "com.amazonaws.vpce.us-east-1.vpce-svc-0822256b6575ea37f".into();
        for text in ["us-east-1", "aws-us-east-1"] {
            assert_eq!(called(&PrivatelinkServiceName, text).as_ref(), Ok(&expected), "{text}");
        }
        let gcp = "projects/prod-y399cvr9c2b43es2w3q3e4gvw/regions/us-east4/serviceAttachments/pl-8awsy";
        assert_eq!(called(&PrivatelinkServiceName, "us-east4"), Ok(gcp.into()));
    }

    #[test]
    fn a_region_without_a_service_is_told_from_those_that_have_one() {
        for text in ["azure-centralus", "mars-1", ""] {
            let error = called(&PrivatelinkServiceName, text).unwrap_err();
            assert!(!error.text.ends_with('.'), "Terraform adds one: {}", error.text);
            assert!(error.text.contains("`aws-us-east-1`") && error.argument == Some(0), "{}", error.text);
        }
    }
}
