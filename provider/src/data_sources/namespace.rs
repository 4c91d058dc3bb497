//! `temporalnexus_namespace`: one Namespace, by its id.

use registry::{Lookup, RegisteredNamespace, Registry};
use schema::account::AuthMethod;
use schema::backend::Backend;
use schema::name::NamespaceId;
use schema::privatelink::{namespace_host, tls_server_name};
use tfplugin::{
    Answer, Attribute, Configured, Context, DataSource, Diagnostic, Schema, Type, Value, async_trait,
};

use crate::resources::endpoint::model;
use crate::session::Session;
use crate::wait;

/// The data source.
pub(super) struct NamespaceById(pub(super) Configured<Session>, pub(super) Configured<Backend>);

#[async_trait]
impl DataSource for NamespaceById {
    fn type_name(&self) -> &str {
        "temporalnexus_namespace"
    }

    fn schema(&self) -> Schema {
        let id = Attribute::required(
            "id",
            Type::String,
            "Id of the Namespace, such as `orders-prod.a2dd6`; on a self-hosted server its name.",
        );
        Schema::new(
            0,
            "Reads a Namespace: its regions, host, authentication methods and connectivity rules.",
            [id].into_iter().chain(details()),
        )
    }

    async fn validate(&self, _cx: &Context, config: Value) -> Answer<()> {
        id(&config, self.1.value()).transpose()?;
        Ok(())
    }

    async fn read(&self, cx: &Context, config: Value) -> Answer<Value> {
        let session = self.0.require()?;
        let registry = session.require()?.registry();
        let Some(id) = id(&config, Some(registry.backend())).transpose()? else { return Ok(config) };
        match wait::answered(cx, registry, registry.namespace_with_rules(&id)).await? {
            Lookup::Found(found) => Ok(value(&found)),
            Lookup::Missing => Err(missing(registry, &id).into()),
            Lookup::Hidden(reason) => Err(hidden(&id, &reason).into()),
        }
    }
}

/// The computed attributes of a Namespace, without its id.
pub(super) fn details() -> [Attribute; 7] {
    let text = |name, description| Attribute::computed(name, Type::String, description);
    [
        text("name", "Part of the id before the dot; on a self-hosted server the same as the id."),
        Attribute::computed(
            "regions",
            Type::list(Type::String),
            "Regions of the Namespace, such as `aws-us-east-1`, the active region first; empty on a self-hosted server.",
        ),
        Attribute::computed(
            "auth",
            Type::set(Type::String),
            "Authentication methods: `api_key`, `mtls`. Empty on a self-hosted server.",
        ),
        Attribute::computed(
            "tags",
            Type::map(Type::String),
            "Tags of the Namespace; on a self-hosted server the data that it was registered with.",
        ),
        Attribute::computed(
            "connectivity_rule_ids",
            Type::set(Type::String),
            "Ids of the attached connectivity rules. If empty, the Namespace is open to the internet. Always empty on a \
             self-hosted server, where the network controls access.",
        ),
        text("host", "Host of the Namespace, without the port; null on a self-hosted server."),
        text(
            "tls_server_name",
            "TLS server name that a client must set when it connects to the address of a private connection directly; null if it \
             is not known.",
        ),
    ]
}

/// The value of a Namespace.
pub(super) fn value(found: &RegisteredNamespace) -> Value {
    let RegisteredNamespace { namespace, rules, .. } = found;
    let tags = namespace.tags.iter().map(|(key, value)| (&**key, &**value));
    let host = namespace.id.account().map(|_| namespace_host(&namespace.id));
    Value::object([
        ("id", namespace.id.to_string().into()),
        ("name", namespace.id.name().as_str().into()),
        ("regions", Value::list(&namespace.regions)),
        ("auth", Value::set(namespace.auth.iter().copied().map(AuthMethod::name))),
        ("tags", Value::map(tags)),
        ("connectivity_rule_ids", Value::set(rules)),
        ("host", host.into()),
        ("tls_server_name", tls_server_name(namespace).into()),
    ])
}

fn id(config: &Value, backend: Option<Backend>) -> Option<Result<NamespaceId, Diagnostic>> {
    model::namespace(config.get("id"), &"id".into(), backend)
}

fn missing(registry: &Registry, id: &NamespaceId) -> Diagnostic {
    let detail = format!("The registry at `{}` has no Namespace with this id.", registry.address());
    Diagnostic::error(format!("Namespace `{id}` does not exist"), detail).at("id")
}

fn hidden(id: &NamespaceId, reason: &str) -> Diagnostic {
    let detail = format!(
        "The registry does not show the Namespace to the identity of the API key ({reason}); it may exist. Reading it requires \
         Namespace Read on it, which can take up to a minute to take effect after it is granted."
    );
    Diagnostic::error(format!("Namespace `{id}` cannot be read"), detail).at("id")
}
