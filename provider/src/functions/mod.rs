//! The functions, called as `provider::temporalnexus::NAME(…)`. They need no configuration and send no requests.

mod namespace_host;
mod parse_namespace_id;
mod privatelink_service_name;

use std::sync::Arc;

use schema::name::NamespaceId;
use tfplugin::{Function, FunctionError, Parameter, Type, Value};

/// All of them.
pub(crate) fn all() -> Vec<Arc<dyn Function>> {
    vec![
        Arc::new(namespace_host::NamespaceHost),
        Arc::new(parse_namespace_id::ParseNamespaceId),
        Arc::new(privatelink_service_name::PrivatelinkServiceName),
    ]
}

fn namespace_id_parameter() -> Parameter {
    Parameter::new("namespace_id", Type::String, "Id of a Namespace, such as `shipping-prod.a2dd6`.")
}

/// The first argument as a Namespace id.
fn namespace_id(arguments: &[Value]) -> Result<NamespaceId, FunctionError> {
    let text = text(arguments);
    let wrong = |reason: schema::name::NameError| {
        FunctionError::argument(0, format!("`{}` is not a Namespace id: {reason}", text.escape_debug()))
    };
    text.parse().map_err(wrong)
}

/// The first argument as a text; the signatures say that it is one.
fn text(arguments: &[Value]) -> &str {
    arguments.first().and_then(Value::as_str).unwrap_or_default()
}

#[cfg(test)]
#[track_caller]
fn called(function: &dyn Function, argument: &str) -> Result<Value, FunctionError> {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(function.call(&tfplugin::Context::default(), vec![argument.into()]))
}
