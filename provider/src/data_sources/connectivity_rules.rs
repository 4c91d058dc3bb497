//! `temporalnexus_connectivity_rules`: the connectivity rules of the account and their attachments.

use std::collections::BTreeSet;

use registry::{RegisteredNamespace, RegisteredRule, RuleKind};
use schema::backend::Backend;
use schema::privatelink::PrivateConnection;
use tfplugin::{
    Answer, Attribute, Configured, Context, DataSource, Nested, Schema, Type, Value, async_trait,
};

use crate::diagnostics::cloud_only;
use crate::session::Session;
use crate::wait;

/// The data source.
pub(super) struct ConnectivityRules(pub(super) Configured<Session>, pub(super) Configured<Backend>);

#[async_trait]
impl DataSource for ConnectivityRules {
    fn type_name(&self) -> &str {
        "temporalnexus_connectivity_rules"
    }

    fn schema(&self) -> Schema {
        let text = |name, description| Attribute::computed(name, Type::String, description);
        let rules = Nested::list([
            text("id", "Id of the rule."),
            text("kind", "`public`, `private`, or `unknown` for a kind that this provider does not support."),
            Attribute::computed(
                "enable_stable_ips",
                Type::Bool,
                "Public rule: whether Namespaces are served from a predictable set of IP addresses.",
            ),
            text("region", "Private rule: region, such as `aws-us-east-1`."),
            text(
                "connection_id",
                "Private rule: id of the VPC endpoint, or number of the connection on GCP.",
            ),
            text("gcp_project_id", "Private rule on GCP: id of the project of the connection."),
            text("state", "State reported by the registry, such as `ACTIVE`."),
            Attribute::computed(
                "namespace_ids",
                Type::set(Type::String),
                "Ids of the Namespaces that the rule is attached to and that the API key may read.",
            ),
        ]);
        Schema::new(
            0,
            "Reads the connectivity rules of the account and the Namespaces that they are attached to. Requires the account role \
             Developer or higher.",
            [
                Attribute::optional(
                    "region",
                    Type::String,
                    "Filter by region of private rules, such as `aws-us-east-1`.",
                ),
                Attribute::optional(
                    "namespace_id",
                    Type::String,
                    "Filter by id of a Namespace that the rules are attached to.",
                ),
                Attribute::computed("rules", rules, "Connectivity rules, sorted by id."),
            ],
        )
    }

    async fn validate(&self, _cx: &Context, _config: Value) -> Answer<()> {
        cloud_only::require_configured(&self.1, cloud_only::no_connectivity)
    }

    async fn read(&self, cx: &Context, config: Value) -> Answer<Value> {
        let session = self.0.require()?;
        let account = session.require()?;
        cloud_only::require(account.backend(), cloud_only::no_connectivity)?;
        let registry = account.registry();
        let rules = wait::answered(cx, registry, registry.connectivity_rules()).await?;
        let namespaces = wait::answered(cx, registry, registry.namespaces_with_rules()).await?;
        let mut rules: Vec<_> = rules.iter().map(|rule| Attached::new(rule, &namespaces)).collect();
        if let Some(region) = config.get("region").as_str() {
            rules.retain(|rule| rule.region() == Some(region));
        }
        if let Some(namespace) = config.get("namespace_id").as_str() {
            rules.retain(|rule| rule.namespaces.contains(namespace));
        }
        rules.sort_by(|one, other| one.rule.id().cmp(other.rule.id()));
        let rules = Value::list(rules.iter().map(Attached::value));
        Ok(config.with("rules", rules))
    }
}

/// A rule and the Namespaces that it is attached to.
struct Attached<'a> {
    rule: &'a RegisteredRule,
    kind: RuleKind,
    namespaces: BTreeSet<String>,
}

impl<'a> Attached<'a> {
    fn new(rule: &'a RegisteredRule, namespaces: &[RegisteredNamespace]) -> Self {
        let attached = namespaces.iter().filter(|it| it.rules.contains(rule.id()));
        let namespaces = attached.map(|it| it.namespace.id.to_string()).collect();
        Self { rule, kind: rule.kind(), namespaces }
    }

    fn region(&self) -> Option<&str> {
        if let RuleKind::Private(connection) = &self.kind { Some(&connection.region) } else { None }
    }

    fn value(&self) -> Value {
        let of_kind = match &self.kind {
            RuleKind::Public { stable_ips } => {
                Value::object([("kind", "public".into()), ("enable_stable_ips", (*stable_ips).into())])
            }
            RuleKind::Private(PrivateConnection { region, connection_id, gcp_project_id }) => {
                Value::object([
                    ("kind", "private".into()),
                    ("region", region.into()),
                    ("connection_id", connection_id.into()),
                    ("gcp_project_id", gcp_project_id.as_ref().into()),
                ])
            }
            RuleKind::Unknown(_) => Value::object([("kind", "unknown".into())]),
        };
        of_kind
            .with("id", self.rule.id())
            .with("state", self.rule.state().word())
            .with("namespace_ids", Value::set(&self.namespaces))
    }
}
