//! The calls on Namespaces and regions of Temporal Cloud.

use crate::client::Registry;
use crate::cloud::connectivity_rule::RegisteredRule;
use crate::cloud::request::Request;
use crate::endpoint::ResourceState;
use crate::error::{Problem, RegistryError};
use crate::json;
use crate::namespace::{Lookup, RegisteredNamespace, RegisteredRegion};
use schema::account::{AuthMethod, Namespace, Tags};
use schema::name::NamespaceId;
use serde_json::Value;
use std::collections::BTreeSet;

/// Every region, in the registry's order.
pub(crate) async fn regions(registry: &Registry) -> Result<Vec<RegisteredRegion>, RegistryError> {
    let action = "list regions";
    let items = registry.list(Request::get(action, &["regions"])?, "regions", "/id").await?;
    let text = |item: &Value, pointer| json::text(item, pointer).to_owned();
    let read = |item: &Value| {
        json::id(item, "/id").map_err(|reason| format!("a region has no id: {reason}"))?;
        Ok(RegisteredRegion { id: text(item, "/id"), location: text(item, "/location") })
    };
    let read = items.iter().map(read).collect::<Result<_, String>>();
    read.map_err(|reason| RegistryError::malformed_response(action, reason))
}

/// Every Namespace that the key may see, by name, with the connectivity rules that are attached to it.
pub(crate) async fn list(registry: &Registry) -> Result<Vec<RegisteredNamespace>, RegistryError> {
    let action = "list namespaces";
    let items = registry.list(Request::get(action, &["namespaces"])?, "namespaces", "/namespace").await?;
    let read = items.iter().filter(|item| exists(item)).filter_map(|item| registered(item).transpose());
    read.collect::<Result<_, _>>().map_err(|reason| RegistryError::malformed_response(action, reason))
}

/// Looks one Namespace up.
pub(crate) async fn find(
    registry: &Registry,
    id: &NamespaceId,
) -> Result<Lookup<RegisteredNamespace>, RegistryError> {
    let action = format!("read namespace `{id}`");
    let request = Request::get(action.as_str(), &["namespaces", &id.to_string()])?;
    let response = match registry.send(request).await {
        Ok(response) => response,
        Err(error) => return missing_or_hidden(error),
    };
    let item = response.get("namespace").unwrap_or(&Value::Null);
    let read = registered(item).map_err(|reason| RegistryError::malformed_response(&action, reason))?;
    match read.filter(|registered| registered.namespace.id == *id) {
        Some(_) if !exists(item) => Ok(Lookup::Missing),
        Some(registered) => Ok(Lookup::Found(registered)),
        None => Err(RegistryError::malformed_response(&action, "it describes another namespace")),
    }
}

fn missing_or_hidden<T>(error: RegistryError) -> Result<Lookup<T>, RegistryError> {
    match error.problem() {
        Problem::NotFound(_) => Ok(Lookup::Missing),
        Problem::PermissionDenied(reason) => Ok(Lookup::Hidden(reason.clone())),
        _ => Err(error),
    }
}

fn exists(item: &Value) -> bool {
    ResourceState::read(item.get("state")) != ResourceState::Deleted
}

/// Reads a Namespace with its rules; `None` when its id is invalid.
///
/// # Errors
/// Which other id is invalid.
pub(crate) fn registered(item: &Value) -> Result<Option<RegisteredNamespace>, String> {
    let Some(namespace) = read(item) else { return Ok(None) };
    let rules = attached(item);
    let mut ids = rules.iter().chain(&namespace.regions);
    ids.try_for_each(|id| json::checked_id(id))
        .map_err(|reason| format!("namespace `{}`: {reason}", namespace.id))?;
    let shown = json::list(item, "/connectivityRules").iter().cloned();
    let shown = shown.filter_map(|rule| RegisteredRule::from_json(rule).ok());
    let kinds =
        shown.filter(|rule| rules.contains(rule.id())).map(|rule| (rule.id().to_owned(), rule.kind()));
    let kinds = kinds.collect();
    let state = ResourceState::read(item.get("state"));
    Ok(Some(RegisteredNamespace { namespace, state, kinds, rules }))
}

fn read(item: &Value) -> Option<Namespace> {
    let id = json::text(item, "/namespace");
    let Ok(id) = id.parse() else {
        tracing::warn!(id, "skipped a namespace with an invalid id");
        return None;
    };
    Some(Namespace { id, regions: regions_of(item), auth: auth(item), tags: tags(item) })
}

/// The active region first. Newer API versions list replicas, older ones regions.
fn regions_of(item: &Value) -> Vec<String> {
    let replicas = json::list(item, "/spec/replicas").iter().map(|replica| json::text(replica, "/region"));
    let regions = json::list(item, "/spec/regions").iter().filter_map(Value::as_str);
    let mut all: Vec<String> = Vec::new();
    let active = std::iter::once(json::text(item, "/activeRegion"));
    for region in active.chain(replicas).chain(regions).filter(|region| !region.is_empty()) {
        if !all.iter().any(|known| known == region) {
            all.push(region.to_owned());
        }
    }
    all
}

fn auth(item: &Value) -> BTreeSet<AuthMethod> {
    let methods =
        [("/spec/mtlsAuth/enabled", AuthMethod::Mtls), ("/spec/apiKeyAuth/enabled", AuthMethod::ApiKey)];
    let enabled = |pointer| item.pointer(pointer).and_then(Value::as_bool).unwrap_or(false);
    methods.into_iter().filter(|(pointer, _)| enabled(pointer)).map(|(_, method)| method).collect()
}

fn tags(item: &Value) -> Tags {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    json::entries(item, "/tags").map(|(key, value)| (key.as_str(), text(value))).collect()
}

/// The ids of the rules that are attached to a Namespace.
pub(crate) fn attached(namespace: &Value) -> BTreeSet<String> {
    let ids = json::list(namespace, "/spec/connectivityRuleIds").iter();
    ids.filter_map(Value::as_str).map(str::to_owned).collect()
}
