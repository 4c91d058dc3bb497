//! `namespace_host`: the host by which clients reach a Namespace.

use schema::privatelink;
use tfplugin::{Context, Function, FunctionError, Signature, Type, Value, async_trait};

/// The function.
pub(super) struct NamespaceHost;

#[async_trait]
impl Function for NamespaceHost {
    fn name(&self) -> &str {
        "namespace_host"
    }

    fn signature(&self) -> Signature {
        Signature {
            summary: "The host of a Namespace".to_owned(),
            description: "Returns the host of a Namespace, `<namespace>.<account>.tmprl.cloud`, without a port. For a Namespace \
                          without replicas, it is also the name of the private zone and of the DNS record for a private \
                          connection."
                .to_owned(),
            parameters: vec![super::namespace_id_parameter()],
            variadic: None,
            returns: Type::String,
        }
    }

    async fn call(&self, _cx: &Context, arguments: Vec<Value>) -> Result<Value, FunctionError> {
        Ok(privatelink::namespace_host(&super::namespace_id(&arguments)?).into())
    }
}

#[cfg(test)]
mod tests {
    use super::super::called;
    use super::*;

    #[test]
    fn is_the_id_under_temporals_domain() {
        let host = called(&NamespaceHost, "shipping-prod.a2dd6").unwrap();
        assert_eq!(host, "shipping-prod.a2dd6.tmprl.cloud".into());
    }

    #[test]
    fn says_what_is_wrong_with_an_id() {
        let error = called(&NamespaceHost, "shipping-prod").unwrap_err();
        assert_eq!(error.argument, Some(0));
        assert!(error.text.starts_with("`shipping-prod` is not a Namespace id: "), "{}", error.text);
    }
}
