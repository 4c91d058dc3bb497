//! Regions and Namespaces.

use crate::client::Registry;
use crate::cloud::attachments::attached;
use crate::cloud::connectivity_rules::{RegisteredRule, RuleKind};
use crate::cloud::request::Request;
use crate::endpoint::ResourceState;
use crate::error::{Problem, RegistryError};
use crate::json;
use schema::account::{AuthMethod, Namespace, Tags};
use schema::name::NamespaceId;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// Whether something exists: yes, no, or not to be known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Lookup<T> {
    /// Here it is.
    Found(T),
    /// The registry says that it does not exist.
    Missing,
    /// The registry does not show it to us, which proves nothing; its words.
    Hidden(String),
}

impl RegisteredNamespace {
    /// One to which nothing is attached.
    fn open(namespace: Namespace) -> Self {
        Self { namespace, rules: BTreeSet::new(), kinds: BTreeMap::new() }
    }
}

impl<T> Lookup<T> {
    /// The same with what was found made into something else.
    pub fn map<U>(self, make: impl FnOnce(T) -> U) -> Lookup<U> {
        match self {
            Self::Found(found) => Lookup::Found(make(found)),
            Self::Missing => Lookup::Missing,
            Self::Hidden(reason) => Lookup::Hidden(reason),
        }
    }
}

/// A region in which Namespaces can be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegisteredRegion {
    /// The registry's name of it, such as `aws-us-east-1`.
    pub id: String,
    /// Where it is.
    pub location: String,
}

/// A Namespace with what is attached to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegisteredNamespace {
    /// The Namespace.
    pub namespace: Namespace,
    /// The ids of its connectivity rules; none means that it is open to the internet.
    pub rules: BTreeSet<String>,
    /// What these let in, where the registry says it beside the Namespace: even those see it who may not read rules.
    pub kinds: BTreeMap<String, RuleKind>,
}

impl Registry {
    /// Every region, in the registry's order.
    ///
    /// # Errors
    /// Any failure of the call.
    pub async fn regions(&self) -> Result<Vec<RegisteredRegion>, RegistryError> {
        let action = "list regions";
        let items = self.list(Request::get(action, &["regions"])?, "regions", "/id").await?;
        let text = |item: &Value, pointer| json::text(item, pointer).to_owned();
        let read = |item: &Value| {
            json::id(item, "/id").map_err(|reason| format!("a region has no id: {reason}"))?;
            Ok(RegisteredRegion { id: text(item, "/id"), location: text(item, "/location") })
        };
        let read = items.iter().map(read).collect::<Result<_, String>>();
        read.map_err(|reason| RegistryError::nonsense(action, reason))
    }

    /// Every Namespace of the account that the key may see, by name. One whose id breaks the documented rules is left
    /// out: no policy could name it.
    ///
    /// # Errors
    /// Any failure of the calls.
    pub async fn namespaces(&self) -> Result<Vec<Namespace>, RegistryError> {
        Ok(self.namespaces_with_rules().await?.into_iter().map(|registered| registered.namespace).collect())
    }

    /// Every Namespace that the key may see, by name, with the connectivity rules that are attached to it.
    ///
    /// # Errors
    /// Any failure of the calls.
    pub async fn namespaces_with_rules(&self) -> Result<Vec<RegisteredNamespace>, RegistryError> {
        if let Some(server) = self.server() {
            let all = server.namespaces(self.patience()).await?;
            return Ok(all.into_iter().map(RegisteredNamespace::open).collect());
        }
        let action = "list namespaces";
        let items = self.list(Request::get(action, &["namespaces"])?, "namespaces", "/namespace").await?;
        let read = items.iter().filter(|item| exists(item)).filter_map(|item| registered(item).transpose());
        read.collect::<Result<_, _>>().map_err(|reason| RegistryError::nonsense(action, reason))
    }

    /// Looks one Namespace up. For up to a minute after its creation, its own creator may be told that it is hidden.
    ///
    /// # Errors
    /// A failure other than "not found" and "permission denied".
    pub async fn namespace(&self, id: &NamespaceId) -> Result<Lookup<Namespace>, RegistryError> {
        Ok(self.namespace_with_rules(id).await?.map(|registered| registered.namespace))
    }

    /// The same with the connectivity rules that are attached to it.
    ///
    /// # Errors
    /// A failure other than "not found" and "permission denied".
    pub async fn namespace_with_rules(
        &self,
        id: &NamespaceId,
    ) -> Result<Lookup<RegisteredNamespace>, RegistryError> {
        if let Some(server) = self.server() {
            let found = server.namespace(id, self.patience()).await?;
            return Ok(found.map(RegisteredNamespace::open));
        }
        let action = format!("read namespace `{id}`");
        let answer = match self.send(Request::get(action.as_str(), &["namespaces", &id.to_string()])?).await {
            Ok(answer) => answer,
            Err(error) => return absent(error),
        };
        let item = answer.get("namespace").unwrap_or(&Value::Null);
        let read = registered(item).map_err(|reason| RegistryError::nonsense(&action, reason))?;
        match read.filter(|registered| registered.namespace.id == *id) {
            Some(_) if !exists(item) => Ok(Lookup::Missing),
            Some(registered) => Ok(Lookup::Found(registered)),
            None => Err(RegistryError::nonsense(&action, "it is not about this namespace")),
        }
    }
}

fn absent<T>(error: RegistryError) -> Result<Lookup<T>, RegistryError> {
    match error.problem() {
        Problem::NotFound(_) => Ok(Lookup::Missing),
        Problem::PermissionDenied(reason) => Ok(Lookup::Hidden(reason.clone())),
        _ => Err(error),
    }
}

fn exists(item: &Value) -> bool {
    ResourceState::read(item.get("state")) != ResourceState::Deleted
}

/// What a Namespace's JSON says; `None` where its id breaks the documented rules.
///
/// # Errors
/// What in it is no id.
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
    Ok(Some(RegisteredNamespace { namespace, kinds, rules }))
}

fn read(item: &Value) -> Option<Namespace> {
    let id = json::text(item, "/namespace");
    let Ok(id) = id.parse() else {
        tracing::warn!(id, "left out a namespace whose id breaks the documented rules");
        return None;
    };
    Some(Namespace { id, regions: regions(item), auth: auth(item), tags: tags(item) })
}

/// The active region first; newer registries list replicas, older ones regions.
fn regions(item: &Value) -> Vec<String> {
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
