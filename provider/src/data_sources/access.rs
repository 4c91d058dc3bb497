//! `temporalnexus_access`: who may call what, one line for each pair of caller and Endpoint.

use registry::{RegisteredEndpoint, RegisteredTarget};
use schema::backend::Backend;
use tfplugin::{
    Answer, Attribute, Configured, Context, DataSource, Nested, Schema, Type, Value, async_trait,
};

use crate::resources::endpoint::filter::{self, Filter};
use crate::session::Session;
use crate::wait;

/// The data source.
pub(super) struct Access(pub(super) Configured<Session>, pub(super) Configured<Backend>);

#[async_trait]
impl DataSource for Access {
    fn type_name(&self) -> &str {
        "temporalnexus_access"
    }

    fn schema(&self) -> Schema {
        let text = |name, description| Attribute::computed(name, Type::String, description);
        let calls = Nested::list([
            text("caller_namespace_id", "Id of the Namespace whose Workflows may call."),
            text("endpoint_id", "Id of the Endpoint."),
            text("endpoint_name", "Name of the Endpoint."),
            text("target_namespace_id", "Id of the Namespace that handles the calls."),
            text("task_queue", "Task queue that handles the calls."),
        ]);
        let results = [
            Attribute::computed("calls", calls, "Allowed calls, sorted by caller and name of the Endpoint."),
            Attribute::computed(
                "unproven_endpoints",
                Type::list(Type::String),
                "Names of the Endpoints that may allow other callers than those listed, because they have policies of a kind \
                 that this provider does not support. On a self-hosted server, which has no allowlists, these are all Endpoints.",
            ),
        ];
        Schema::new(
            0,
            "Reads which Namespaces may call which Nexus Endpoints of the account, from the allowlists of all Endpoints.",
            filter::attributes(filter::ANYWHERE).into_iter().chain(results),
        )
    }

    async fn validate(&self, _cx: &Context, config: Value) -> Answer<()> {
        filter::validate(&config, self.1.value())
    }

    async fn read(&self, cx: &Context, config: Value) -> Answer<Value> {
        let session = self.0.require()?;
        let registry = session.require()?.registry();
        // A server has no allowlists: every Namespace may call, unless its operators added a check, which cannot be queried.
        let anyone = registry.backend() == Backend::SelfHosted;
        let all = wait::answered(cx, registry, registry.endpoints()).await?;
        let mut calls: Vec<_> = Filter::of(&config).calls(&all).collect();
        calls.sort_by(|(one, caller), (other, its)| (caller, one.name()).cmp(&(its, other.name())));
        // An Endpoint with unknown policies may allow the caller of the filter.
        let target_alone = config.clone().with("caller_namespace_id", Value::Null);
        let unproven = all.iter().filter(|endpoint| {
            (anyone || endpoint.has_unknown_policies()) && Filter::of(&target_alone).matches(endpoint)
        });
        let mut unproven: Vec<&str> = unproven.map(RegisteredEndpoint::name).collect();
        unproven.sort_unstable();
        let calls = Value::list(calls.iter().map(|(endpoint, caller)| call(endpoint, caller)));
        Ok(config.with("calls", calls).with("unproven_endpoints", Value::list(unproven)))
    }
}

/// One caller of one Endpoint.
fn call(endpoint: &RegisteredEndpoint, caller: &str) -> Value {
    let (namespace, task_queue) = match endpoint.target() {
        RegisteredTarget::Worker { namespace, task_queue } => (Some(namespace), Some(task_queue)),
        RegisteredTarget::External { .. } | RegisteredTarget::Unknown(_) => (None, None),
    };
    Value::object([
        ("caller_namespace_id", Value::from(caller)),
        ("endpoint_id", endpoint.id().into()),
        ("endpoint_name", endpoint.name().into()),
        ("target_namespace_id", namespace.into()),
        ("task_queue", task_queue.into()),
    ])
}
