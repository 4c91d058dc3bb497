//! Conversion of a mapping between Terraform and the registry.

use std::collections::{BTreeMap, BTreeSet};

use ::schema::account::Namespace;
use ::schema::name::NamespaceId;
use ::schema::privatelink::{
    self, PrivateConnection, PrivateService, RecordKind, dns_record, private_service, tls_server_name,
};
use ::schema::region::region;
use registry::{RegisteredRule, RuleKind};
use tfplugin::{Answer, Diagnostic, Value};

pub(super) const REGION: &str = "region";
pub(super) const CONNECTION: &str = "connection_id";
pub(super) const PROJECT: &str = "gcp_project_id";
pub(crate) const NAMESPACES: &str = "namespace_ids";
pub(super) const ADDRESS: &str = "endpoint_address";
pub(super) const SERVICE: &str = "service_name";
pub(super) const PORT: &str = "port";
pub(crate) const RULE: &str = "connectivity_rule_id";
pub(super) const REACHED: &str = "namespaces";

/// How messages name the mapping of a state or plan.
pub(super) fn title(value: &Value) -> String {
    match value.get(CONNECTION).as_str() {
        Some(id) => format!("the connectivity rule of `{id}`"),
        None => "the connectivity rule of a connection that is not known yet".to_owned(),
    }
}

/// Describes the traffic that the connection admits.
pub(super) fn admitted(value: &Value) -> String {
    let shown = |name| value.get(name).as_str().map_or("it".to_owned(), |text| format!("`{text}`"));
    match value.get(CONNECTION).as_str() {
        Some(_) => format!("{} in {}", shown(CONNECTION), shown(REGION)),
        None => format!("the connection in {}", shown(REGION)),
    }
}

/// The id of the rule, or an empty string.
pub(super) fn rule_id(value: &Value) -> &str {
    value.get(RULE).as_str().unwrap_or_default()
}

/// The connection of a plan that may not be wholly known, for comparing with rules that exist.
pub(super) fn connection_if_known(planned: &Value) -> Option<PrivateConnection> {
    let text = |name| planned.get(name).as_str().map(str::to_owned);
    Some(PrivateConnection {
        region: text(REGION)?,
        connection_id: text(CONNECTION)?,
        gcp_project_id: text(PROJECT),
    })
}

/// The known Namespaces; `None` if attachments are not managed.
pub(super) fn namespaces(value: &Value) -> Option<BTreeSet<NamespaceId>> {
    let set = value.get(NAMESPACES);
    (!set.is_null()).then(|| set.strings().filter_map(|id| id.parse().ok()).collect())
}

/// The Namespaces that the rule is attached to, according to a state.
pub(super) fn reached_ids(state: &Value) -> BTreeSet<NamespaceId> {
    let entries = state.get(REACHED).entries().into_iter().flatten();
    entries.filter_map(|(id, _)| id.parse().ok()).collect()
}

/// A set of Namespaces as a value.
pub(super) fn ids<'a>(namespaces: impl IntoIterator<Item = &'a NamespaceId>) -> Value {
    Value::set(namespaces.into_iter().map(NamespaceId::to_string))
}

/// Temporal's service in a region: unknown if the region is unknown, null if there is none.
pub(super) fn service_name(at: &Value) -> Value {
    match at {
        Value::Unknown => Value::Unknown,
        at => at.as_str().and_then(private_service).map(PrivateService::service_name).into(),
    }
}

/// How to connect to each Namespace; `None` for one that the registry does not show.
pub(super) fn reached(namespaces: &BTreeMap<NamespaceId, Option<Namespace>>, of: &Value) -> Value {
    let entry = |(id, namespace): (&NamespaceId, &Option<Namespace>)| {
        let namespace = namespace.as_ref().filter(|it| !it.regions.is_empty());
        let entry = [
            ("tls_server_name", namespace.and_then(tls_server_name).into()),
            ("dns_record", namespace.map_or(Value::Null, |namespace| record(namespace, of))),
        ];
        (id.to_string(), Value::object(entry))
    };
    Value::Map(namespaces.iter().map(entry).collect())
}

fn record(namespace: &Namespace, of: &Value) -> Value {
    let Some(at) = of.get(REGION).as_str().and_then(region) else { return Value::Null };
    let record = dns_record(namespace, at);
    let kind = match record.kind {
        RecordKind::Cname => "CNAME",
        RecordKind::A => "A",
    };
    Value::object([
        ("name", record.name.into()),
        ("type", kind.into()),
        ("ttl", i64::from(record.ttl).into()),
        ("value", of.get(ADDRESS).clone()),
    ])
}

/// The state of a rule, without its Namespaces. `known` has the values that the registry does not have.
pub(super) fn state(rule: &RegisteredRule, known: &Value) -> Answer<Value> {
    let RuleKind::Private(PrivateConnection { region, connection_id, gcp_project_id }) = rule.kind() else {
        let detail = "A mapping manages a private connection. Manage the public rule with a \
                      `temporalnexus_public_connectivity_rule`.";
        return Err(Diagnostic::error(
            format!("the connectivity rule `{}` is not private", rule.id()),
            detail,
        )
        .into());
    };
    let region: Value = region.into();
    Ok(known
        .clone()
        .with(SERVICE, service_name(&region))
        .with(REGION, region)
        .with(CONNECTION, connection_id)
        .with(PROJECT, gcp_project_id)
        .with(RULE, rule.id())
        .with(PORT, port()))
}

/// The port of every private service.
pub(super) fn port() -> Value {
    i64::from(privatelink::PORT).into()
}
