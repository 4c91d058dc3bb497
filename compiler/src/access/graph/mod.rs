//! Who may call what, as a graph: Namespaces that call Endpoints, the Endpoints' targets, and the private connections of
//! Namespaces.

mod narrow;

pub use narrow::{Narrowing, UnknownName};

use super::account::{AccountCall, account_calls};
use crate::access::HeldTarget;
use crate::facts::Facts;
use crate::json;
use crate::policy::{DeclaredEndpoint, Policy};
use registry::RegisteredEndpoint;
use schema::account::Namespace;
use schema::name::{EndpointName, NamespaceId};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use time::Date;

/// The version of the JSON format.
pub const VERSION: u32 = 2;

/// The schema of a graph of this version.
#[must_use]
pub fn graph_schema() -> Value {
    json::schema_of_output::<Graph>("A graph of nexusc")
}

/// The graph on one day; everything in it is sorted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Graph {
    /// The version of the format.
    #[schemars(schema_with = "json::version::<VERSION>")]
    pub version: u32,
    /// The account; none on a self-hosted cluster without one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    /// The day as of which expiry dates were evaluated, in UTC.
    #[schemars(schema_with = "json::day")]
    pub as_of: String,
    /// The Namespaces, by id.
    pub namespaces: Vec<NamespaceNode>,
    /// The Endpoints, by name.
    pub endpoints: Vec<EndpointNode>,
    /// Who may call which Endpoint, sorted by caller.
    pub calls: Vec<Call>,
    /// The private connections, by region and id.
    pub private_connections: Vec<Connection>,
}

/// A Namespace that the policy declares or refers to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct NamespaceNode {
    /// Its id.
    pub id: String,
    /// Its name, the id without the account.
    pub name: String,
    /// Whether the policy declares it.
    pub declared: bool,
    /// Its regions, the active one first; empty if unknown.
    pub regions: Vec<String>,
    /// Its tags.
    pub tags: BTreeMap<String, String>,
}

/// An Endpoint that the policy declares or grants access to, or that others may call by the account's facts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct EndpointNode {
    /// Its name.
    pub name: String,
    /// Whether the policy declares it.
    pub declared: bool,
    /// Its description.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Its target; `None` if unknown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target: Option<HeldTarget>,
    /// Where its calls go today, if the next apply changes that.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target_today: Option<HeldTarget>,
    /// Its `managed_by`.
    pub managed_by: Vec<String>,
    /// Who manages its allowlist.
    pub allowlist: Owner,
    /// Whether its allowlist may have callers that neither the policy nor the facts list.
    pub more_callers: bool,
}

/// Who manages an allowlist or a grant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Owner {
    /// The policy.
    Policy,
    /// Others: known from the account's facts only.
    Others,
}

/// A Namespace that may call an Endpoint.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Call {
    /// The calling Namespace's id.
    pub caller: String,
    /// The Endpoint's name.
    pub endpoint: String,
    /// Who manages the grant.
    pub granted_by: Owner,
    /// Whether the account allows it now; omitted without the account's facts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub today: Option<bool>,
    /// Whether it is allowed after the next apply of the policy.
    pub after_apply: bool,
}

impl Call {
    /// How it stands with the call.
    #[must_use]
    pub fn standing(&self) -> Standing {
        match (self.today, self.after_apply, self.granted_by) {
            (_, false, _) => Standing::TodayOnly,
            (_, true, Owner::Others) => Standing::Others,
            (Some(false), true, Owner::Policy) => Standing::NotApplied,
            (_, true, Owner::Policy) => Standing::Granted,
        }
    }
}

/// How it stands with a call, the firmest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    /// The policy grants it, and the account allows it as far as that is known.
    Granted,
    /// The policy grants it, and the account does not allow it yet.
    NotApplied,
    /// Others grant it, and the policy leaves it.
    Others,
    /// The account allows it, and the next apply removes it.
    TodayOnly,
}

impl Standing {
    /// The remark in reports; `None` for what the policy grants and others do.
    #[must_use]
    pub fn remark(self) -> Option<&'static str> {
        match self {
            Self::Granted | Self::Others => None,
            Self::NotApplied => Some("not applied yet"),
            Self::TodayOnly => Some("today only: the next apply removes it"),
        }
    }
}

/// A private connection and the Namespaces that it is attached to.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Connection {
    /// Its region.
    pub region: String,
    /// Its id.
    pub connection_id: String,
    /// Its project; on GCP only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gcp_project_id: Option<String>,
    /// The ids of the Namespaces.
    pub namespaces: Vec<String>,
    /// Whether its Namespaces keep public access.
    pub keep_public: bool,
}

impl Graph {
    /// The graph of a policy without errors; objects that it does not declare are taken from the facts.
    #[must_use]
    pub fn of(policy: &Policy, facts: Option<&Facts>, today: Date) -> Self {
        let mut parts = Parts::default();
        for endpoint in policy.endpoints.values() {
            parts.declared(endpoint, policy, facts, today);
        }
        for name in policy.allowlists.keys().filter(|name| !policy.endpoints.contains_key(*name)) {
            parts.granted(name, policy, facts, today);
        }
        if let Some((facts, calls)) =
            facts.and_then(|facts| Some((facts, account_calls(policy, facts, today)?)))
        {
            parts.replace_calls(calls, facts);
        }
        let private_connections = connections(policy);
        parts.named.extend(private_connections.iter().flat_map(|it| it.namespaces.iter().cloned()));
        parts.endpoints.sort_by(|one, other| one.name.cmp(&other.name));
        parts.calls.sort();
        Self {
            version: VERSION,
            account: policy.account.id.as_ref().map(|(id, _)| id.to_string()),
            as_of: today.to_string(),
            namespaces: namespaces(policy, facts, parts.named),
            endpoints: parts.endpoints,
            calls: parts.calls,
            private_connections,
        }
    }
}

/// The parts of a graph under construction.
#[derive(Default)]
struct Parts {
    endpoints: Vec<EndpointNode>,
    calls: Vec<Call>,
    /// The ids of the Namespaces that call or are called.
    named: BTreeSet<String>,
}

impl Parts {
    fn declared(&mut self, endpoint: &DeclaredEndpoint, policy: &Policy, facts: Option<&Facts>, today: Date) {
        let callers = policy.callers(endpoint, today);
        let registered = facts.and_then(|facts| facts.endpoints.get(endpoint.name.as_str()));
        let others = registered.filter(|_| callers.is_none());
        let target = endpoint.target.as_ref().map(|declared| HeldTarget::of(&declared.target));
        let node = EndpointNode {
            name: endpoint.name.to_string(),
            declared: true,
            description: endpoint.description.clone(),
            target_today: registered
                .and_then(|held| HeldTarget::held(held.target()))
                .filter(|now| Some(now) != target.as_ref()),
            target,
            managed_by: endpoint.managed_by.iter().map(|used| used.id.to_string()).collect(),
            allowlist: if callers.is_some() { Owner::Policy } else { Owner::Others },
            more_callers: (callers.is_none() && facts.is_none())
                || others.is_some_and(RegisteredEndpoint::has_unknown_policies),
        };
        let others = others.map(RegisteredEndpoint::callers).unwrap_or_default();
        self.add(node, callers.unwrap_or_default(), others);
    }

    /// An Endpoint that the policy does not declare but grants access to.
    fn granted(&mut self, name: &EndpointName, policy: &Policy, facts: Option<&Facts>, today: Date) {
        let registered = facts.and_then(|facts| facts.endpoints.get(name.as_str()));
        let node = EndpointNode {
            name: name.to_string(),
            declared: false,
            description: None,
            target: registered.and_then(|registered| HeldTarget::held(registered.target())),
            target_today: None,
            managed_by: Vec::new(),
            allowlist: Owner::Others,
            more_callers: registered.is_none_or(RegisteredEndpoint::has_unknown_policies),
        };
        let grants = policy.allowlists_of(name).filter(|grant| grant.grants_on(today));
        let callers = grants.flat_map(|grant| &grant.callers.namespaces).map(|used| used.id.clone());
        let callers: BTreeSet<_> = callers.collect();
        self.add(node, callers, registered.map(RegisteredEndpoint::callers).unwrap_or_default());
    }

    /// Takes the calls from the account, with the Endpoints that only the account has.
    fn replace_calls(&mut self, calls: Vec<AccountCall>, facts: &Facts) {
        let known: BTreeSet<_> = self.endpoints.iter().map(|endpoint| endpoint.name.clone()).collect();
        let unknown: BTreeSet<_> =
            calls.iter().map(|call| &call.endpoint).filter(|name| !known.contains(*name)).collect();
        for held in unknown.into_iter().filter_map(|name| facts.endpoints.get(name)) {
            let node = EndpointNode {
                name: held.name().to_owned(),
                declared: false,
                description: None,
                target: HeldTarget::held(held.target()),
                target_today: None,
                managed_by: Vec::new(),
                allowlist: Owner::Others,
                more_callers: held.has_unknown_policies(),
            };
            self.named.extend(node.target_namespace().map(str::to_owned));
            self.endpoints.push(node);
        }
        self.named.extend(calls.iter().map(|call| call.caller.clone()));
        self.calls = calls.into_iter().map(Call::from).collect();
    }

    fn add(&mut self, node: EndpointNode, callers: BTreeSet<NamespaceId>, others: BTreeSet<String>) {
        let ours: BTreeSet<_> = callers.iter().map(NamespaceId::to_string).collect();
        let others = others.into_iter().filter(|caller| !ours.contains(caller)).collect::<Vec<_>>();
        let ours = ours.into_iter().map(|caller| (caller, Owner::Policy));
        for (caller, granted_by) in ours.chain(others.into_iter().map(|caller| (caller, Owner::Others))) {
            self.named.insert(caller.clone());
            let endpoint = node.name.clone();
            self.calls.push(Call { caller, endpoint, granted_by, today: None, after_apply: true });
        }
        self.named.extend(node.target_namespace().map(str::to_owned));
        self.endpoints.push(node);
    }
}

impl From<AccountCall> for Call {
    fn from(call: AccountCall) -> Self {
        let AccountCall { endpoint, caller, granted_by, today, after_apply } = call;
        Self { caller, endpoint, granted_by, today: Some(today), after_apply }
    }
}

fn connections(policy: &Policy) -> Vec<Connection> {
    let all = policy.privatelinks.iter().filter_map(|declared| {
        let connection = declared.connection.as_ref()?.id.clone();
        let namespaces: BTreeSet<_> = declared.namespaces.iter().map(|used| used.id.to_string()).collect();
        Some(Connection {
            region: connection.region,
            connection_id: connection.connection_id,
            gcp_project_id: connection.gcp_project_id,
            namespaces: namespaces.into_iter().collect(),
            keep_public: declared.keep_public,
        })
    });
    let mut all: Vec<_> = all.collect();
    all.sort();
    all
}

/// The Namespaces that the policy declares or refers to, described by the facts, else by the policy.
fn namespaces(policy: &Policy, facts: Option<&Facts>, mut named: BTreeSet<String>) -> Vec<NamespaceNode> {
    let known = facts.into_iter().flat_map(|facts| facts.namespaces.iter());
    let mut known: BTreeMap<String, (bool, &Namespace)> =
        known.map(|(id, namespace)| (id.to_string(), (false, namespace))).collect();
    for (id, declared) in &policy.namespaces {
        let id = id.to_string();
        named.insert(id.clone());
        known.entry(id).or_insert((true, &declared.namespace)).0 = true;
    }
    let node = |id: String| match known.get(&id) {
        Some((declared, namespace)) => NamespaceNode {
            name: namespace.id.name().to_string(),
            declared: *declared,
            regions: namespace.regions.clone(),
            tags: namespace.tags.to_map(),
            id,
        },
        None => NamespaceNode {
            name: name_of(&id, policy),
            declared: false,
            regions: Vec::new(),
            tags: BTreeMap::new(),
            id,
        },
    };
    named.into_iter().map(node).collect()
}

/// The name of a Namespace of which only the id is known.
fn name_of(id: &str, policy: &Policy) -> String {
    let parsed = policy.account.backend.namespace_id(id);
    parsed.map_or_else(|_| id.to_owned(), |id| id.name().to_string())
}
