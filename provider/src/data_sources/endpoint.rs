//! `temporalnexus_endpoint`: an Endpoint, by its id or its name.

use registry::{Description, RegisteredEndpoint, Registry};
use schema::name::EndpointName;
use tfplugin::{
    Answer, Attribute, Configured, Context, DataSource, Diagnostic, Nested, Schema, Type, Value, async_trait,
};

use crate::resources::endpoint::{model, read};
use crate::session::Session;
use crate::wait;

/// The data source.
pub(super) struct Endpoint(pub(super) Configured<Session>);

#[async_trait]
impl DataSource for Endpoint {
    fn type_name(&self) -> &str {
        "temporalnexus_endpoint"
    }

    fn schema(&self) -> Schema {
        let key = |name, text| Attribute::optional_computed(name, Type::String, text);
        let keys = [
            key("id", "Id of the Endpoint. Set either this or `name`."),
            key("name", "Name of the Endpoint. Set either this or `id`."),
        ];
        Schema::new(
            0,
            "Reads a Nexus Endpoint: its target and the Namespaces that may call it.",
            keys.into_iter().chain(details()),
        )
    }

    async fn validate(&self, _cx: &Context, config: Value) -> Answer<()> {
        if config.get("id").is_null() == config.get("name").is_null() {
            let detail = "Set exactly one of `id` and `name`.";
            return Err(Diagnostic::error("one of `id` and `name` is required", detail).into());
        }
        name(&config)?;
        Ok(())
    }

    async fn read(&self, cx: &Context, config: Value) -> Answer<Value> {
        let session = self.0.require()?;
        let registry = session.require()?.registry();
        let found = find(cx, registry, &config).await?.ok_or_else(|| not_found(registry, &config))?;
        let read = value(&found);
        read::warnings(&found, &read).into_iter().for_each(|warning| cx.report(warning));
        Ok(read)
    }
}

/// The computed attributes of an Endpoint, without id and name.
pub(super) fn details() -> [Attribute; 8] {
    let text = |name, description| Attribute::computed(name, Type::String, description);
    let target = Nested::single([
        text("namespace_id", "Id of the Namespace whose Workers handle the calls."),
        text("task_queue", "Task queue that these Workers poll."),
    ]);
    [
        text("description", "Description of the Endpoint; null if it has none or it cannot be read."),
        Attribute::computed(
            "worker_target",
            target,
            "Target of the calls: a task queue of a Namespace; null for another kind of target.",
        ),
        Attribute::computed(
            "external_target",
            Nested::single([text("url", "URL of the Nexus service.")]),
            "Target of the calls outside Temporal, on a self-hosted server; null for another kind of target.",
        ),
        Attribute::computed(
            "allowed_caller_namespaces",
            Type::set(Type::String),
            "Ids of the Namespaces whose Workflows may call.",
        ),
        text("state", "State reported by the registry, such as `ACTIVE` or `UPDATE_FAILED`."),
        text("project_id", "Id of the Project of the Endpoint, if the account has Projects."),
        text("created_time", "Time of creation, in RFC 3339 format."),
        text(
            "last_modified_time",
            "Time of the last change, in RFC 3339 format; null if it was never changed.",
        ),
    ]
}

/// The value of an Endpoint.
pub(super) fn value(endpoint: &RegisteredEndpoint) -> Value {
    let (worker, external) = model::targets(endpoint);
    let description = match endpoint.description() {
        Description::Text(text) => text.into(),
        Description::Absent | Description::Opaque => Value::Null,
    };
    Value::object([
        ("id", endpoint.id().into()),
        ("name", endpoint.name().into()),
        ("description", description),
        ("worker_target", worker),
        ("external_target", external),
        ("allowed_caller_namespaces", Value::set(endpoint.callers())),
        ("state", endpoint.state().word().into()),
        ("project_id", endpoint.project_id().into()),
        ("created_time", endpoint.created_time().into()),
        ("last_modified_time", endpoint.last_modified_time().into()),
    ])
}

fn name(config: &Value) -> Answer<Option<EndpointName>> {
    Ok(model::parsed(config.get("name"), &"name".into(), "an Endpoint's name").transpose()?)
}

async fn find(cx: &Context, registry: &Registry, config: &Value) -> Answer<Option<RegisteredEndpoint>> {
    match (config.get("id").as_str(), name(config)?) {
        (None, Some(name)) => wait::answered(cx, registry, registry.endpoint_named(&name)).await,
        (id, _) => wait::answered(cx, registry, registry.endpoint(id.unwrap_or_default())).await,
    }
}

fn not_found(registry: &Registry, config: &Value) -> Diagnostic {
    let by = if config.get("id").is_null() { "name" } else { "id" };
    let key = config.get(by).as_str().unwrap_or_default();
    let detail = format!("The registry at `{}` has no Endpoint with this {by}.", registry.address());
    Diagnostic::error(format!("Endpoint `{key}` does not exist"), detail).at(by)
}
